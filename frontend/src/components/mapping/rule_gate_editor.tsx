// One gate being written: what it does, the sentence that people read, when it counts, and what it says of a real order.
import { texts } from "../../texts/mapping_rules";
import { ConditionRows } from "./rule_condition";
import { writtenGate } from "./rule_editing";
import type { EditedGate } from "./rule_editing";
import { EditorButtons } from "./rule_editor_buttons";
import { AGES } from "./rule_form";
import type { FieldRule, Gate } from "./rule_form";
import { shown } from "./rule_kit";
import type { Kit } from "./rule_kit";
import { placed } from "./rule_places";
import { Result } from "./rule_result";
import { ofWhat } from "./rule_sources";
import { useTrial } from "./rule_trial";

interface Given {
  kit: Kit;
  edited: EditedGate;
  change: (edited: EditedGate) => void;
  close: () => void;
  remove: () => void;
}

export function GateEditor({ kit, edited, change, close, remove }: Given) {
  const words = texts.gates;
  const { gate, wrong: own } = writtenGate(edited);
  const asked = tried(gate, kit);
  const query = useTrial(kit, asked);
  const { at, whole } = placed(own, asked ? (query.data?.mappingRuleTry?.problems ?? []) : []);
  return (
    <s-box background="subdued" borderRadius="base" padding="base" accessibilityRole="section" accessibilityLabel={words.editing}>
      <s-stack gap="base">
        <s-select id={`do-${edited.id}`} label={words.do} value={edited.do} onChange={(event) => change({ ...edited, do: event.currentTarget.value })}>
          <s-option value="hold">{words.hold}</s-option>
          <s-option value="skip">{words.skip}</s-option>
        </s-select>
        <s-text-field
          label={words.sentence}
          details={words.sentenceMore}
          value={edited.sentence}
          error={shown(kit, at("sentence"), edited.sentence)}
          autocomplete="off"
          onInput={(event) => change({ ...edited, sentence: event.currentTarget.value })}
        />
        <ConditionRows kit={kit} of="ORDER" gate when={edited} wrong={at} change={(when) => change({ ...edited, ...when })} />
        {kit.strict && at("when") && <s-text tone="critical">{at("when")}</s-text>}
        <Result kit={kit} query={query} ready={asked !== null} later={!early(gate, kit)} whole={whole}>
          {(trial) => <Met met={trial.outcomes[0]?.text === MET} obstacle={trial.outcomes[0]?.obstacle?.sentence} act={edited.do} />}
        </Result>
        <EditorButtons close={close} remove={remove} />
      </s-stack>
    </s-box>
  );
}

const MET = "met";

/** What only gates may ask is told when an order is sent, and in a preview. */
function early({ when }: Gate, kit: Kit): boolean {
  const later = new Set(kit.sources.filter(({ gatesOnly }) => gatesOnly).map(({ path }) => path));
  return !(when.tests ?? []).some(({ field, operator }) => later.has(field) || AGES.includes(operator));
}

/** A condition is tried as that of a rule for a text field. */
function tried(gate: Gate, kit: Kit): FieldRule | null {
  if (!early(gate, kit)) return null;
  const target = kit.targets.find((each) => each.kind === "TEXT" && ofWhat(each) === "ORDER" && !each.choices.length);
  return target && gate.when.tests?.length ? { id: gate.id, target: target.name, start: { text: MET }, when: gate.when } : null;
}

function Met({ met, obstacle, act }: { met: boolean; obstacle: string | undefined; act: string }) {
  const words = texts.result;
  if (obstacle) {
    return (
      <s-text tone="critical">
        {words.held}: {obstacle}
      </s-text>
    );
  }
  return <s-text type={met ? "strong" : "generic"}>{met ? (act === "skip" ? words.gate.skip : words.gate.hold) : words.gate.pass}</s-text>;
}
