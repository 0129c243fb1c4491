// The order on one side, what the ERP is told on the other; and both as they are read while they are still looked up.
import type { ComponentChildren } from "preact";
import { texts } from "../../texts/mapping_rules";

export function Sides({ children }: { children: ComponentChildren }) {
  return (
    <s-query-container>
      <s-grid gridTemplateColumns="@container (inline-size > 720px) 3fr 5fr, 1fr" gap="base" alignItems="start">
        {children}
      </s-grid>
    </s-query-container>
  );
}

export function sidesWhile(waiting: ComponentChildren) {
  return (
    <Sides>
      <s-section heading={texts.order.heading}>
        {/* As high as it will be: on a narrow page the other stands below it. */}
        <s-box minBlockSize="404px" />
      </s-section>
      <s-section heading={texts.targets} subheading={texts.targetsMore}>
        {waiting}
      </s-section>
    </Sides>
  );
}
