// One field rule being written: what it starts from, its steps, when it counts, and what it gives for a real order meanwhile.
import { texts } from "../../texts/mapping_rules";
import { ConditionRows } from "./rule_condition";
import { written } from "./rule_editing";
import type { EditedRule } from "./rule_editing";
import { EditorButtons } from "./rule_editor_buttons";
import type { Kit } from "./rule_kit";
import { LiquidText, LiquidView } from "./rule_liquid";
import { placed } from "./rule_places";
import { PartChoice } from "./rule_part";
import { Outcomes, Result } from "./rule_result";
import { ofWhat } from "./rule_sources";
import type { Target } from "./rule_sources";
import { Steps } from "./rule_steps";
import { useTrial } from "./rule_trial";

interface Given {
  kit: Kit;
  target: Target;
  edited: EditedRule;
  change: (edited: EditedRule) => void;
  close: () => void;
  remove: () => void;
}

export function RuleEditor({ kit, target, edited, change, close, remove }: Given) {
  const { rule, wrong: own } = written(edited);
  const ready = own.length === 0;
  const query = useTrial(kit, ready ? rule : null);
  const trial = ready ? query.data?.mappingRuleTry : undefined;
  const { at, whole } = placed(own, trial?.problems ?? []);
  const built = edited.liquid === null;
  return (
    <s-box background="subdued" borderRadius="base" padding="base" accessibilityRole="section" accessibilityLabel={texts.editing(target.label)}>
      <s-stack gap="base">
        {built ? (
          <>
            <PartChoice
              kit={kit}
              target={target}
              part={edited.start}
              id={`start-${edited.id}`}
              label={texts.start.label}
              placeholder={texts.start.choose}
              error={at("start")}
              change={(start) => change({ ...edited, start })}
            />
            <Steps kit={kit} target={target} steps={edited.steps} wrong={at} change={(steps) => change({ ...edited, steps })} />
          </>
        ) : (
          <LiquidText kit={kit} edited={edited} error={at("liquid")} change={change} />
        )}
        <ConditionRows
          kit={kit}
          of={ofWhat(target)}
          always={texts.condition.always}
          when={edited}
          wrong={at}
          change={(when) => change({ ...edited, ...when })}
        />
        <Result kit={kit} query={query} ready={ready} whole={whole}>
          {(found) => <Outcomes trial={found} />}
        </Result>
        {built && trial?.liquid && <LiquidView edited={edited} liquid={trial.liquid} change={change} />}
        <EditorButtons close={close} remove={remove} />
      </s-stack>
    </s-box>
  );
}
