// The audit log: who changed what, the newest first, by person, kind and time.
import { keepPreviousData, useQuery } from "@tanstack/preact-query";
import { useState } from "preact/hooks";
import { ask } from "../../api/door";
import { AuditLogDocument } from "../../api/typed";
import type { AuditLogQuery } from "../../api/typed";
import { Answer } from "../../components/answer";
import { Barred, useMay } from "../../components/may";
import { PagedTable, usePages } from "../../components/paged";
import type { Pages } from "../../components/paged";
import { ALL, AuditFilters } from "../../components/settings/audit_filters";
import type { Sought } from "../../components/settings/audit_filters";
import { when } from "../../components/shown";
import { audit as words } from "../../texts/audit";
import { team } from "../../texts/team";

export function Audit() {
  const { may } = useMay();
  return (
    <s-page heading={words.heading}>
      <s-link slot="breadcrumb-actions" href="/settings">
        {team.back}
      </s-link>
      <Barred needs="READ_AUDIT" />
      {may("READ_AUDIT") && <Content />}
    </s-page>
  );
}

function Content() {
  const [sought, seek] = useState(ALL);
  const pages = usePages(JSON.stringify(sought));
  const query = useQuery({
    queryKey: ["audit", sought, pages.after],
    queryFn: () => ask(AuditLogDocument, { after: pages.after, ...asked(sought) }),
    placeholderData: keepPreviousData,
  });
  return (
    <>
      <AuditFilters sought={sought} seek={seek} />
      <s-section accessibilityLabel={words.heading} padding="none">
        <Answer query={query} empty={({ auditLog }) => (auditLog.nodes.length ? undefined : <None sought={sought} clear={() => seek(ALL)} />)}>
          {({ auditLog }) => <List page={auditLog} pages={pages} />}
        </Answer>
      </s-section>
    </>
  );
}

/** A day is the whole of it where the reader lives: `until` is the moment after its end. */
export function asked({ actor, action, since, until }: Sought) {
  const last = until ? new Date(`${until}T00:00:00`) : null;
  last?.setDate(last.getDate() + 1);
  return {
    actor: actor || null,
    action: action || null,
    since: since ? new Date(`${since}T00:00:00`).toISOString() : null,
    until: last ? last.toISOString() : null,
  };
}

function None({ sought, clear }: { sought: Sought; clear: () => void }) {
  if (sought === ALL) return <s-empty-state heading={words.empty} />;
  return (
    <s-empty-state heading={words.nothing}>
      <s-text slot="subheading">{words.nothingMore}</s-text>
      <s-button slot="primary-action" onClick={clear}>
        {words.clear}
      </s-button>
    </s-empty-state>
  );
}

function List({ page, pages }: { page: AuditLogQuery["auditLog"]; pages: Pages }) {
  return (
    <PagedTable pages={pages} info={page.pageInfo}>
      <s-table-header-row>
        <s-table-header listSlot="primary">{words.what}</s-table-header>
        <s-table-header listSlot="inline">{words.who}</s-table-header>
        <s-table-header listSlot="labeled">{words.when}</s-table-header>
        <s-table-header listSlot="labeled">{words.facts}</s-table-header>
      </s-table-header-row>
      <s-table-body>
        {page.nodes.map((entry, place) => (
          <s-table-row key={`${entry.at} ${place}`}>
            <s-table-cell>{words.action(entry.action)}</s-table-cell>
            <s-table-cell>{entry.actorName ?? words.actor(entry.actor)}</s-table-cell>
            <s-table-cell>{when(entry.at)}</s-table-cell>
            <s-table-cell>{entry.facts.filter(({ value }) => value).map(({ name, value }) => `${name}: ${value}`).join(" · ")}</s-table-cell>
          </s-table-row>
        ))}
      </s-table-body>
    </PagedTable>
  );
}
