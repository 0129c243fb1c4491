// The product report: SKUs that do not fit, and what the ERP told of its items, both to be saved.
import { keepPreviousData, useQuery } from "@tanstack/preact-query";
import { useState } from "preact/hooks";
import { ask } from "../../api/door";
import { ItemsDocument, SkuAuditDocument } from "../../api/typed";
import type { ItemsQuery, SkuAuditQuery } from "../../api/typed";
import { Answer } from "../../components/answer";
import { Connected } from "../../components/connected";
import { Facts } from "../../components/facts";
import { InTurn } from "../../components/in_turn";
import { PagedTable, usePages } from "../../components/paged";
import type { Pages } from "../../components/paged";
import { SaveCsv } from "../../components/reports/save_csv";
import { money } from "../../components/shown";
import { products as words, reports } from "../../texts/reports";
import { texts } from "../../texts";

export function ReportProducts() {
  return (
    <s-page heading={words.heading}>
      <s-link slot="breadcrumb-actions" href="/reports">
        {words.back}
      </s-link>
      <Connected>
        {(connection) => (
          <InTurn>
            <Faults connection={connection} />
            <Items connection={connection} />
          </InTurn>
        )}
      </Connected>
    </s-page>
  );
}

function Faults({ connection }: { connection: string }) {
  const pages = usePages();
  const query = useQuery({
    queryKey: ["skus", connection, pages.after],
    queryFn: () => ask(SkuAuditDocument, { connection, after: pages.after }),
    placeholderData: keepPreviousData,
  });
  return (
    <s-section heading={words.faults} padding="none">
      <Answer query={query} empty={({ skuAudit }) => (skuAudit.counts.length ? undefined : <Fits wrong={skuAudit.userErrors} />)}>
        {({ skuAudit }) => (
          <>
            <s-box padding="base">
              <s-stack gap="base">
                <Facts facts={skuAudit.counts.map(({ fault, skus }) => ({ name: reports.fault[fault], value: skus }))} />
                <s-stack direction="inline">
                  <SaveCsv report="skus" asked={{ connection }} named={words.faults} />
                </s-stack>
              </s-stack>
            </s-box>
            <FaultTable page={skuAudit} pages={pages} />
          </>
        )}
      </Answer>
    </s-section>
  );
}

function Fits({ wrong }: { wrong: SkuAuditQuery["skuAudit"]["userErrors"] }) {
  const [first] = wrong;
  return (
    <s-empty-state heading={first ? words.unread : words.noFaults}>
      <s-text slot="subheading">{first?.message ?? words.noFaultsMore}</s-text>
    </s-empty-state>
  );
}

function FaultTable({ page, pages }: { page: SkuAuditQuery["skuAudit"]; pages: Pages }) {
  return (
    <PagedTable pages={pages} info={page.pageInfo}>
      <s-table-header-row>
        <s-table-header listSlot="primary">{words.fault}</s-table-header>
        <s-table-header listSlot="labeled">{words.inShop}</s-table-header>
        <s-table-header listSlot="labeled">{words.inErp}</s-table-header>
      </s-table-header-row>
      <s-table-body>
        {page.nodes.map((each) => (
          <s-table-row key={`${each.fault} ${each.store} ${each.host}`}>
            <s-table-cell>{reports.fault[each.fault]}</s-table-cell>
            <s-table-cell>{words.times(each.store, each.inStore)}</s-table-cell>
            <s-table-cell>{words.times(each.host, each.inHost)}</s-table-cell>
          </s-table-row>
        ))}
      </s-table-body>
    </PagedTable>
  );
}

function Items({ connection }: { connection: string }) {
  const [sought, search] = useState("");
  const pages = usePages(sought);
  const query = useQuery({
    queryKey: ["items", connection, sought, pages.after],
    queryFn: () => ask(ItemsDocument, { connection, query: sought || null, after: pages.after }),
    placeholderData: keepPreviousData,
  });
  return (
    <s-section heading={words.items} padding="none">
      <s-box padding="base">
        <s-query-container>
          <s-grid gridTemplateColumns="@container (inline-size > 480px) 1fr auto, 1fr" gap="small">
            <s-search-field
              label={words.search}
              labelAccessibilityVisibility="exclusive"
              placeholder={words.search}
              value={sought}
              onInput={(event) => search(event.currentTarget.value)}
            />
            <s-stack direction="inline">
              <SaveCsv report="products" asked={{ connection }} named={words.items} />
            </s-stack>
          </s-grid>
        </s-query-container>
      </s-box>
      <Answer query={query} empty={(data) => (data.products.nodes.length ? undefined : <NoItems sought={Boolean(sought)} />)}>
        {({ products }) => <ItemTable page={products} pages={pages} />}
      </Answer>
    </s-section>
  );
}

function NoItems({ sought }: { sought: boolean }) {
  return (
    <s-empty-state heading={sought ? words.nothing : words.noItems}>
      <s-text slot="subheading">{sought ? words.nothingMore : words.noItemsMore}</s-text>
    </s-empty-state>
  );
}

function ItemTable({ page, pages }: { page: ItemsQuery["products"]; pages: Pages }) {
  return (
    <PagedTable pages={pages} info={page.pageInfo}>
      <s-table-header-row>
        <s-table-header listSlot="primary">{words.sku}</s-table-header>
        <s-table-header listSlot="labeled">{words.name}</s-table-header>
        <s-table-header listSlot="labeled">{words.price}</s-table-header>
        <s-table-header listSlot="labeled">{words.quantity}</s-table-header>
        <s-table-header listSlot="labeled">{words.active}</s-table-header>
        <s-table-header listSlot="labeled">{words.state}</s-table-header>
      </s-table-header-row>
      <s-table-body>
        {page.nodes.map((item) => (
          <s-table-row key={item.hostId}>
            <s-table-cell>{item.sku || texts.general.unknown}</s-table-cell>
            <s-table-cell>{[item.name, item.variant].filter(Boolean).join(", ")}</s-table-cell>
            <s-table-cell>
              {item.price && item.currency ? money({ amount: item.price, currency: item.currency }) : (item.price ?? texts.general.unknown)}
            </s-table-cell>
            <s-table-cell>{item.quantity ?? texts.general.unknown}</s-table-cell>
            <s-table-cell>{item.active ? words.yes : words.no}</s-table-cell>
            <s-table-cell>{item.state ? texts.state[item.state.toUpperCase() as keyof typeof texts.state] : texts.general.unknown}</s-table-cell>
          </s-table-row>
        ))}
      </s-table-body>
    </PagedTable>
  );
}
