// A plan of stock, level by level: what the shop shows, what it is to show, and what became of it.
import { keepPreviousData, useQuery } from "@tanstack/preact-query";
import { ask } from "../api/door";
import { PlacesDocument, StockLinesDocument } from "../api/typed";
import { runPage as words, runs } from "../texts/runs";
import { stock } from "../texts/stock";
import { texts } from "../texts";
import { Answer } from "./answer";
import { LineBadge } from "./badges";
import { PagedTable, usePages } from "./paged";

const EVERY = 5_000;

export function PlanLines({ run, connection }: { run: string; connection: string }) {
  const pages = usePages();
  const places = useQuery({ queryKey: ["places", connection], queryFn: () => ask(PlacesDocument, { connection }) });
  const named = (key: string) => places.data?.stockSettings?.locations.find((each) => each.key === key)?.name ?? key;
  const query = useQuery({
    queryKey: ["run", run, "stock", pages.after],
    queryFn: () => ask(StockLinesDocument, { id: run, after: pages.after }),
    placeholderData: keepPreviousData,
    refetchInterval: EVERY,
  });
  return (
    <s-section heading={words.lines} padding="none">
      <Answer query={query} empty={(data) => (data.run?.lines.nodes.length ? undefined : <NoLines />)}>
        {(data) =>
          data.run && (
            <PagedTable pages={pages} info={data.run.lines.pageInfo}>
              <PlanHead where={words.location} />
              <s-table-body>
                {data.run.lines.nodes.map((line) => (
                  <s-table-row key={`${line.sku}@${line.locationKey}`}>
                    <s-table-cell>{line.sku}</s-table-cell>
                    <s-table-cell>{named(line.locationKey)}</s-table-cell>
                    <s-table-cell>{line.old ?? texts.general.unknown}</s-table-cell>
                    <s-table-cell>{line.new}</s-table-cell>
                    <s-table-cell>
                      <s-stack gap="small-400">
                        <s-stack direction="inline">
                          <LineBadge of={line.state} />
                        </s-stack>
                        {line.sentence && <s-text color="subdued">{line.sentence}</s-text>}
                      </s-stack>
                    </s-table-cell>
                  </s-table-row>
                ))}
              </s-table-body>
            </PagedTable>
          )
        }
      </Answer>
    </s-section>
  );
}

export function NoLines() {
  return (
    <s-box padding="base">
      <s-text color="subdued">{words.noLines}</s-text>
    </s-box>
  );
}

/** The columns of a plan: what it is about, where, from what to what, and what became of it. */
export function PlanHead({ where }: { where: string }) {
  return (
    <s-table-header-row>
      <s-table-header listSlot="primary">{stock.sku}</s-table-header>
      <s-table-header listSlot="labeled">{where}</s-table-header>
      <s-table-header listSlot="labeled" format="numeric">
        {words.old}
      </s-table-header>
      <s-table-header listSlot="labeled" format="numeric">
        {words.new}
      </s-table-header>
      <s-table-header listSlot="inline">{runs.state}</s-table-header>
    </s-table-header-row>
  );
}
