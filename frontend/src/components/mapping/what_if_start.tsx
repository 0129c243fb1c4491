// Begins a what-if: of the draft, or of an earlier version before going back to it.
import { useLocation } from "preact-iso";
import { useState } from "preact/hooks";
import { WhatIfStartDocument } from "../../api/typed";
import { whatIf as words } from "../../texts/mapping_versions";
import { useChange } from "../change";
import type { Wrong } from "../change";
import { Press } from "../press";
import { local } from "../shown";
import { useWay } from "./way";

const USUAL = 200;
const MOST = 5_000;

export function WhatIfStart({ connection, version }: { connection: string; version: string }) {
  const { route } = useLocation();
  const at = useWay();
  const [orders, set] = useState(String(USUAL));
  const [wrong, complain] = useState<Wrong>();
  const start = useChange(
    WhatIfStartDocument,
    (result) => result.whatIfStart,
    ({ run }) => {
      if (run) route(at(`/mapping/what-if/${local(run.id)}`));
      return undefined;
    },
    ([first]) => complain(first),
  );
  const begin = () => {
    complain(undefined);
    // Nothing that is no number is asked for: the API says what is allowed.
    start.mutate({ connection, version, orders: Math.trunc(Number(orders)) || 0 });
  };
  const ofField = wrong?.code === "what_if.size";
  return (
    <s-section heading={words.heading}>
      <s-stack gap="base">
        <s-text>{version === "draft" ? words.more : words.moreOf(version)}</s-text>
        {wrong && !ofField && <s-banner tone="critical" heading={wrong.message} />}
        <form
          onSubmit={(event) => {
            event.preventDefault();
            begin();
          }}
        >
          <s-query-container>
            <s-grid gridTemplateColumns="@container (inline-size > 480px) 1fr 1fr, 1fr" gap="small">
              <s-number-field
                name="orders"
                label={words.orders}
                details={words.ordersMore}
                min={1}
                max={MOST}
                value={orders}
                inputMode="numeric"
                {...(ofField ? { error: wrong.message } : {})}
                onInput={(event) => set(event.currentTarget.value)}
              />
            </s-grid>
          </s-query-container>
          <s-box paddingBlockStart="base">
            <Press type="submit" variant="primary" of={start}>
              {words.start}
            </Press>
          </s-box>
        </form>
      </s-stack>
    </s-section>
  );
}
