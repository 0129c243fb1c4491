// The rules that stop orders: which are held for a person and which are left out, with the sentence that people read.
import { texts } from "../../texts/mapping_rules";
import { faults, gatesOf, movedIn, openedIn, putGateIn, same, takenFrom } from "./rule_book";
import type { Book } from "./rule_book";
import { ConditionRows } from "./rule_condition";
import { begunGate, writtenGate } from "./rule_editing";
import type { EditedGate } from "./rule_editing";
import { EditorButtons } from "./rule_editor";
import { AGES } from "./rule_form";
import type { FieldRule, Gate } from "./rule_form";
import { focusSoon, shown } from "./rule_kit";
import type { Kit } from "./rule_kit";
import { placed } from "./rule_places";
import { Result } from "./rule_result";
import { RuleRow } from "./rule_row";
import { ofWhat } from "./rule_sources";
import { useTrial } from "./rule_trial";
import { conditionInWords, quoted } from "./rule_words";

const ADD = "add-gate";

interface Given {
  kit: Kit;
  book: Book;
  set: (book: Book) => void;
}

export function Gates({ kit, book, set }: Given) {
  const words = texts.gates;
  const gates = gatesOf(book.rules);
  const wrong = faults(book);
  const remove = (id: string) => {
    set(takenFrom(book, id));
    focusSoon(ADD);
  };
  const close = (id: string) => {
    set({ ...book, open: null });
    focusSoon(`edit-${id}`);
  };
  const add = () => {
    const made = begunGate();
    set(putGateIn(book, made));
    focusSoon(`do-${made.id}`);
  };
  return (
    <s-section heading={words.heading} subheading={words.more}>
      <s-stack gap="base">
        {gates.length === 0 && <s-text color="subdued">{words.none}</s-text>}
        {gates.map((gate, at) => {
          const edited = book.gates[gate.id];
          if (book.open === gate.id && edited) {
            return (
              <GateEditor
                key={gate.id}
                kit={kit}
                edited={edited}
                change={(made) => set(putGateIn(book, made))}
                close={() => close(gate.id)}
                remove={() => remove(gate.id)}
              />
            );
          }
          return (
            <RuleRow
              key={gate.id}
              id={gate.id}
              words={`${gate.do === "skip" ? words.skipWords : words.holdWords}: ${quoted(gate.sentence)}`}
              when={conditionInWords(gate.when, kit.labels, kit.kinds)}
              name={words.nth(at + 1)}
              edit={words.edit(at + 1)}
              unfinished={wrong.has(gate.id)}
              unsaved={!same({ gates: [gate] }, { gates: gatesOf(book.base.rules).filter(({ id }) => id === gate.id) })}
              first={at === 0}
              last={at === gates.length - 1}
              open={() => {
                set(openedIn(book, gate.id));
                focusSoon(`do-${gate.id}`);
              }}
              move={(by) => set(movedIn(book, gate.id, by))}
              remove={() => remove(gate.id)}
            />
          );
        })}
        <s-stack direction="inline">
          <s-button id={ADD} icon="plus" onClick={add}>
            {words.add}
          </s-button>
        </s-stack>
      </s-stack>
    </s-section>
  );
}

interface OfEditor {
  kit: Kit;
  edited: EditedGate;
  change: (edited: EditedGate) => void;
  close: () => void;
  remove: () => void;
}

function GateEditor({ kit, edited, change, close, remove }: OfEditor) {
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
