// The steps of a rule: a row each, and a free one at the end whose list says what may come next.
import type { ComponentChildren } from "preact";
import { texts } from "../../texts/mapping_rules";
import { ArgumentField } from "./rule_argument";
import { becoming, roomyParts, roomySteps } from "./rule_editing";
import type { EditedPart, EditedStep } from "./rule_editing";
import { KINDS, STEPS, known } from "./rule_form";
import { focusSoon } from "./rule_kit";
import type { Kit } from "./rule_kit";
import { PartChoice } from "./rule_part";
import { RowTools } from "./rule_row_tools";
import type { Target } from "./rule_sources";

interface Given {
  kit: Kit;
  target: Target;
  steps: EditedStep[];
  wrong: (path: string) => string | undefined;
  change: (steps: EditedStep[]) => void;
}

/** Beside the list where there is room for both. */
const TOOLED = "@container (inline-size > 300px) 1fr auto, 1fr";

const place = (step: EditedStep | undefined) => `step-${step?.key}`;

export function Steps({ kit, target, steps, wrong, change }: Given) {
  const words = texts.steps;
  const full = steps.filter((step) => step.do).length;
  const set = (made: EditedStep) => change(roomySteps(steps.map((each) => (each.key === made.key ? made : each))));
  const swap = (at: number, by: 1 | -1) => {
    const made = [...steps];
    [made[at], made[at + by]] = [steps[at + by]!, steps[at]!];
    change(made);
  };
  const drop = (step: EditedStep) => {
    const left = roomySteps(steps.filter((each) => each !== step));
    change(left);
    focusSoon(place(left.at(-1)));
  };
  return (
    <s-stack gap="small">
      <s-heading>{words.heading}</s-heading>
      {steps.map((step, at) => (
        <Framed key={step.key} full={step.do !== ""}>
          <s-grid gridTemplateColumns={step.do ? TOOLED : "1fr"} gap="small-200" alignItems="end">
            <Kinds step={step} at={at} choose={(kind) => set(becoming(step, kind))} />
            {step.do && (
              <RowTools what={words.what(at + 1)} id={step.key} first={at === 0} last={at === full - 1} move={(by) => swap(at, by)} remove={() => drop(step)} />
            )}
          </s-grid>
          <Arguments kit={kit} step={step} wrong={(name) => wrong(`steps.${at}.${name}`)} set={set} />
          {step.do === "join" && (
            <Parts kit={kit} target={target} parts={step.parts} wrong={(nth) => wrong(`steps.${at}.parts.${nth}`)} change={(parts) => set({ ...step, parts })} />
          )}
        </Framed>
      ))}
    </s-stack>
  );
}

/** A free row has no frame; it gets one as it is, so that what has the focus keeps it. */
function Framed({ full, children }: { full: boolean; children: ComponentChildren }) {
  return (
    <s-box
      background={full ? "base" : "transparent"}
      border={full ? "base" : "none"}
      borderRadius="base"
      padding={full ? "small" : "none"}
    >
      <s-query-container>
        <s-stack gap="small-200">{children}</s-stack>
      </s-query-container>
    </s-box>
  );
}

function Kinds({ step, at, choose }: { step: EditedStep; at: number; choose: (kind: string) => void }) {
  const words = texts.steps;
  return (
    <s-select
      id={place(step)}
      label={step.do ? words.nth(at + 1) : words.add}
      labelAccessibilityVisibility={step.do ? "visible" : "exclusive"}
      value={step.do}
      placeholder={words.add}
      onChange={(event) => choose(event.currentTarget.value)}
    >
      {step.kept && <s-option value={step.do}>{words.unknown}</s-option>}
      {KINDS.map((kind) => (
        <s-option key={kind} value={kind}>
          {words.kinds[kind]}
        </s-option>
      ))}
    </s-select>
  );
}

interface OfArguments {
  kit: Kit;
  step: EditedStep;
  wrong: (name: string) => string | undefined;
  set: (step: EditedStep) => void;
}

function Arguments({ kit, step, wrong, set }: OfArguments) {
  const kind = step.do;
  if (!known(kind)) return null;
  return (
    <s-grid gridTemplateColumns="@container (inline-size > 340px) 1fr 1fr, 1fr" gap="small-200" alignItems="start">
      {STEPS[kind].map((argument) => (
        <ArgumentField
          key={`${kind}.${argument.name}`}
          kit={kit}
          of={kind}
          argument={argument}
          said={step.said[argument.name] ?? ""}
          error={wrong(argument.name)}
          set={(said) => set({ ...step, said: { ...step.said, [argument.name]: said } })}
        />
      ))}
    </s-grid>
  );
}

interface OfParts {
  kit: Kit;
  target: Target;
  parts: EditedPart[];
  wrong: (nth: number) => string | undefined;
  change: (parts: EditedPart[]) => void;
}

/** What is put behind; a part that is chosen to be nothing again is gone. */
function Parts({ kit, target, parts, wrong, change }: OfParts) {
  const words = texts.part;
  const set = (made: EditedPart) => change(roomyParts(parts.map((each) => (each.key === made.key ? made : each))));
  return (
    <s-stack gap="small-200">
      {parts.map((part, nth) => (
        <PartChoice
          key={part.key}
          kit={kit}
          target={target}
          part={part}
          id={`part-${part.key}`}
          label={words.label(nth + 1)}
          placeholder={words.add}
          error={wrong(nth)}
          change={set}
        />
      ))}
    </s-stack>
  );
}
