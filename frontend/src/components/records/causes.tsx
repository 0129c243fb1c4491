// Held records by cause: how many and over how much, what may safely be done, and the place or the button that does it.
import { ProblemRetryDocument } from "../../api/typed";
import type { ProblemsQuery } from "../../api/typed";
import { texts } from "../../texts";
import { problemsPage } from "../../texts/problems";
import { records } from "../../texts/records";
import { VerdictBadge } from "../badges";
import { useChange } from "../change";
import { Press } from "../press";
import { advised, money, when } from "../shown";
import { whereOf } from "./filtering";
import type { Chosen } from "./filtering";
import { useSeveral } from "./where";

type Cause = ProblemsQuery["overview"]["problems"][number];

/** `chosen`: of which shop and connection they are told. */
export function Causes({ causes, chosen }: { causes: Cause[]; chosen: Chosen }) {
  const several = useSeveral();
  return (
    <s-table>
      <s-table-header-row>
        <s-table-header listSlot="primary">{problemsPage.reason}</s-table-header>
        {several && <s-table-header listSlot="labeled">{records.list.shop}</s-table-header>}
        <s-table-header listSlot="labeled" format="numeric">
          {problemsPage.records}
        </s-table-header>
        <s-table-header listSlot="labeled">{problemsPage.money}</s-table-header>
        <s-table-header listSlot="labeled">{problemsPage.since}</s-table-header>
        <s-table-header listSlot="inline">{problemsPage.doThis}</s-table-header>
      </s-table-header-row>
      <s-table-body>
        {causes.map((cause) => (
          <Row key={cause.code} cause={cause} chosen={chosen} several={several} />
        ))}
      </s-table-body>
    </s-table>
  );
}

function Row({ cause, chosen, several }: { cause: Cause; chosen: Chosen; several: boolean }) {
  const place = placeOf(cause);
  const shown = new URLSearchParams({ ...chosen, state: "HELD", code: cause.code });
  return (
    <s-table-row>
      <s-table-cell>
        <s-stack gap="small-300">
          <s-text>{cause.sentence}</s-text>
          <s-text color="subdued">{advised(cause.explanation?.advice)}</s-text>
          <s-stack direction="inline">
            <VerdictBadge of={cause.verdict} />
          </s-stack>
        </s-stack>
      </s-table-cell>
      {several && <s-table-cell>{shopsOf(cause)}</s-table-cell>}
      <s-table-cell>{cause.count}</s-table-cell>
      <s-table-cell>{cause.moneyWaiting.map(money).join(", ") || texts.general.none}</s-table-cell>
      <s-table-cell>{when(cause.since)}</s-table-cell>
      <s-table-cell>
        <s-stack gap="small-200" alignItems="start">
          {place && <s-link href={place.href}>{problemsPage.places[place.name]}</s-link>}
          <s-link href={`/orders?${shown}`}>{problemsPage.show}</s-link>
          {(cause.verdict === "RETRY_SAFE" || cause.verdict === "NEEDS_MAPPING") && <Retry cause={cause} chosen={chosen} />}
        </s-stack>
      </s-table-cell>
    </s-table-row>
  );
}

/** Whose records wait, by name. */
export function shopsOf({ connections }: Pick<Cause, "connections">): string {
  return [...new Set(connections.map(({ shop }) => shop.name))].join(", ");
}

/** A cause that somebody should look at first is retried from its list, where there is something to look at. */
function Retry({ cause, chosen }: { cause: Cause; chosen: Chosen }) {
  const retry = useChange(
    ProblemRetryDocument,
    (result) => result.problemRetry,
    (payload) => problemsPage.retried(payload.count ?? 0),
  );
  return (
    <Press
      accessibilityLabel={problemsPage.retryNamed(cause.sentence)}
      of={retry}
      onClick={() => retry.mutate({ code: cause.code, ...whereOf(chosen) })}
    >
      {problemsPage.retry}
    </Press>
  );
}

/** Where a cause is mended, if that is one place of this page. */
function placeOf({ code, verdict }: Cause): { name: keyof typeof problemsPage.places; href: string } | undefined {
  if (code === "rule.no_rate" || code === "rule.rate_stale") return { name: "rates", href: "/mapping/rates" };
  if (code.startsWith("rule.") || code.endsWith("_by_rule")) return { name: "rules", href: "/mapping" };
  if (code.startsWith("connection.")) return { name: "connection", href: "/settings/connections" };
  return verdict === "NEEDS_MAPPING" ? { name: "tables", href: "/mapping/tables" } : undefined;
}
