// A plan, level by level: what the shop shows, what it is to show, and what became of it.
import { useQuery } from "@tanstack/preact-query";
import { ask } from "../api/door";
import { PlacesDocument } from "../api/typed";
import type { RunQuery } from "../api/typed";
import { texts } from "../texts";
import { LineBadge } from "./badges";
import { PagedTable } from "./paged";
import type { Pages } from "./paged";

interface Given {
  page: NonNullable<RunQuery["run"]>["lines"];
  connection: string;
  pages: Pages;
}

export function PlanLines({ page, connection, pages }: Given) {
  const words = texts.runPage;
  const places = useQuery({ queryKey: ["places", connection], queryFn: () => ask(PlacesDocument, { connection }) });
  const named = (key: string) => places.data?.stockSettings?.locations.find((each) => each.key === key)?.name ?? key;
  if (page.nodes.length === 0) {
    return (
      <s-section heading={words.lines}>
        <s-text color="subdued">{words.noLines}</s-text>
      </s-section>
    );
  }
  return (
    <s-section heading={words.lines} padding="none">
      <PagedTable pages={pages} info={page.pageInfo}>
        <s-table-header-row>
          <s-table-header listSlot="primary">{texts.stock.sku}</s-table-header>
          <s-table-header listSlot="labeled">{words.location}</s-table-header>
          <s-table-header listSlot="labeled" format="numeric">
            {words.old}
          </s-table-header>
          <s-table-header listSlot="labeled" format="numeric">
            {words.new}
          </s-table-header>
          <s-table-header listSlot="inline">{texts.runs.state}</s-table-header>
        </s-table-header-row>
        <s-table-body>
          {page.nodes.map((line) => (
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
    </s-section>
  );
}
