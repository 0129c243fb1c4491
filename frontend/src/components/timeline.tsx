// Everything that happened to a record, the latest first; behind each request what was sent and answered.
import { useQuery } from "@tanstack/preact-query";
import { useState } from "preact/hooks";
import { ask } from "../api/door";
import { RecordTimelineDocument } from "../api/typed";
import type { TimelinePageFragment } from "../api/typed";
import { texts } from "../texts";
import { records } from "../texts/records";
import { sentence, when } from "./shown";
import { Tree, plain, worded } from "./tree";

type Page = TimelinePageFragment;
type Event = Page["nodes"][number];

export function Timeline({ first, record }: { first: Page; record: string }) {
  return (
    <s-section heading={records.timeline.heading}>
      {first.nodes.length === 0 && <s-text color="subdued">{records.timeline.none}</s-text>}
      <Lines page={first} record={record} />
    </s-section>
  );
}

/** A page of lines, and below it the page before, once somebody asks for it. */
function Lines({ page, record }: { page: Page; record: string }) {
  const [open, show] = useState(false);
  const { hasNextPage, endCursor } = page.pageInfo;
  const older = useQuery({
    queryKey: ["timeline", record, endCursor],
    queryFn: () => ask(RecordTimelineDocument, { id: record, after: endCursor ?? null }),
    enabled: open,
  });
  return (
    <>
      {page.nodes.map((event) => (
        <Line key={event.id} event={event} />
      ))}
      {older.isError && <s-banner tone="critical" heading={sentence(older.error)} />}
      {hasNextPage && !older.data && (
        <s-button loading={older.isFetching} onClick={() => (open ? void older.refetch() : show(true))}>
          {records.timeline.older}
        </s-button>
      )}
      {older.data?.record && <Lines page={older.data.record.timeline} record={record} />}
    </>
  );
}

function Line({ event }: { event: Event }) {
  const facts = event.facts.map(({ name, value }) => fact(name, value)).join(" · ");
  return (
    <s-grid gridTemplateColumns="auto 1fr" gap="small">
      <s-icon type={icon(event)} color="subdued" />
      <s-stack gap="small-400">
        <s-text>{event.sentence}</s-text>
        <s-text color="subdued">
          {when(event.at)}
          {facts && ` · ${facts}`}
        </s-text>
        {event.exchange && <Exchange exchange={event.exchange} id={event.id} />}
      </s-stack>
    </s-grid>
  );
}

/** Which step of a document an event is about is told in words, without the key that tells two payments apart. */
function fact(name: string, value: string): string {
  const step = name === "step" ? records.timeline.steps[value.split(":")[0] ?? ""] : undefined;
  return step ?? `${worded(name)} ${plain(value)}`;
}

function icon({ kind }: Event): "alert-triangle" | "check-circle" | "clock" {
  if (["held", "refused", "unclear", "failed"].includes(kind)) return "alert-triangle";
  return ["sent", "settled", "linked"].includes(kind) ? "check-circle" : "clock";
}

function Exchange({ exchange, id }: { exchange: NonNullable<Event["exchange"]>; id: string }) {
  const words = records.timeline;
  const modal = `exchange-${id}`;
  const took = exchange.tookMs === null ? "" : ` · ${words.took(exchange.tookMs ?? 0)}`;
  return (
    <s-stack direction="inline" gap="small">
      <s-button variant="tertiary" commandFor={modal} command="--show">
        {words.exchange}
      </s-button>
      <s-modal id={modal} heading={words.exchange} size="large">
        <s-stack gap="base">
          <s-text color="subdued">
            {texts.outcome[exchange.outcome]} · {when(exchange.at)}
            {took}
          </s-text>
          {Boolean(exchange.payload) && <s-heading>{words.payload}</s-heading>}
          {Boolean(exchange.payload) && <Tree value={exchange.payload} />}
          {Boolean(exchange.response) && <s-heading>{words.response}</s-heading>}
          {Boolean(exchange.response) && <Tree value={exchange.response} />}
        </s-stack>
      </s-modal>
    </s-stack>
  );
}
