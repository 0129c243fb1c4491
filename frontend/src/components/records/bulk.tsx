// Many records at once: how many and over how much is said first, and what is safe; then they are retried or left out.
import { useQuery } from "@tanstack/preact-query";
import { useState } from "preact/hooks";
import { ask } from "../../api/door";
import { RecordBulkDocument, RecordBulkRetryDocument, RecordBulkSkipDocument } from "../../api/typed";
import type { RecordBulkQuery, RecordFilterInput } from "../../api/typed";
import { records } from "../../texts/records";
import { Answer } from "../answer";
import { Asked } from "../asked";
import { useChange } from "../change";
import { counted, money } from "../shown";

type Counted = RecordBulkQuery["recordBulk"];

const said = records.bulk;

/** `filter`: what it would be about; `done`: when it was done to them. */
export function Bulk({ what, filter, done }: { what: string; filter: RecordFilterInput; done: () => void }) {
  return (
    <s-stack direction="inline" gap="small" alignItems="center">
      <s-text type="strong">{what}</s-text>
      <BulkRetry label={said.retry} filter={filter} done={done} />
      <BulkSkip filter={filter} done={done} />
    </s-stack>
  );
}

interface Given {
  label: string;
  filter: RecordFilterInput;
  done?: () => void;
  variant?: "primary" | "secondary";
}

export function BulkRetry({ label, filter, done, variant = "secondary" }: Given) {
  const [looked, look] = useState(false);
  const counting = useCounted(filter);
  const retry = useChange(
    RecordBulkRetryDocument,
    (result) => result.recordBulkRetry,
    ({ count, left }) => told(said.retried(count ?? 0), left ?? 0),
  );
  const press = (close: () => void) =>
    retry.mutate({ filter, lookFirst: looked }, { onSuccess: (result) => finish(result.recordBulkRetry, close, done) });
  return (
    <Asked
      label={label}
      heading={said.retryHeading}
      act={said.retryAct}
      variant={variant}
      of={retry}
      opened={counting.open}
      press={press}
    >
      <Answer query={counting.query} empty={nothing}>
        {({ recordBulk: found }) => (
          <s-stack gap="base">
            <About found={found} />
            {found.groups.map(({ verdict, records: some, money: sums }) => (
              <s-text key={verdict}>
                {said.group[verdict]}: {[counted(some), ...sums.map(money)].join(" · ")}
              </s-text>
            ))}
            {found.groups.some(({ verdict }) => verdict === "LOOK_FIRST") && (
              <s-checkbox label={said.look} checked={looked} onChange={(event) => look(event.currentTarget.checked)} />
            )}
            <s-text color="subdued">{said.safe}</s-text>
          </s-stack>
        )}
      </Answer>
    </Asked>
  );
}

function BulkSkip({ filter, done }: { filter: RecordFilterInput; done: () => void }) {
  const counting = useCounted(filter);
  const skip = useChange(
    RecordBulkSkipDocument,
    (result) => result.recordBulkSkip,
    ({ count, left }) => told(said.skipped(count ?? 0), left ?? 0),
  );
  const press = (close: () => void) =>
    skip.mutate({ filter }, { onSuccess: (result) => finish(result.recordBulkSkip, close, done) });
  return (
    <Asked
      label={said.skip}
      heading={said.skipHeading}
      act={said.skipAct}
      critical
      of={skip}
      opened={counting.open}
      press={press}
    >
      <Answer query={counting.query} empty={nothing}>
        {({ recordBulk: found }) => (
          <s-stack gap="base">
            <About found={found} />
            <s-text>{said.skipMore}</s-text>
          </s-stack>
        )}
      </Answer>
    </Asked>
  );
}

function About({ found }: { found: Counted }) {
  const { count } = found.records;
  return <s-text type="strong">{said.about(counted(found.records), count === 1, found.money.map(money).join(", "))}</s-text>;
}

function nothing({ recordBulk: { records: found } }: RecordBulkQuery) {
  return found.count ? undefined : <s-text>{said.none}</s-text>;
}

/** Counted when it is asked about, and not while nobody does. */
function useCounted(filter: RecordFilterInput) {
  const [open, show] = useState(false);
  const query = useQuery({
    queryKey: ["bulk", filter],
    queryFn: () => ask(RecordBulkDocument, { filter }),
    enabled: open,
    staleTime: 0,
  });
  return { query, open: () => show(true) };
}

function told(done: string, left: number): string {
  return left ? `${done}. ${said.left(left)}.` : done;
}

function finish(payload: { userErrors: unknown[] }, close: () => void, done?: () => void) {
  if (payload.userErrors.length) return;
  close();
  done?.();
}
