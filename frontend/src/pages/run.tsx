// One run: its plan, its approval where it waits for one, and its progress as it happens.
import { keepPreviousData, useQuery } from "@tanstack/preact-query";
import { useRoute } from "preact-iso";
import { useState } from "preact/hooks";
import { ask } from "../api/door";
import { PlanApproveDocument, RunDocument, RunStopDocument } from "../api/typed";
import type { RunQuery } from "../api/typed";
import { Answer } from "../components/answer";
import { RunBadge } from "../components/badges";
import { useChange } from "../components/change";
import { Facts } from "../components/facts";
import { PlanLines } from "../components/plan_lines";
import { useProgress } from "../components/progress";
import { advised, when } from "../components/shown";
import { texts } from "../texts";

const EVERY = 5_000;

type Found = NonNullable<RunQuery["run"]>;

export function Run() {
  const { params } = useRoute();
  const id = `gid://stockbridge/Run/${params["id"]}`;
  const [trail, follow] = useState<string[]>([]);
  const query = useQuery({
    queryKey: ["run", id, trail.at(-1)],
    queryFn: () => ask(RunDocument, { id, after: trail.at(-1) ?? null }),
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
        {(data) => data.run && <Content run={data.run} trail={trail} follow={follow} />}
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

function Content({ run: asked, trail, follow }: { run: Found; trail: string[]; follow: (trail: string[]) => void }) {
  const words = texts.runPage;
  const open = asked.state === "PLANNED" || asked.state === "RUNNING";
  const watched = useProgress(asked.id, open);
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
      {watched.events.length > 0 && (
        <s-section heading={words.events}>
          <s-stack gap="small">
            {watched.events.map(({ at, sentence }) => (
              <s-text key={`${at}${sentence}`}>{sentence}</s-text>
            ))}
          </s-stack>
        </s-section>
      )}
      <PlanLines page={run.lines} connection={run.connection.id} trail={trail} follow={follow} />
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
