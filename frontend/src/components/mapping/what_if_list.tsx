// Earlier what-ifs: when, under what, how far, and how many orders differed.
import type { RunState, WhatIfsQuery } from "../../api/typed";
import { texts } from "../../texts";
import { changes, whatIf as words } from "../../texts/mapping_versions";
import { local, when } from "../shown";
import { useWay } from "./way";
import { asked, progress } from "./what_if_results";

type Run = WhatIfsQuery["runs"]["nodes"][number];

const tone: Record<RunState, "info" | "success" | "neutral" | "warning"> = {
  PLANNED: "info",
  RUNNING: "info",
  DONE: "success",
  STOPPED: "neutral",
  FAILED: "warning",
};

export function WhatIfBadge({ of }: { of: RunState }) {
  return <s-badge tone={tone[of]}>{words.over[of]}</s-badge>;
}

export function WhatIfList({ runs }: { runs: Run[] }) {
  if (runs.length === 0) {
    return (
      <s-section heading={words.earlier}>
        <s-text color="subdued">{words.noEarlier}</s-text>
      </s-section>
    );
  }
  return (
    <s-section heading={words.earlier} padding="none">
      <s-table>
        <s-table-header-row>
          <s-table-header listSlot="primary">{words.started}</s-table-header>
          <s-table-header listSlot="inline">{words.state}</s-table-header>
          <s-table-header listSlot="labeled">{words.under}</s-table-header>
          <s-table-header listSlot="labeled" format="numeric">
            {words.looked}
          </s-table-header>
          <s-table-header listSlot="labeled" format="numeric">
            {words.differ}
          </s-table-header>
        </s-table-header-row>
        <s-table-body>
          {runs.map((run) => (
            <Row key={run.id} run={run} />
          ))}
        </s-table-body>
      </s-table>
    </s-section>
  );
}

function Row({ run }: { run: Run }) {
  const at = useWay();
  const id = `what-if-${local(run.id)}`;
  const { version } = asked(run.request);
  const far = progress(run.tallies);
  return (
    <s-table-row clickDelegate={id}>
      <s-table-cell>
        <s-link id={id} href={at(`/mapping/what-if/${local(run.id)}`)}>
          {when(run.startedAt)}
        </s-link>
      </s-table-cell>
      <s-table-cell>
        <WhatIfBadge of={run.state} />
      </s-table-cell>
      <s-table-cell>{version === "draft" ? changes.draftChoice : changes.versionChoice(Number(version))}</s-table-cell>
      <s-table-cell>{far?.read ?? texts.general.unknown}</s-table-cell>
      <s-table-cell>{far?.differ ?? texts.general.unknown}</s-table-cell>
    </s-table-row>
  );
}
