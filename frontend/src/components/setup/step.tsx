// What every step of setting up has: its name, why it is there, and what was wrong when it was tried.
import type { ComponentChildren } from "preact";
import type { SetupStepKey } from "../../api/typed";
import { texts } from "../../texts";
import { setup as words } from "../../texts/setup";
import type { Wrong } from "../change";

interface Given {
  step: SetupStepKey;
  errors?: Wrong[];
  children: ComponentChildren;
}

export function StepSection({ step, errors = [], children }: Given) {
  const { name, more } = words.steps[step];
  return (
    <s-section heading={name}>
      <s-stack gap="base">
        <s-text color="subdued">{more}</s-text>
        <Refused errors={errors} />
        {children}
      </s-stack>
    </s-section>
  );
}

/** The step as it is read while something is still looked up for it. */
export const stepWhile = (step: SetupStepKey) => (waiting: ComponentChildren) => <StepSection step={step}>{waiting}</StepSection>;

export function Refused({ errors, heading = texts.connect.wrong }: { errors: Wrong[]; heading?: string }) {
  if (errors.length === 0) return null;
  return (
    <s-banner tone="critical" heading={heading}>
      {errors.map(({ code, message }) => (
        <s-paragraph key={code}>{message}</s-paragraph>
      ))}
    </s-banner>
  );
}
