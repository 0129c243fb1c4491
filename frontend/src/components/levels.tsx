// Stock levels: the shop's quantity and the ERP's side by side, and a button that pushes one SKU.
import { StockPushDocument } from "../api/typed";
import type { StockQuery } from "../api/typed";
import { texts } from "../texts";
import { useChange } from "./change";
import { PagedTable } from "./paged";
import type { Pages } from "./paged";

type Page = StockQuery["stockLevels"];
type Level = Page["nodes"][number];

interface Listed {
  page: Page;
  connection: string;
  pages: Pages;
}

export function Levels({ page, connection, pages }: Listed) {
  const words = texts.stock;
  return (
    <PagedTable pages={pages} info={page.pageInfo}>
      <s-table-header-row>
        <s-table-header listSlot="primary">{words.sku}</s-table-header>
        <s-table-header listSlot="labeled">{words.location}</s-table-header>
        <s-table-header listSlot="labeled" format="numeric">
          {words.shop[page.mode]}
        </s-table-header>
        <s-table-header listSlot="labeled" format="numeric">
          {words.host}
        </s-table-header>
        <s-table-header listSlot="labeled" format="numeric">
          {words.safety}
        </s-table-header>
        <s-table-header listSlot="inline">{words.compared}</s-table-header>
        <s-table-header listSlot="inline">{words.action}</s-table-header>
      </s-table-header-row>
      <s-table-body>
        {page.nodes.map((level) => (
          <Row key={level.id} level={level} mode={page.mode} connection={connection} />
        ))}
      </s-table-body>
    </PagedTable>
  );
}

function Row({ level, mode, connection }: { level: Level; mode: Page["mode"]; connection: string }) {
  const shop = mode === "AVAILABLE" ? level.available : level.onHand;
  return (
    <s-table-row>
      <s-table-cell>{level.sku || texts.general.unknown}</s-table-cell>
      <s-table-cell>{level.location.name}</s-table-cell>
      <s-table-cell>{shop ?? texts.general.unknown}</s-table-cell>
      <s-table-cell>{level.hostQuantity ?? texts.general.unknown}</s-table-cell>
      <s-table-cell>{level.safetyStock}</s-table-cell>
      <s-table-cell>
        <Compared differs={level.differs ?? undefined} />
      </s-table-cell>
      <s-table-cell>
        <Push sku={level.sku} connection={connection} />
      </s-table-cell>
    </s-table-row>
  );
}

function Compared({ differs }: { differs: boolean | undefined }) {
  if (differs === undefined) return <s-badge>{texts.stock.untold}</s-badge>;
  return differs ? (
    <s-badge tone="warning">{texts.stock.differs}</s-badge>
  ) : (
    <s-badge tone="success">{texts.stock.equal}</s-badge>
  );
}

function Push({ sku, connection }: { sku: string; connection: string }) {
  const push = useChange(
    StockPushDocument,
    (result) => result.stockPush,
    ({ run }) => {
      if (!run) return texts.stock.planned;
      return run.needsApproval ? texts.stock.pushPlanned : texts.stock.pushed;
    },
  );
  return (
    <s-button
      accessibilityLabel={`${texts.stock.push}: ${sku}`}
      disabled={!sku}
      loading={push.isPending}
      onClick={() => push.mutate({ connection, sku })}
    >
      {texts.stock.push}
    </s-button>
  );
}
