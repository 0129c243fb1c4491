// The steps of setting up, each with whether it is done; every one can be gone to at any time.
import type { SetupQuery, SetupStepKey } from "../../api/typed";
import { setup as words } from "../../texts/setup";

type Step = SetupQuery["setup"]["steps"][number];

interface Given {
  steps: Step[];
  at: SetupStepKey;
  reachable: boolean;
  way: (step: SetupStepKey) => string;
}

/** `reachable`: whether there is a connection that the later steps could be about. */
export function Checklist({ steps, at, reachable, way }: Given) {
  const done = steps.filter((step) => step.done).length;
  return (
    <s-section heading={words.checklist} padding="none">
      <s-text slot="accessory" color="subdued">
        {words.progress(done, steps.length)}
      </s-text>
      <s-stack gap="none" accessibilityRole="navigation" accessibilityLabel={words.checklist}>
        {steps.map((step, n) => (
          <Line key={step.key} step={step} number={n + 1} shown={step.key === at} href={reachable ? way(step.key) : undefined} />
        ))}
      </s-stack>
    </s-section>
  );
}

interface Told {
  step: Step;
  number: number;
  shown: boolean;
  href: string | undefined;
}

function Line({ step, number, shown, href }: Told) {
  const { name } = words.steps[step.key];
  const inner = (
    <s-stack direction="inline" gap="small" alignItems="center" justifyContent="space-between">
      <s-text type={shown ? "strong" : "generic"}>{`${number}. ${name}`}</s-text>
      <StepBadge step={step} />
    </s-stack>
  );
  if (!href) return <s-box padding="small base">{inner}</s-box>;
  return (
    <s-clickable
      href={href}
      padding="small base"
      background={shown ? "subdued" : "transparent"}
    >
      {inner}
    </s-clickable>
  );
}

function standing(step: Step): string {
  if (step.found > 0) return words.look(step.found);
  return step.done ? words.done : words.todo;
}

function StepBadge({ step }: { step: Step }) {
  const tone = step.found > 0 ? "warning" : step.done ? "success" : "neutral";
  return <s-badge tone={tone}>{standing(step)}</s-badge>;
}
