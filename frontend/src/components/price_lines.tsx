// A plan of prices, one by one: the shop's, the ERP's, what became of it, and the answer where a person is asked whose is right.
import { keepPreviousData, useQuery } from "@tanstack/preact-query";
import { ask } from "../api/door";
import { PriceAnswerDocument, PriceLinesDocument } from "../api/typed";
import type { PlanLineState, PriceLinesQuery } from "../api/typed";
import { runPage as words } from "../texts/runs";
import { texts } from "../texts";
import { Answer } from "./answer";
import { LineBadge } from "./badges";
import { useChange } from "./change";
import { PagedTable, usePages } from "./paged";
import { NoLines, PlanHead } from "./plan_lines";
import { Press } from "./press";

const EVERY = 5_000;

type Line = NonNullable<PriceLinesQuery["run"]>["priceLines"]["nodes"][number];

export function PriceLines({ run }: { run: string }) {
  const pages = usePages();
  const query = useQuery({
    queryKey: ["run", run, "prices", pages.after],
    queryFn: () => ask(PriceLinesDocument, { id: run, after: pages.after }),
    placeholderData: keepPreviousData,
    refetchInterval: EVERY,
  });
  return (
    <s-section heading={words.lines} padding="none">
      <Answer query={query} empty={(data) => (data.run?.priceLines.nodes.length ? undefined : <NoLines />)}>
        {(data) =>
          data.run && (
            <PagedTable pages={pages} info={data.run.priceLines.pageInfo}>
              <PlanHead where={words.list} />
              <s-table-body>
                {data.run.priceLines.nodes.map((line) => (
                  <Row key={`${line.sku}@${line.listKey}@${line.variantKey}`} line={line} run={run} />
                ))}
              </s-table-body>
            </PagedTable>
          )
        }
      </Answer>
    </s-section>
  );
}

function Row({ line, run }: { line: Line; run: string }) {
  return (
    <s-table-row>
      <s-table-cell>{line.sku}</s-table-cell>
      <s-table-cell>{line.listKey ?? words.own}</s-table-cell>
      <s-table-cell>{line.old ?? texts.general.unknown}</s-table-cell>
      <s-table-cell>{line.new}</s-table-cell>
      <s-table-cell>
        <s-stack gap="small-300">
          <s-stack direction="inline">
            <LineBadge of={line.state.toUpperCase() as PlanLineState} />
          </s-stack>
          {line.sale && <s-text color="subdued">{words.sale}</s-text>}
          {line.sentence && <s-text color="subdued">{line.sentence}</s-text>}
          {line.state === "held" && <Asked sku={line.sku} run={run} />}
        </s-stack>
      </s-table-cell>
    </s-table-row>
  );
}

/** What is answered is written by the next run; in this plan it stays as it was. */
function Asked({ sku, run }: { sku: string; run: string }) {
  const answer = useChange(PriceAnswerDocument, (result) => result.priceAnswer, () => words.answered);
  if (answer.data?.priceAnswer.userErrors.length === 0) return <s-text>{words.answered}</s-text>;
  return (
    <s-stack direction="inline" gap="small-200" alignItems="center">
      <s-text>{words.answer}</s-text>
      <Press accessibilityLabel={words.answerErp(sku)} of={answer} onClick={() => answer.mutate({ run, winner: "ERP", sku })}>
        {words.erp}
      </Press>
      <Press accessibilityLabel={words.answerStore(sku)} of={answer} onClick={() => answer.mutate({ run, winner: "STORE", sku })}>
        {words.store}
      </Press>
    </s-stack>
  );
}
