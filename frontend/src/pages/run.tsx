// One run: its plan, its approval where it waits for one, and its progress as it happens.
import { keepPreviousData, useQuery } from "@tanstack/preact-query";
import { useRoute } from "preact-iso";
import { ask } from "../api/door";
import { PlanApproveDocument, RunDocument, RunStopDocument } from "../api/typed";
import type { RunQuery } from "../api/typed";
import { Answer } from "../components/answer";
import { RunBadge } from "../components/badges";
import { useChange } from "../components/change";
import { Facts } from "../components/facts";
import { usePages } from "../components/paged";
import type { Pages } from "../components/paged";
import { PlanLines } from "../components/plan_lines";
import { useProgress } from "../components/progress";
import { advised, clock, when } from "../components/shown";
import { texts } from "../texts";

const EVERY = 5_000;

type Found = NonNullable<RunQuery["run"]>;

export function Run() {
  const { params } = useRoute();
  const id = `gid://stockbridge/Run/${params["id"]}`;
  const pages = usePages();
  const query = useQuery({
    queryKey: ["run", id, pages.after],
    queryFn: () => ask(RunDocument, { id, after: pages.after }),
    placeholderData: keepPreviousData,
    refetchInterval: EVERY,
  });
  const run = query.data?.run;
  return (
    <s-page heading={texts.runPage.heading(run ? texts.flow[run.flow] : texts.runs.flow)}>
      <s-link slot="breadcrumb-actions" href="/runs">
        {texts.runPage.back}
      </s-link>
      <Answer query={query} empty={(data) => (data.run ? undefined : <Gone />)}>
        {(data) => data.run && <Content key={id} run={data.run} pages={pages} />}
      </Answer>
    </s-page>
  );
}

function Gone() {
  return (
    <s-section accessibilityLabel={texts.runPage.gone}>
      <s-empty-state heading={texts.runPage.gone} />
    </s-section>
  );
}

function Content({ run: asked, pages }: { run: Found; pages: Pages }) {
  const words = texts.runPage;
  const open = asked.state === "PLANNED" || asked.state === "RUNNING";
  const watched = useProgress(asked.id);
  const run = open && watched.run ? { ...asked, ...watched.run } : asked;
  const { progress, counts } = run;
  return (
    <>
      {run.needsApproval && run.state === "PLANNED" && <Approval run={run} />}
      {run.sentence && run.state !== "DONE" && (
        <s-banner tone={run.state === "FAILED" ? "critical" : "info"} heading={run.sentence}>
          <s-paragraph>{advised(run.explanation?.advice)}</s-paragraph>
        </s-banner>
      )}
      <s-section heading={words.progress}>
        <s-stack slot="accessory">
          <RunBadge of={run.state} />
        </s-stack>
        {open && <Stop run={run} />}
        <s-stack gap="small">
          <s-progress value={progress.done} max={Math.max(progress.total, 1)} accessibilityLabel={words.progress} />
          <s-text color="subdued">
            {words.of(progress.done, progress.total)}
            {run.state === "RUNNING" && ` · ${words.left(progress.secondsLeft)}`}
          </s-text>
        </s-stack>
        <Facts
          facts={[
            { name: words.raised, value: counts.raised },
            { name: words.lowered, value: counts.lowered },
            { name: words.zeroed, value: counts.zeroed },
            { name: words.unchanged, value: counts.unchanged },
            { name: words.calls, value: words.part(progress.calls, progress.callsPlanned) },
            { name: words.points, value: words.part(progress.points, progress.pointsPlanned) },
            { name: texts.runs.started, value: when(run.startedAt) },
            { name: words.ended, value: when(run.endedAt) },
          ]}
        />
      </s-section>
      <s-section heading={words.events}>
        {/* Room for the lines that are about to come, so that the plan below stays where it is. */}
        <s-box minBlockSize="84px">
          <s-stack gap="small">
            {watched.events.map(({ at, kind, sentence }) => (
              <s-grid key={`${at}${kind}${sentence}`} gridTemplateColumns="auto 1fr" gap="small">
                <s-text color="subdued" fontVariantNumeric="tabular-nums">
                  {clock(at)}
                </s-text>
                <s-text>{sentence}</s-text>
              </s-grid>
            ))}
          </s-stack>
        </s-box>
      </s-section>
      <PlanLines page={run.lines} connection={run.connection.id} pages={pages} />
    </>
  );
}

function Approval({ run }: { run: Found }) {
  const approve = useChange(
    PlanApproveDocument,
    (result) => result.stockPlanApprove,
    () => texts.runPage.approved,
  );
  return (
    <s-banner tone="warning" heading={texts.runPage.waits}>
      {run.concerns.map((concern) => (
        <s-paragraph key={concern}>{texts.concern[concern]}</s-paragraph>
      ))}
      <s-button
        slot="secondary-actions"
        variant="primary"
        loading={approve.isPending}
        onClick={() => approve.mutate({ run: run.id })}
      >
        {texts.runPage.approve}
      </s-button>
    </s-banner>
  );
}

function Stop({ run }: { run: Found }) {
  const stop = useChange(
    RunStopDocument,
    (result) => result.runStop,
    () => texts.runPage.stopped,
  );
  return (
    <s-button slot="secondary-actions" loading={stop.isPending} onClick={() => stop.mutate({ run: run.id })}>
      {texts.runPage.stop}
    </s-button>
  );
}
