// The comparisons of both sides that were made, the newest first.
import { keepPreviousData, useQuery } from "@tanstack/preact-query";
import { ask } from "../../api/door";
import { ComparisonsDocument } from "../../api/typed";
import type { ComparisonRowFragment, FindingKind } from "../../api/typed";
import { reports as words } from "../../texts/reports";
import { Answer } from "../answer";
import { PagedTable, usePages } from "../paged";
import { local, when } from "../shown";

export function Comparisons({ connection }: { connection: string }) {
  const pages = usePages();
  const query = useQuery({
    queryKey: ["comparisons", connection, pages.after],
    queryFn: () => ask(ComparisonsDocument, { connection, after: pages.after }),
    placeholderData: keepPreviousData,
    refetchInterval: 15_000,
  });
  return (
    <s-section heading={words.comparisons} padding="none">
      <Answer query={query} empty={(data) => (data.reconciliations.nodes.length ? undefined : <None />)}>
        {({ reconciliations }) => (
          <PagedTable pages={pages} info={reconciliations.pageInfo}>
            <s-table-header-row>
              <s-table-header listSlot="primary">{words.compared}</s-table-header>
              <s-table-header listSlot="labeled">{words.span}</s-table-header>
              <s-table-header listSlot="labeled">{words.found}</s-table-header>
            </s-table-header-row>
            <s-table-body>
              {reconciliations.nodes.map((each) => (
                <s-table-row key={each.id} clickDelegate={local(each.id)}>
                  <s-table-cell>
                    <s-link id={local(each.id)} href={`/reports/${local(each.id)}`}>
                      {`${words.kind[each.kind]}, ${when(each.startedAt)}`}
                    </s-link>
                  </s-table-cell>
                  <s-table-cell>{`${when(each.since)} – ${when(each.until)}`}</s-table-cell>
                  <s-table-cell>{found(each)}</s-table-cell>
                </s-table-row>
              ))}
            </s-table-body>
          </PagedTable>
        )}
      </Answer>
    </s-section>
  );
}

function None() {
  return (
    <s-empty-state heading={words.none}>
      <s-text slot="subheading">{words.noneMore}</s-text>
    </s-empty-state>
  );
}

/** How many findings of each kind. */
export function found({ state, counts }: ComparisonRowFragment): string {
  if (state !== "DONE") return words.state[state];
  const named = counts.flatMap(({ name, value }) => {
    const kind = words.finding[name.toUpperCase() as FindingKind];
    return kind && Number(value) ? [`${kind}: ${value}`] : [];
  });
  return named.join(", ") || words.nothing;
}
