// Runs: how each flow stands, what was carried when, and older orders that are to be sent.
import { keepPreviousData, useQuery } from "@tanstack/preact-query";
import { useState } from "preact/hooks";
import { ask } from "../api/door";
import { RunsDocument } from "../api/typed";
import type { Flow, RunSort, RunState, RunsQuery } from "../api/typed";
import { Answer } from "../components/answer";
import { RunBadge } from "../components/badges";
import { Connected } from "../components/connected";
import { FlowTable } from "../components/flow_table";
import { Barred } from "../components/may";
import { OlderOrders } from "../components/older_orders";
import { PagedTable, usePages } from "../components/paged";
import type { Pages } from "../components/paged";
import { took } from "../components/run_words";
import { local, when } from "../components/shown";
import { texts } from "../texts";
import { runs as words } from "../texts/runs";

const EVERY = 3_000;

interface Sought {
  flow: Flow | "";
  state: RunState | "";
  sort: RunSort;
}

const ALL: Sought = { flow: "", state: "", sort: "NEWEST" };

export function Runs() {
  return (
    <s-page heading={words.heading}>
      <Barred needs={["WRITE_RETRY", "MANAGE_FLOWS"]} />
      <Connected>
        {(connection) => (
          <>
            <FlowTable connection={connection} />
            <List connection={connection} />
            <OlderOrders connection={connection} />
          </>
        )}
      </Connected>
    </s-page>
  );
}

function List({ connection }: { connection: string }) {
  const [sought, seek] = useState(ALL);
  const pages = usePages(JSON.stringify(sought));
  const query = useQuery({
    queryKey: ["runs", connection, sought, pages.after],
    queryFn: () =>
      ask(RunsDocument, { connection, flow: sought.flow || null, states: sought.state ? [sought.state] : null, after: pages.after, sort: sought.sort }),
    placeholderData: keepPreviousData,
    refetchInterval: EVERY,
  });
  return (
    <s-section heading={words.list} padding="none">
      <s-box padding="base">
        <Filters sought={sought} seek={seek} />
      </s-box>
      <Answer query={query} empty={(data) => (data.runs.nodes.length ? undefined : <None sought={sought} seek={seek} />)}>
        {(data) => <Table page={data.runs} pages={pages} />}
      </Answer>
    </s-section>
  );
}

interface Seeking {
  sought: Sought;
  seek: (sought: Sought) => void;
}

function Filters({ sought, seek }: Seeking) {
  return (
    <s-query-container>
      <s-grid gridTemplateColumns="@container (inline-size > 480px) 1fr 1fr 1fr, 1fr" gap="small">
        <s-select label={words.flow} value={sought.flow} onChange={(event) => seek({ ...sought, flow: event.currentTarget.value as Sought["flow"] })}>
          <s-option value="">{words.allFlows}</s-option>
          {Object.entries(texts.flow).map(([flow, name]) => (
            <s-option key={flow} value={flow}>
              {name}
            </s-option>
          ))}
        </s-select>
        <s-select label={words.state} value={sought.state} onChange={(event) => seek({ ...sought, state: event.currentTarget.value as Sought["state"] })}>
          <s-option value="">{words.allStates}</s-option>
          {Object.entries(texts.run).map(([state, name]) => (
            <s-option key={state} value={state}>
              {name}
            </s-option>
          ))}
        </s-select>
        <s-select label={texts.general.sort} value={sought.sort} onChange={(event) => seek({ ...sought, sort: event.currentTarget.value as RunSort })}>
          <s-option value="NEWEST">{texts.general.newest}</s-option>
          <s-option value="OLDEST">{texts.general.oldest}</s-option>
        </s-select>
      </s-grid>
    </s-query-container>
  );
}

function None({ sought, seek }: Seeking) {
  const any = sought.flow === "" && sought.state === "";
  return (
    <s-empty-state heading={any ? words.empty : words.nothing}>
      <s-text slot="subheading">{any ? words.emptyMore : words.nothingMore}</s-text>
      {!any && (
        <s-button slot="primary-action" onClick={() => seek(ALL)}>
          {words.clear}
        </s-button>
      )}
    </s-empty-state>
  );
}

function Table({ page, pages }: { page: RunsQuery["runs"]; pages: Pages }) {
  return (
    <PagedTable pages={pages} info={page.pageInfo}>
      <s-table-header-row>
        <s-table-header listSlot="primary">{words.started}</s-table-header>
        <s-table-header listSlot="labeled">{words.what}</s-table-header>
        <s-table-header listSlot="inline">{words.state}</s-table-header>
        <s-table-header listSlot="labeled">{words.done}</s-table-header>
        <s-table-header listSlot="labeled">{words.cost}</s-table-header>
        <s-table-header listSlot="labeled">{words.took}</s-table-header>
        <s-table-header listSlot="labeled">{words.by}</s-table-header>
      </s-table-header-row>
      <s-table-body>
        {page.nodes.map((run) => (
          <s-table-row key={run.id} clickDelegate={local(run.id)}>
            <s-table-cell>
              <s-link id={local(run.id)} href={run.kind === "WHAT_IF" ? `/mapping/what-if/${local(run.id)}` : `/runs/${local(run.id)}`}>
                {when(run.startedAt)}
              </s-link>
            </s-table-cell>
            <s-table-cell>{run.kind === "TURN" ? texts.flow[run.flow] : words.kind[run.kind]}</s-table-cell>
            <s-table-cell>
              <RunBadge of={run.state} />
            </s-table-cell>
            <s-table-cell>{`${run.progress.done} / ${run.progress.total}`}</s-table-cell>
            <s-table-cell>{`${run.progress.calls}, ${run.progress.points}`}</s-table-cell>
            <s-table-cell>{took(run)}</s-table-cell>
            <s-table-cell>{words.people(run.startedBy)}</s-table-cell>
          </s-table-row>
        ))}
      </s-table-body>
    </PagedTable>
  );
}
