// Runs: what was carried when, and a button that starts one now.
import { keepPreviousData, useQuery } from "@tanstack/preact-query";
import { useLocation } from "preact-iso";
import { ask } from "../api/door";
import { RunStartDocument, RunsDocument } from "../api/typed";
import type { RunsQuery } from "../api/typed";
import { Answer } from "../components/answer";
import { RunBadge } from "../components/badges";
import { useChange } from "../components/change";
import { Connected } from "../components/connected";
import { PagedTable, usePages } from "../components/paged";
import type { Pages } from "../components/paged";
import { local, when } from "../components/shown";
import { texts } from "../texts";

const EVERY = 3_000;

export function Runs() {
  return (
    <s-page heading={texts.runs.heading}>
      <Connected>{(connection) => <Content connection={connection} />}</Connected>
    </s-page>
  );
}

function Content({ connection }: { connection: string }) {
  const pages = usePages();
  const query = useQuery({
    queryKey: ["runs", connection, pages.after],
    queryFn: () => ask(RunsDocument, { connection, after: pages.after }),
    placeholderData: keepPreviousData,
    refetchInterval: EVERY,
  });
  return (
    <s-section heading={texts.flow.INVENTORY} padding="none">
      <Start connection={connection} />
      <Answer query={query} empty={(data) => (data.runs.nodes.length ? undefined : <None />)}>
        {(data) => <List page={data.runs} pages={pages} />}
      </Answer>
    </s-section>
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

function List({ page, pages }: { page: RunsQuery["runs"]; pages: Pages }) {
  const words = texts.runs;
  return (
    <PagedTable pages={pages} info={page.pageInfo}>
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
    </PagedTable>
  );
}
