// A page of versions: the number, who published it and when, and what they wrote about it.
import type { MappingVersionsQuery } from "../../api/typed";
import { texts } from "../../texts";
import { versions as words } from "../../texts/mapping_versions";
import { PagedTable } from "../paged";
import type { Pages } from "../paged";
import { when } from "../shown";
import { useWay } from "./way";

type Page = MappingVersionsQuery["mappingVersions"];

export function VersionRows({ page, pages }: { page: Page; pages: Pages }) {
  return (
    <PagedTable pages={pages} info={page.pageInfo}>
      <s-table-header-row>
        <s-table-header listSlot="primary">{words.number}</s-table-header>
        <s-table-header listSlot="secondary">{words.note}</s-table-header>
        <s-table-header listSlot="labeled">{words.who}</s-table-header>
        <s-table-header listSlot="labeled">{words.when}</s-table-header>
      </s-table-header-row>
      <s-table-body>
        {page.nodes.map((version) => (
          <Row key={version.number} version={version} />
        ))}
      </s-table-body>
    </PagedTable>
  );
}

function Row({ version }: { version: Page["nodes"][number] }) {
  const at = useWay();
  const id = `version-${version.number}`;
  return (
    <s-table-row clickDelegate={id}>
      <s-table-cell>
        <s-stack direction="inline" gap="small-200" alignItems="center">
          <s-link id={id} href={at(`/mapping/versions/${version.number}`)}>
            {words.named(version.number)}
          </s-link>
          {version.state === "PUBLISHED" && <s-badge tone="success">{words.inForce}</s-badge>}
        </s-stack>
      </s-table-cell>
      <s-table-cell>{version.note || <s-text color="subdued">{words.noNote}</s-text>}</s-table-cell>
      <s-table-cell>{by(version.publishedBy)}</s-table-cell>
      <s-table-cell>{when(version.publishedAt)}</s-table-cell>
    </s-table-row>
  );
}

/** Begins a cell or a line. */
export function by(actor: string | null): string {
  const who = texts.mapping.people(actor ?? "");
  return who.slice(0, 1).toUpperCase() + who.slice(1);
}
