// Back-fill: days are chosen, their orders counted, and the run that counted waits for the word to send them.
import { useLocation } from "preact-iso";
import { useState } from "preact/hooks";
import { BackfillStartDocument } from "../api/typed";
import { older as words } from "../texts/runs";
import { useChange } from "./change";
import type { Wrong } from "./change";
import { firstInstant, today } from "./days";
import { Press } from "./press";
import { local } from "./shown";

const DAY = 86_400_000;

export function OlderOrders({ connection }: { connection: string }) {
  const { route } = useLocation();
  const [since, from] = useState(() => today(-7 * DAY));
  const [until, to] = useState(() => today());
  const [wrong, complain] = useState<Wrong>();
  const start = useChange(
    BackfillStartDocument,
    (result) => result.backfillStart,
    ({ run }) => {
      if (run) route(`/runs/${local(run.id)}`);
      return undefined;
    },
    ([first]) => complain(first),
  );
  const count = () => {
    complain(undefined);
    start.mutate({ connection, span: { since: firstInstant(since), until: firstInstant(until, DAY) } });
  };
  return (
    <s-section heading={words.heading}>
      <s-stack gap="base">
        <s-text color="subdued">{words.more}</s-text>
        {wrong && (
          <s-banner tone="critical" heading={words.wrong}>
            <s-paragraph>{wrong.message}</s-paragraph>
          </s-banner>
        )}
        <s-query-container>
          <s-grid gridTemplateColumns="@container (inline-size > 480px) 1fr 1fr auto, 1fr" gap="small" alignItems="end">
            <s-date-field label={words.since} value={since} onInput={(event) => from(event.currentTarget.value)} />
            <s-date-field label={words.until} value={until} onInput={(event) => to(event.currentTarget.value)} />
            <Press disabled={!since || !until} of={start} onClick={count}>
              {words.count}
            </Press>
          </s-grid>
        </s-query-container>
      </s-stack>
    </s-section>
  );
}
