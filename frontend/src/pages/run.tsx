// One run: its plan, its approval where it waits for one, what it costs, and its progress as it happens.
import { useQuery, useQueryClient } from "@tanstack/preact-query";
import { useRoute } from "preact-iso";
import { useEffect } from "preact/hooks";
import { ask } from "../api/door";
import { RunDocument, RunStopDocument } from "../api/typed";
import type { RunQuery } from "../api/typed";
import { Answer } from "../components/answer";
import { RunBadge } from "../components/badges";
import { useChange } from "../components/change";
import { Facts } from "../components/facts";
import type { Fact } from "../components/facts";
import { Barred } from "../components/may";
import { PlanLines } from "../components/plan_lines";
import { Press } from "../components/press";
import { PriceLines } from "../components/price_lines";
import { useProgress } from "../components/progress";
import type { Watched } from "../components/progress";
import { RunApproval } from "../components/run_approval";
import { doneOf, took } from "../components/run_words";
import { advised, clock, when } from "../components/shown";
import { texts } from "../texts";
import { runPage as words, runs } from "../texts/runs";

const EVERY = 5_000;

type Found = NonNullable<RunQuery["run"]>;

export function Run() {
  const { params } = useRoute();
  const id = `gid://stockbridge/Run/${params["id"]}`;
  return <OneRun key={id} id={id} />;
}

/** Its events are asked for beside it, not after it. */
function OneRun({ id }: { id: string }) {
  const watched = useProgress(id);
  const query = useQuery({ queryKey: ["run", id], queryFn: () => ask(RunDocument, { id }), refetchInterval: EVERY });
  const run = query.data?.run;
  const answers = useQueryClient();
  // What was told before the first answer came may be newer than that.
  useEffect(() => {
    if (query.isSuccess && watched.run) void answers.invalidateQueries({ queryKey: ["run", id] });
  }, [query.isSuccess]);
  return (
    <s-page heading={words.heading(run ? (run.kind === "TURN" ? texts.flow[run.flow] : runs.kind[run.kind]) : runs.flow)}>
      <s-link slot="breadcrumb-actions" href="/runs">
        {words.back}
      </s-link>
      <Barred needs={["WRITE_RETRY", "MANAGE_FLOWS"]} />
      <Answer query={query} empty={(data) => (data.run ? undefined : <Gone />)}>
        {(data) => data.run && <Content run={data.run} watched={watched} />}
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

function Content({ run: asked, watched }: { run: Found; watched: Watched }) {
  const open = asked.state === "PLANNED" || asked.state === "RUNNING";
  const run = open && watched.run ? { ...asked, ...watched.run } : asked;
  const { progress } = run;
  const planned = run.kind === "TURN" && (run.flow === "INVENTORY" || run.flow === "PRICES");
  return (
    <>
      {run.needsApproval && run.state === "PLANNED" && <RunApproval run={run} />}
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
            {doneOf(run)}
            {run.state === "RUNNING" && planned && ` · ${words.left(progress.secondsLeft)}`}
          </s-text>
        </s-stack>
        <Facts facts={[...(planned ? ofPlan(run) : ofTask(run)), ...ofBoth(run)]} />
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
      {planned && run.flow === "INVENTORY" && <PlanLines run={run.id} connection={run.connection.id} />}
      {planned && run.flow === "PRICES" && <PriceLines run={run.id} />}
    </>
  );
}

/** What the plan would change and cost; once it runs, what it has. */
function ofPlan({ counts, progress, state }: Found): Fact[] {
  const costs = [
    { name: words.calls, value: words.part(progress.calls, progress.callsPlanned) },
    { name: words.points, value: words.part(progress.points, progress.pointsPlanned) },
  ];
  return [
    { name: words.raised, value: counts.raised },
    { name: words.lowered, value: counts.lowered },
    { name: words.zeroed, value: counts.zeroed },
    { name: words.unchanged, value: counts.unchanged },
    ...costs,
    ...(state === "PLANNED" ? [{ name: words.estimate, value: words.seconds(progress.secondsLeft) }] : []),
  ];
}

/** What was asked for, and what was counted since. */
function ofTask({ tallies, request, checkpoint, progress }: Found): Fact[] {
  const asked = new Map(request.map(({ name, value }) => [name, value]));
  const [since, until] = [asked.get("since"), asked.get("until")];
  const known = tallies.filter(({ name }) => runs.tally[name] && name !== "listed");
  return [
    ...(since && until ? [{ name: words.range, value: `${when(since)} – ${when(until)}` }] : []),
    ...known.map(({ name, count }) => ({ name: runs.tally[name] ?? name, value: count })),
    ...(checkpoint ? [{ name: words.checkpoint, value: when(checkpoint.split("/")[1]) }] : []),
    { name: words.calls, value: progress.calls },
    { name: words.points, value: progress.points },
  ];
}

function ofBoth(run: Found): Fact[] {
  return [
    { name: runs.started, value: `${when(run.startedAt)} · ${runs.people(run.startedBy)}` },
    { name: words.ended, value: when(run.endedAt) },
    { name: words.took, value: took(run) },
  ];
}

function Stop({ run }: { run: Found }) {
  const stop = useChange(
    RunStopDocument,
    (result) => result.runStop,
    () => words.stopped,
  );
  return (
    <Press slot="secondary-actions" of={stop} onClick={() => stop.mutate({ run: run.id })}>
      {run.state === "PLANNED" && run.kind === "BACKFILL" ? words.discard : words.stop}
    </Press>
  );
}
