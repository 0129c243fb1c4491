// One order: where it stands and why, what to do, and everything that happened to it.
import { useQuery } from "@tanstack/preact-query";
import { useRoute } from "preact-iso";
import { ask } from "../api/door";
import { OrderDocument, OrderRetryDocument } from "../api/typed";
import type { OrderQuery } from "../api/typed";
import { Answer } from "../components/answer";
import { StateBadge, VerdictBadge } from "../components/badges";
import { useChange } from "../components/change";
import { Facts } from "../components/facts";
import { way } from "../components/mapping/way";
import { advised, local, money, when } from "../components/shown";
import { Timeline } from "../components/timeline";
import { texts } from "../texts";

const EVERY = 3_000;

type Found = NonNullable<OrderQuery["order"]>;

export function Order() {
  const { params } = useRoute();
  const id = `gid://stockbridge/Order/${params["id"]}`;
  const query = useQuery({
    queryKey: ["order", id],
    queryFn: () => ask(OrderDocument, { id }),
    refetchInterval: EVERY,
  });
  const order = query.data?.order;
  return (
    <s-page heading={order ? (order.name ?? order.storeKey) : texts.orders.order}>
      <s-link slot="breadcrumb-actions" href="/orders">
        {texts.order.back}
      </s-link>
      {order && <Retry order={order} />}
      <Answer query={query} empty={(data) => (data.order ? undefined : <Gone />)}>
        {(data) => data.order && <Content order={data.order} />}
      </Answer>
    </s-page>
  );
}

function Gone() {
  return (
    <s-section accessibilityLabel={texts.order.gone}>
      <s-empty-state heading={texts.order.gone} />
    </s-section>
  );
}

function Retry({ order }: { order: Found }) {
  const retry = useChange(
    OrderRetryDocument,
    (result) => result.orderRetry,
    () => texts.order.retried,
  );
  if (order.state !== "HELD" && order.state !== "WAITING") return null;
  return (
    <s-button
      slot="primary-action"
      variant="primary"
      loading={retry.isPending}
      disabled={order.retryRequested}
      onClick={() => retry.mutate({ ids: [order.id] })}
    >
      {texts.order.retry}
    </s-button>
  );
}

function Content({ order }: { order: Found }) {
  const words = texts.order;
  const version = order.mappingVersion;
  return (
    <>
      {order.reason && order.state !== "SETTLED" && <Why reason={order.reason} asked={order.retryRequested} />}
      <s-section heading={words.summary}>
        <s-stack slot="accessory">
          <StateBadge of={order.state} />
        </s-stack>
        {order.links.map(({ label, url }) => (
          <s-link key={url} slot="secondary-actions" href={url} target="_blank">
            {label}
          </s-link>
        ))}
        <s-link slot="secondary-actions" href={way("/mapping/preview", local(order.connection.id), { order: local(order.id) })}>
          {words.preview}
        </s-link>
        <Facts
          facts={[
            { name: words.number, value: order.hostNumber ?? texts.general.unknown },
            { name: words.total, value: money(order.total) },
            { name: words.placed, value: when(order.placedAt) },
            { name: words.since, value: when(order.stateSince) },
            { name: words.connection, value: order.connection.name },
            { name: words.tables, value: version ? words.version(version) : texts.general.unknown },
            ...(order.nextTryAt ? [{ name: words.next, value: when(order.nextTryAt) }] : []),
            ...(order.attempts ? [{ name: words.attempts, value: order.attempts }] : []),
          ]}
        />
      </s-section>
      {order.refunds.length > 0 && <Refunds refunds={order.refunds} />}
      <Timeline first={order.timeline} order={order.id} />
    </>
  );
}

function Refunds({ refunds }: { refunds: Found["refunds"] }) {
  const words = texts.order;
  return (
    <s-section heading={words.refunds}>
      <s-table>
        <s-table-header-row>
          <s-table-header listSlot="primary">{words.refunded}</s-table-header>
          <s-table-header listSlot="labeled" format="currency">
            {words.amount}
          </s-table-header>
          <s-table-header listSlot="labeled">{words.credit}</s-table-header>
          <s-table-header listSlot="secondary">{words.state}</s-table-header>
        </s-table-header-row>
        <s-table-body>
          {refunds.map((refund) => (
            <s-table-row key={refund.storeKey}>
              <s-table-cell>{when(refund.refundedAt)}</s-table-cell>
              <s-table-cell>{money(refund.total)}</s-table-cell>
              <s-table-cell>{refund.hostNumber ?? texts.general.unknown}</s-table-cell>
              <s-table-cell>
                <s-stack gap="small">
                  <StateBadge of={refund.state} />
                  {refund.reason && refund.state !== "SETTLED" && <s-text>{refund.reason.sentence}</s-text>}
                </s-stack>
              </s-table-cell>
            </s-table-row>
          ))}
        </s-table-body>
      </s-table>
    </s-section>
  );
}

function Why({ reason, asked }: { reason: NonNullable<Found["reason"]>; asked: boolean }) {
  return (
    <s-banner tone={asked ? "info" : "warning"} heading={reason.sentence}>
      <s-stack gap="small">
        {asked && <s-paragraph>{texts.order.asked}</s-paragraph>}
        {reason.explanation && <s-paragraph>{advised(reason.explanation.advice)}</s-paragraph>}
        <s-stack direction="inline" gap="small" alignItems="center">
          <VerdictBadge of={reason.verdict} />
          <s-text color="subdued">
            {texts.general.code} {reason.code}
          </s-text>
        </s-stack>
      </s-stack>
    </s-banner>
  );
}
