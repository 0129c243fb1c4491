// What differs in one table: rows that are new, gone or changed, a page at a time.
import { keepPreviousData, useQuery } from "@tanstack/preact-query";
import { ask } from "../../api/door";
import { MappingEntriesDocument } from "../../api/typed";
import type { MappingChangesQuery } from "../../api/typed";
import { changes as words } from "../../texts/mapping_versions";
import { unmapped } from "../../texts/unmapped";
import { PagedTable, usePages } from "../paged";
import { sentence } from "../shown";
import { keyName } from "./version_names";

type Table = NonNullable<MappingChangesQuery["mappingDiff"]>["tables"][number];

interface Given {
  table: Table;
  connection: string;
  was: string;
  now: string;
}

export function TableChanges({ table, connection, was, now }: Given) {
  const pages = usePages();
  const more = useQuery({
    queryKey: ["mapping", connection, "changes", was, now, table.name, pages.after],
    queryFn: () => ask(MappingEntriesDocument, { connection, was, now, after: pages.after }),
    placeholderData: keepPreviousData,
    enabled: !pages.first,
  });
  const later = more.data?.mappingDiff?.tables.find(({ name }) => name === table.name)?.entries;
  const page = (pages.first ? undefined : later) ?? table.entries;
  return (
    <s-section heading={unmapped.named(table.name)} padding="none">
      <s-text slot="accessory" color="subdued">
        {words.counts(table.added, table.removed, table.changed)}
      </s-text>
      {more.isError && <s-banner tone="critical" heading={sentence(more.error)} />}
      <PagedTable pages={pages} info={page.pageInfo}>
        <s-table-header-row>
          <s-table-header listSlot="primary">{words.key}</s-table-header>
          <s-table-header listSlot="labeled">{words.was}</s-table-header>
          <s-table-header listSlot="labeled">{words.now}</s-table-header>
        </s-table-header-row>
        <s-table-body>
          {page.nodes.map(({ key, label, was: before, now: after }) => (
            <s-table-row key={key}>
              <s-table-cell>{keyName(table.name, key, label)}</s-table-cell>
              <s-table-cell>{before ?? <Nothing />}</s-table-cell>
              <s-table-cell>{after ?? <Nothing />}</s-table-cell>
            </s-table-row>
          ))}
        </s-table-body>
      </PagedTable>
    </s-section>
  );
}

function Nothing() {
  return <s-text color="subdued">{words.nothing}</s-text>;
}
