// What needs a person: values that are mapped on the spot, and held orders by cause, what to do, and one retry for all.
import { ProblemRetryDocument } from "../api/typed";
import type { OverviewQuery } from "../api/typed";
import { texts } from "../texts";
import { VerdictBadge } from "./badges";
import { useChange } from "./change";
import { UnmappedRow } from "./mapping/unmapped";
import type { Unmapped } from "./mapping/unmapped_values";
import { Press } from "./press";
import { advised, money, when } from "./shown";

type Problem = OverviewQuery["overview"]["problems"][number];

interface Given {
  problems: Problem[];
  unmapped: Unmapped;
  named: boolean;
}

/** `problems` are those that have no answer of their own among the values. `named`: there are several connections. */
export function Problems({ problems, unmapped, named }: Given) {
  const words = texts.overview;
  if (problems.length + unmapped.lacking.length === 0) {
    return (
      <s-section heading={words.problems}>
        <s-stack gap="small-300">
          <s-text type="strong">{words.noProblems}</s-text>
          <s-text color="subdued">{words.noProblemsMore}</s-text>
        </s-stack>
      </s-section>
    );
  }
  return (
    <s-section heading={words.problems} padding="none">
      <s-link slot="secondary-actions" href="/problems">
        {words.allProblems}
      </s-link>
      <UnmappedRows unmapped={unmapped} named={named} />
      {problems.length > 0 && <Causes problems={problems} />}
    </s-section>
  );
}

function UnmappedRows({ unmapped, named }: { unmapped: Unmapped; named: boolean }) {
  return (
    <>
      {unmapped.lacking.map((each) => (
        <s-stack key={`${each.connection.id} ${each.value.table} ${each.value.value}`} gap="none">
          <s-divider />
          <UnmappedRow lacking={each} named={named} />
        </s-stack>
      ))}
      {unmapped.more && (
        <s-box padding="base">
          <s-link href="/mapping/tables">{texts.unmapped.more}</s-link>
        </s-box>
      )}
    </>
  );
}

function Causes({ problems }: { problems: Problem[] }) {
  const words = texts.overview;
  return (
    <s-table>
      <s-table-header-row>
        <s-table-header listSlot="primary">{words.problem}</s-table-header>
        <s-table-header listSlot="labeled">{words.waiting}</s-table-header>
        <s-table-header listSlot="labeled">{words.money}</s-table-header>
        <s-table-header listSlot="labeled">{words.since}</s-table-header>
        <s-table-header listSlot="inline">{words.doThis}</s-table-header>
      </s-table-header-row>
      <s-table-body>
        {problems.map((problem) => (
          <Row key={problem.code} problem={problem} />
        ))}
      </s-table-body>
    </s-table>
  );
}

function Row({ problem }: { problem: Problem }) {
  const retry = useChange(
    ProblemRetryDocument,
    (result) => result.problemRetry,
    (payload) => texts.overview.retried(payload.count ?? 0),
  );
  return (
    <s-table-row>
      <s-table-cell>
        <s-stack gap="small-300">
          <s-text>{problem.sentence}</s-text>
          <s-text color="subdued">{advised(problem.explanation?.advice)}</s-text>
          <s-stack direction="inline">
            <VerdictBadge of={problem.verdict} />
          </s-stack>
        </s-stack>
      </s-table-cell>
      <s-table-cell>{problem.count}</s-table-cell>
      <s-table-cell>{problem.moneyWaiting.map(money).join(", ") || texts.general.none}</s-table-cell>
      <s-table-cell>{when(problem.since)}</s-table-cell>
      <s-table-cell>
        <s-stack gap="small-200" alignItems="start">
          {problem.verdict === "NEEDS_MAPPING" && <s-link href="/mapping/tables">{texts.overview.enter}</s-link>}
          <s-link href={`/orders?state=HELD&code=${encodeURIComponent(problem.code)}`}>{texts.overview.show}</s-link>
          {problem.verdict !== "NEVER" && (
            <Press of={retry} onClick={() => retry.mutate({ code: problem.code })}>
              {texts.overview.retryAll}
            </Press>
          )}
        </s-stack>
      </s-table-cell>
    </s-table-row>
  );
}
