// What-if: how many of the last orders are to be looked at, and what earlier ones found.
import { useQuery } from "@tanstack/preact-query";
import { useLocation } from "preact-iso";
import { ask } from "../../api/door";
import { WhatIfsDocument } from "../../api/typed";
import { Answer } from "../../components/answer";
import { named } from "../../components/mapping/differences";
import { useStanding } from "../../components/mapping/draft_standing";
import { MappingFrame } from "../../components/mapping/frame";
import { WhatIfList } from "../../components/mapping/what_if_list";
import { WhatIfStart } from "../../components/mapping/what_if_start";
import { useWay } from "../../components/mapping/way";
import { whatIf as words } from "../../texts/mapping_versions";

const EVERY = 5_000;

export function MappingWhatIf() {
  return <MappingFrame at="versions">{(connection) => <Content connection={connection} />}</MappingFrame>;
}

function Content({ connection }: { connection: string }) {
  const { query: given } = useLocation();
  const wanted = named(given["version"], "draft");
  const version = wanted === "current" ? "draft" : wanted;
  const standing = useStanding(connection);
  const query = useQuery({
    queryKey: ["mapping", connection, "what-ifs"],
    queryFn: () => ask(WhatIfsDocument, { connection }),
    refetchInterval: EVERY,
  });
  return (
    <>
      <Answer query={standing} empty={({ mappingDraft }) => (version === "draft" && !mappingDraft ? <NoDraft /> : undefined)}>
        {() => <WhatIfStart key={version} connection={connection} version={version} />}
      </Answer>
      <Answer query={query}>
        {({ runs }) => <WhatIfList runs={runs.nodes.filter(({ kind }) => kind === "WHAT_IF")} />}
      </Answer>
    </>
  );
}

function NoDraft() {
  const at = useWay();
  return (
    <s-section accessibilityLabel={words.heading}>
      <s-empty-state heading={words.noDraft}>
        <s-text slot="subheading">{words.noDraftMore}</s-text>
        <s-button slot="primary-action" href={at("/mapping/versions")}>
          {words.toVersions}
        </s-button>
      </s-empty-state>
    </s-section>
  );
}
