// Everything that needs a person, by cause: the fix where it is one, a retry of all that are safe, and what was resolved lately.
import { keepPreviousData, useQuery } from "@tanstack/preact-query";
import { ask } from "../api/door";
import { ProblemsDocument } from "../api/typed";
import type { ProblemsQuery } from "../api/typed";
import { Answer } from "../components/answer";
import { UnmappedRow } from "../components/mapping/unmapped";
import { unmappedOf } from "../components/mapping/unmapped_values";
import type { Unmapped } from "../components/mapping/unmapped_values";
import { answers, others } from "../components/mapping/waiting";
import { Barred } from "../components/may";
import { BulkRetry } from "../components/records/bulk";
import { Causes, shopsOf } from "../components/records/causes";
import { useFilters, whereOf } from "../components/records/filtering";
import type { Chosen } from "../components/records/filtering";
import { useKnown, useSeveral, Where } from "../components/records/where";
import { when } from "../components/shown";
import { problemsPage } from "../texts/problems";
import { records } from "../texts/records";

const EVERY = 5_000;
const NONE: Unmapped = { lacking: [], more: false };

interface Seen extends ProblemsQuery {
  unmapped: Unmapped;
  answered: string[];
}

async function looked(chosen: Chosen, before: Seen | undefined): Promise<Seen> {
  const where = whereOf(chosen);
  const data = await ask(ProblemsDocument, where);
  const { problems } = data.overview;
  const connections = data.overview.connections.filter(
    ({ id, shop }) => [null, id].includes(where.connection) && [null, shop.id].includes(where.shop),
  );
  const unmapped = problems.length ? await unmappedOf(connections, 100).catch(() => NONE) : NONE;
  const [now, then] = [unmapped, before?.unmapped ?? NONE].map(({ lacking }) => lacking.map(({ value }) => value));
  return { ...data, unmapped, answered: answers(now ?? [], then ?? []) };
}

export function Problems() {
  const { chosen: given, choose } = useFilters("/problems");
  const chosen: Chosen = Object.fromEntries(Object.entries(given).filter(([name]) => name === "of" || name === "connection"));
  const key = ["problems", chosen];
  const query = useQuery({
    queryKey: key,
    queryFn: ({ client }) => looked(chosen, client.getQueryData<Seen>(key)),
    placeholderData: keepPreviousData,
    refetchInterval: EVERY,
  });
  return (
    <s-page heading={problemsPage.heading}>
      <s-link slot="breadcrumb-actions" href="/">
        {problemsPage.back}
      </s-link>
      <Barred needs={["WRITE_RETRY", "WRITE_MAPPINGS"]} />
      <Chooser chosen={chosen} choose={choose} />
      <Answer query={query}>{(data) => <Content data={data} chosen={chosen} />}</Answer>
    </s-page>
  );
}

function Content({ data: { overview, unmapped, answered, resolvedProblems }, chosen }: { data: Seen; chosen: Chosen }) {
  const causes = others(overview.problems, answered);
  const named = overview.connections.length > 1;
  return (
    <>
      {overview.problems.length === 0 && <Nothing />}
      {unmapped.lacking.length > 0 && (
        <s-section heading={problemsPage.unmapped} padding="none">
          {unmapped.lacking.map((each) => (
            <s-stack key={`${each.connection.id} ${each.value.table} ${each.value.value}`} gap="none">
              <s-divider />
              <UnmappedRow lacking={each} named={named} />
            </s-stack>
          ))}
        </s-section>
      )}
      {overview.problems.length > 0 && (
        <s-section heading={problemsPage.causes} padding="none">
          <s-box padding="base">
            <s-stack direction="inline">
              <BulkRetry key={JSON.stringify(chosen)} label={problemsPage.retrySafe} filter={{ states: ["HELD"], ...whereOf(chosen) }} />
            </s-stack>
          </s-box>
          {causes.length > 0 && <Causes causes={causes} chosen={chosen} />}
        </s-section>
      )}
      <Resolved problems={resolvedProblems} />
    </>
  );
}

/** Nothing is to be chosen where there is one connection. */
function Chooser({ chosen, choose }: Parameters<typeof Where>[0]) {
  if (useKnown().length < 2 && !chosen.of && !chosen.connection) return null;
  return (
    <s-section accessibilityLabel={problemsPage.where}>
      <s-query-container>
        <s-grid gridTemplateColumns="@container (inline-size > 640px) 1fr 1fr 1fr 1fr, 1fr 1fr" gap="small">
          <Where chosen={chosen} choose={choose} />
        </s-grid>
      </s-query-container>
    </s-section>
  );
}

function Nothing() {
  return (
    <s-section accessibilityLabel={problemsPage.heading}>
      <s-empty-state heading={problemsPage.none}>
        <s-text slot="subheading">{problemsPage.noneMore}</s-text>
      </s-empty-state>
    </s-section>
  );
}

function Resolved({ problems }: { problems: ProblemsQuery["resolvedProblems"] }) {
  const several = useSeveral();
  if (problems.length === 0) {
    return (
      <s-section heading={problemsPage.resolved}>
        <s-text color="subdued">{problemsPage.resolvedNone}</s-text>
      </s-section>
    );
  }
  return (
    <s-section heading={problemsPage.resolved} padding="none">
      <s-table>
        <s-table-header-row>
          <s-table-header listSlot="primary">{problemsPage.reason}</s-table-header>
          {several && <s-table-header listSlot="labeled">{records.list.shop}</s-table-header>}
          <s-table-header listSlot="labeled" format="numeric">
            {problemsPage.records}
          </s-table-header>
          <s-table-header listSlot="labeled">{problemsPage.held}</s-table-header>
        </s-table-header-row>
        <s-table-body>
          {problems.map((each) => (
            <s-table-row key={each.code}>
              <s-table-cell>{each.sentence}</s-table-cell>
              {several && <s-table-cell>{shopsOf(each)}</s-table-cell>}
              <s-table-cell>{each.count}</s-table-cell>
              <s-table-cell>{when(each.heldAt)}</s-table-cell>
            </s-table-row>
          ))}
        </s-table-body>
      </s-table>
    </s-section>
  );
}
