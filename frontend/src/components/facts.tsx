// Names with their values, side by side.
import type { ComponentChildren } from "preact";

export interface Fact {
  name: string;
  value: ComponentChildren;
}

export function Facts({ facts }: { facts: Fact[] }) {
  return (
    <s-grid gridTemplateColumns="1fr 1fr" gap="base">
      {facts.map(({ name, value }) => (
        <s-stack key={name} gap="none">
          <s-text color="subdued">{name}</s-text>
          <s-text>{value}</s-text>
        </s-stack>
      ))}
    </s-grid>
  );
}
