// One record: where it stands and why, what to do, what hangs on it, and everything that happened to it.
import { useQuery } from "@tanstack/preact-query";
import { useRoute } from "preact-iso";
import { ask } from "../api/door";
import { RecordDocument, RecordRetryDocument } from "../api/typed";
import type { RecordQuery } from "../api/typed";
import { Answer } from "../components/answer";
import { useChange } from "../components/change";
import { Barred } from "../components/may";
import { Press } from "../components/press";
import { Decisions } from "../components/records/decisions";
import { Hanging } from "../components/records/hanging";
import { nameOf } from "../components/records/rows";
import { Summary } from "../components/records/summary";
import { Why } from "../components/records/why";
import { Timeline } from "../components/timeline";
import { records } from "../texts/records";

const EVERY = 3_000;

export type Found = NonNullable<RecordQuery["record"]>;

/** Its own part of the id stands in the address: an order's is the same as its record's. */
export function RecordView() {
  const said = records.one;
  const { params } = useRoute();
  const id = `gid://stockbridge/Record/${params["id"]}`;
  const query = useQuery({
    queryKey: ["record", id],
    queryFn: () => ask(RecordDocument, { id }),
    refetchInterval: EVERY,
  });
  const record = query.data?.record;
  return (
    <s-page heading={record ? nameOf(record) : records.kind.ORDER}>
      <s-link slot="breadcrumb-actions" href="/orders">
        {said.back}
      </s-link>
      {record && <Retry record={record} />}
      <Barred needs="WRITE_RETRY" />
      <Answer query={query} empty={(data) => (data.record ? undefined : <Gone />)}>
        {(data) => data.record && <Content record={data.record} />}
      </Answer>
    </s-page>
  );
}

function Gone() {
  return (
    <s-section accessibilityLabel={records.one.gone}>
      <s-empty-state heading={records.one.gone} />
    </s-section>
  );
}

function Retry({ record }: { record: Found }) {
  const said = records.one;
  const retry = useChange(
    RecordRetryDocument,
    (result) => result.recordRetry,
    () => said.retried,
  );
  const waits = record.state === "HELD" || record.state === "WAITING" || record.decided === "SKIP";
  if (!waits) return null;
  return (
    <Press
      slot="primary-action"
      variant="primary"
      of={retry}
      disabled={record.retryRequested}
      onClick={() => retry.mutate({ ids: [record.id] })}
    >
      {said.retry}
    </Press>
  );
}

function Content({ record }: { record: Found }) {
  return (
    <>
      {record.reason && record.state !== "SETTLED" && <Why reason={record.reason} asked={record.retryRequested} />}
      <Summary record={record} />
      {record.order && <Hanging order={record.order} />}
      <Decisions record={record} />
      <Timeline first={record.timeline} record={record.id} />
    </>
  );
}
