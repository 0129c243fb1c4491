// How far a what-if is, what it compares, and whether that is still what the draft says.
import { RunStopDocument } from "../../api/typed";
import type { WhatIfQuery } from "../../api/typed";
import { changes, whatIf as words } from "../../texts/mapping_versions";
import { useChange } from "../change";
import { Barred } from "../may";
import { Press } from "../press";
import { advised, when } from "../shown";
import { useStanding } from "./draft_standing";
import { useWay } from "./way";
import { WhatIfBadge } from "./what_if_list";
import { asked, progress } from "./what_if_results";

type Run = NonNullable<WhatIfQuery["whatIf"]>["run"];

export function WhatIfHead({ run }: { run: Run }) {
  const { version, was } = asked(run.request);
  const far = progress(run.tallies);
  const open = run.endedAt === null;
  const now = version === "draft" ? changes.draftChoice : changes.versionChoice(Number(version));
  return (
    <>
      {run.state === "FAILED" && run.sentence && (
        <s-banner tone="warning" heading={run.sentence}>
          <s-paragraph>{advised(run.explanation?.advice)}</s-paragraph>
        </s-banner>
      )}
      {open && <Barred needs="WRITE_RETRY" />}
      <Since run={run} />
      <s-section heading={words.against(now, changes.version(was))}>
        <s-stack slot="accessory">
          <WhatIfBadge of={run.state} />
        </s-stack>
        {open ? <Stop run={run} /> : <Again version={version} />}
        <s-stack gap="small">
          <s-progress
            value={far?.read ?? 0}
            max={Math.max(far?.found ?? 1, 1)}
            accessibilityLabel={words.running}
          />
          <s-text color="subdued">
            {far ? words.of(far.read, far.found) : words.starting} · {words.startedAt(when(run.startedAt))}
          </s-text>
        </s-stack>
      </s-section>
    </>
  );
}

/** A what-if is about one state of the draft: when that is another one, what is shown is about the past. */
function Since({ run }: { run: Run }) {
  const { data } = useStanding(run.connection.id);
  const { version, now } = asked(run.request);
  if (!data || version !== "draft" || data.mappingDraft?.revision === now) return null;
  const gone = data.mappingDraft === null;
  return (
    <s-banner tone="info" heading={gone ? words.noDraftSince : words.otherDraft}>
      <s-paragraph>{gone ? words.noDraftSinceMore : words.otherDraftMore}</s-paragraph>
    </s-banner>
  );
}

function Stop({ run }: { run: Run }) {
  const stop = useChange(
    RunStopDocument,
    (result) => result.runStop,
    () => words.stopped,
  );
  return (
    <Press slot="secondary-actions" of={stop} onClick={() => stop.mutate({ run: run.id })}>
      {words.stop}
    </Press>
  );
}

function Again({ version }: { version: string }) {
  const at = useWay();
  return (
    <s-button slot="secondary-actions" href={at("/mapping/what-if", version === "draft" ? {} : { version })}>
      {words.again}
    </s-button>
  );
}
