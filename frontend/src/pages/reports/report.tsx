// One comparison: what differs, and having exactly that made again.
import { keepPreviousData, useQuery } from "@tanstack/preact-query";
import { useRoute } from "preact-iso";
import { ask } from "../../api/door";
import { ComparisonDocument, HealDocument } from "../../api/typed";
import type { ComparisonQuery } from "../../api/typed";
import { Answer } from "../../components/answer";
import { useChange } from "../../components/change";
import { Facts } from "../../components/facts";
import { Barred } from "../../components/may";
import { PagedTable, usePages } from "../../components/paged";
import type { Pages } from "../../components/paged";
import { Press } from "../../components/press";
import { found as foundIn } from "../../components/reports/comparisons";
import { SaveCsv } from "../../components/reports/save_csv";
import { when } from "../../components/shown";
import { report as words, reports } from "../../texts/reports";
import { runs } from "../../texts/runs";
import { texts } from "../../texts";

type Found = NonNullable<ComparisonQuery["reconciliation"]>;

/** What can be made again; the rest is looked at by itself, or by a person in the ERP. */
const HEALED = new Set(["MISSING", "DRIFT"]);

export function Report() {
  const { params } = useRoute();
  const id = `gid://stockbridge/Reconciliation/${params["id"]}`;
  const pages = usePages();
  const query = useQuery({
    queryKey: ["comparison", id, pages.after],
    queryFn: () => ask(ComparisonDocument, { id, after: pages.after }),
    placeholderData: keepPreviousData,
  });
  const kind = query.data?.reconciliation?.kind ?? "ORDERS";
  return (
    <s-page heading={words.heading(reports.kind[kind])}>
      <s-link slot="breadcrumb-actions" href="/reports">
        {words.back}
      </s-link>
      <Barred needs="WRITE_RETRY" />
      <Answer query={query} empty={(data) => (data.reconciliation ? undefined : <Gone />)}>
        {({ reconciliation }) => reconciliation && <Content of={reconciliation} pages={pages} />}
      </Answer>
    </s-page>
  );
}

function Gone() {
  return (
    <s-section accessibilityLabel={words.gone}>
      <s-empty-state heading={words.gone} />
    </s-section>
  );
}

function Content({ of: each, pages }: { of: Found; pages: Pages }) {
  return (
    <>
      <s-section accessibilityLabel={reports.found}>
        <Facts
          facts={[
            { name: reports.compared, value: when(each.startedAt) },
            { name: reports.span, value: `${when(each.since)} – ${when(each.until)}` },
            { name: words.by, value: runs.people(each.startedBy) },
            { name: reports.found, value: each.sentence ?? foundIn(each) },
            { name: words.looked, value: each.raised },
            { name: words.healedAt, value: when(each.healedAt) },
          ]}
        />
      </s-section>
      <Findings of={each} pages={pages} />
    </>
  );
}

function Findings({ of: each, pages }: { of: Found; pages: Pages }) {
  const { nodes, pageInfo } = each.findings;
  if (nodes.length === 0) {
    return (
      <s-section heading={words.findings}>
        <s-text color="subdued">{words.none}</s-text>
      </s-section>
    );
  }
  return (
    <s-section heading={words.findings} padding="none">
      <s-box padding="base">
        <s-stack gap="small">
          <s-text color="subdued">{words.healMore}</s-text>
          <s-stack direction="inline" gap="small">
            {nodes.some(({ kind, healedAt }) => HEALED.has(kind) && !healedAt) && <Heal id={each.id} />}
            <Save of={each} />
          </s-stack>
        </s-stack>
      </s-box>
      <PagedTable pages={pages} info={pageInfo}>
        <s-table-header-row>
          <s-table-header listSlot="primary">{words.which}</s-table-header>
          <s-table-header listSlot="labeled">{words.what}</s-table-header>
          <s-table-header listSlot="labeled">{words.ours}</s-table-header>
          <s-table-header listSlot="labeled">{words.theirs}</s-table-header>
          <s-table-header listSlot="labeled">{words.healedAt}</s-table-header>
        </s-table-header-row>
        <s-table-body>
          {nodes.map((finding) => (
            <s-table-row key={finding.id}>
              <s-table-cell>{finding.reference ?? finding.key}</s-table-cell>
              <s-table-cell>{reports.finding[finding.kind]}</s-table-cell>
              <s-table-cell>{finding.ours ?? texts.general.unknown}</s-table-cell>
              <s-table-cell>{finding.theirs ?? texts.general.unknown}</s-table-cell>
              <s-table-cell>{finding.healedAt ? when(finding.healedAt) : texts.general.unknown}</s-table-cell>
            </s-table-row>
          ))}
        </s-table-body>
      </PagedTable>
    </s-section>
  );
}

function Save({ of: each }: { of: Found }) {
  return <SaveCsv report="findings" asked={{ connection: each.connection.id, id: each.id }} named={words.findings} />;
}

function Heal({ id }: { id: string }) {
  const heal = useChange(HealDocument, (result) => result.reconciliationHeal, ({ count }) => words.healed(count ?? 0));
  return (
    <Press variant="primary" of={heal} onClick={() => heal.mutate({ id })}>
      {words.heal}
    </Press>
  );
}
