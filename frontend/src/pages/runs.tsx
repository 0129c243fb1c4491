// Runs: what was carried when, and a button that starts one now.
import { keepPreviousData, useQuery } from "@tanstack/preact-query";
import { useLocation } from "preact-iso";
import { useState } from "preact/hooks";
import { ask } from "../api/door";
import { RunStartDocument, RunsDocument } from "../api/typed";
import type { RunsQuery } from "../api/typed";
import { Answer } from "../components/answer";
import { RunBadge } from "../components/badges";
import { useChange } from "../components/change";
import { Connected } from "../components/connected";
import { local, when } from "../components/shown";
import { texts } from "../texts";

const EVERY = 3_000;

export function Runs() {
  const [trail, follow] = useState<string[]>([]);
  const query = useQuery({
    queryKey: ["runs", trail.at(-1)],
    queryFn: () => ask(RunsDocument, { after: trail.at(-1) ?? null }),
    placeholderData: keepPreviousData,
    refetchInterval: EVERY,
  });
  return (
    <s-page heading={texts.runs.heading}>
      <Connected>
        {(connection) => (
          <s-section heading={texts.flow.INVENTORY} padding="none">
            <Start connection={connection} />
            <Answer query={query} empty={(data) => (data.runs.nodes.length ? undefined : <None />)}>
              {(data) => <List page={data.runs} trail={trail} follow={follow} />}
            </Answer>
          </s-section>
        )}
      </Connected>
    </s-page>
  );
}

function Start({ connection }: { connection: string }) {
  const { route } = useLocation();
  const start = useChange(
    RunStartDocument,
    (result) => result.runStart,
    ({ run }) => {
      if (!run) return texts.runs.nothingToDo;
      route(`/runs/${local(run.id)}`);
      return undefined;
    },
  );
  return (
    <s-button
      slot="primary-action"
      variant="primary"
      loading={start.isPending}
      onClick={() => start.mutate({ connection })}
    >
      {texts.runs.start}
    </s-button>
  );
}

function None() {
  return (
    <s-empty-state heading={texts.runs.empty}>
      <s-text slot="subheading">{texts.runs.emptyMore}</s-text>
    </s-empty-state>
  );
}

interface Listed {
  page: RunsQuery["runs"];
  trail: string[];
  follow: (trail: string[]) => void;
}

function List({ page, trail, follow }: Listed) {
  const words = texts.runs;
  const { endCursor, hasNextPage } = page.pageInfo;
  return (
    <s-table
      paginate
      hasNextPage={hasNextPage}
      hasPreviousPage={trail.length > 0}
      onNextPage={() => endCursor && follow([...trail, endCursor])}
      onPreviousPage={() => follow(trail.slice(0, -1))}
    >
      <s-table-header-row>
        <s-table-header listSlot="primary">{words.started}</s-table-header>
        <s-table-header listSlot="inline">{words.state}</s-table-header>
        <s-table-header listSlot="labeled" format="numeric">
          {words.changed}
        </s-table-header>
        <s-table-header listSlot="labeled" format="numeric">
          {words.done}
        </s-table-header>
        <s-table-header listSlot="labeled">{words.by}</s-table-header>
      </s-table-header-row>
      <s-table-body>
        {page.nodes.map((run) => (
          <s-table-row key={run.id} clickDelegate={local(run.id)}>
            <s-table-cell>
              <s-link id={local(run.id)} href={`/runs/${local(run.id)}`}>
                {when(run.startedAt)}
              </s-link>
            </s-table-cell>
            <s-table-cell>
              <RunBadge of={run.state} />
            </s-table-cell>
            <s-table-cell>{run.counts.changed}</s-table-cell>
            <s-table-cell>{run.progress.done}</s-table-cell>
            <s-table-cell>{words.people(run.startedBy)}</s-table-cell>
          </s-table-row>
        ))}
      </s-table-body>
    </s-table>
  );
}
