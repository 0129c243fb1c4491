// Stock levels: the shop's quantity and the ERP's side by side, what a push would make of it, and the button that pushes one SKU.
import { StockPushDocument } from "../api/typed";
import type { StockPushMutation, StockQuery } from "../api/typed";
import { texts } from "../texts";
import { stock as words } from "../texts/stock";
import { LineBadge } from "./badges";
import { useChange } from "./change";
import { PagedTable } from "./paged";
import type { Pages } from "./paged";
import { Press } from "./press";

type Page = StockQuery["stockLevels"];
type Level = Page["nodes"][number];
type Pushed = NonNullable<StockPushMutation["stockPush"]["run"]>;

interface Listed {
  page: Page;
  connection: string;
  pages: Pages;
}

export function Levels({ page, connection, pages }: Listed) {
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
        <s-table-header listSlot="inline">{words.would}</s-table-header>
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
  const push = useChange(
    StockPushDocument,
    (result) => result.stockPush,
    ({ run }) => {
      if (!run) return words.planned;
      if (run.needsApproval) return words.pushPlanned;
      return run.lines.nodes.length ? words.wrote(level.sku) : words.planned;
    },
  );
  const pushed = push.data?.stockPush.run;
  const line = pushed?.lines.nodes.find(({ locationKey }) => locationKey === level.location.key);
  return (
    <s-table-row>
      <s-table-cell>{level.sku || texts.general.unknown}</s-table-cell>
      <s-table-cell>{level.location.name}</s-table-cell>
      <s-table-cell>{shop ?? texts.general.unknown}</s-table-cell>
      <s-table-cell>{level.hostQuantity ?? texts.general.unknown}</s-table-cell>
      <s-table-cell>{level.safetyStock}</s-table-cell>
      <s-table-cell>
        <s-stack gap="small-400">
          <Would level={level} shop={shop} />
          {line && <Done line={line} />}
        </s-stack>
      </s-table-cell>
      <s-table-cell>
        <Press
          accessibilityLabel={words.pushNamed(level.sku)}
          disabled={!level.sku}
          of={push}
          onClick={() => push.mutate({ connection, sku: level.sku })}
        >
          {words.push}
        </Press>
      </s-table-cell>
    </s-table-row>
  );
}

/** What one press would write, as far as both sides have told. */
function Would({ level, shop }: { level: Level; shop: number | null | undefined }) {
  if (level.differs === null || level.differs === undefined) return <s-badge>{words.untold}</s-badge>;
  if (!level.differs) return <s-badge tone="success">{words.equal}</s-badge>;
  return (
    <s-stack direction="inline" gap="small-300" alignItems="center">
      <s-badge tone="warning">{words.differs}</s-badge>
      <s-text fontVariantNumeric="tabular-nums">{words.change(shop, level.allocated)}</s-text>
    </s-stack>
  );
}

function Done({ line }: { line: Pushed["lines"]["nodes"][number] }) {
  return (
    <s-stack direction="inline" gap="small-300" alignItems="center">
      <LineBadge of={line.state} />
      <s-text fontVariantNumeric="tabular-nums">{words.change(line.old, line.new)}</s-text>
    </s-stack>
  );
}
