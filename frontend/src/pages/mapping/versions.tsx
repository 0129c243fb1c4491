// Versions: everything that was in force once, the newest first; any two compared, and the way back to each.
import { keepPreviousData, useQuery } from "@tanstack/preact-query";
import { ask } from "../../api/door";
import { MappingVersionsDocument } from "../../api/typed";
import { Answer } from "../../components/answer";
import { MappingFrame } from "../../components/mapping/frame";
import { Compare } from "../../components/mapping/version_compare";
import { VersionRows } from "../../components/mapping/version_rows";
import { usePages } from "../../components/paged";
import { versions as words } from "../../texts/mapping_versions";

export function MappingVersions() {
  return <MappingFrame at="versions">{(connection) => <Content connection={connection} />}</MappingFrame>;
}

function Content({ connection }: { connection: string }) {
  const pages = usePages();
  const query = useQuery({
    queryKey: ["mapping", connection, "versions", pages.after],
    queryFn: () => ask(MappingVersionsDocument, { connection, after: pages.after }),
    placeholderData: keepPreviousData,
  });
  return (
    <>
      <s-section heading={words.heading} padding="none">
        <Answer query={query} empty={(data) => (data.mappingVersions.nodes.length ? undefined : <None />)}>
          {(data) => <VersionRows page={data.mappingVersions} pages={pages} />}
        </Answer>
      </s-section>
      <Compare connection={connection} was="current" now="draft" />
    </>
  );
}

function None() {
  return (
    <s-empty-state heading={words.empty}>
      <s-text slot="subheading">{words.emptyMore}</s-text>
    </s-empty-state>
  );
}
