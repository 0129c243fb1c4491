// The flows of a connection as they stand: when each ran and runs next, and the buttons that stop it, let it go on, or run it.
import { useLocation } from "preact-iso";
import { PricePlanDocument, RunStartDocument } from "../api/typed";
import type { FlowTableQuery, RunStartMutation } from "../api/typed";
import { texts } from "../texts";
import { flows as words } from "../texts/flows";
import { runs } from "../texts/runs";
import { Answer } from "./answer";
import { useChange } from "./change";
import { FlowSwitch } from "./flow_switch";
import { useFlows } from "./flows";
import { Press } from "./press";
import { local, when } from "./shown";

type Row = FlowTableQuery["flowTable"][number];

export function FlowTable({ connection }: { connection: string }) {
  const query = useFlows(connection);
  return (
    <s-section heading={words.heading} padding="none">
      <Answer query={query}>{({ flowTable }) => <Table rows={flowTable} connection={connection} />}</Answer>
    </s-section>
  );
}

function Table({ rows, connection }: { rows: Row[]; connection: string }) {
  return (
    <s-table>
      <s-table-header-row>
        <s-table-header listSlot="primary">{words.flow}</s-table-header>
        <s-table-header listSlot="inline">{runs.state}</s-table-header>
        <s-table-header listSlot="labeled">{words.last}</s-table-header>
        <s-table-header listSlot="labeled">{words.next}</s-table-header>
        <s-table-header listSlot="inline">{texts.general.action}</s-table-header>
      </s-table-header-row>
      <s-table-body>
        {rows.map((row) => (
          <s-table-row key={row.flow}>
            <s-table-cell>{texts.flow[row.flow]}</s-table-cell>
            <s-table-cell>
              <Standing row={row} />
            </s-table-cell>
            <s-table-cell>{when(row.lastSuccessAt)}</s-table-cell>
            <s-table-cell>{next(row)}</s-table-cell>
            <s-table-cell>
              <s-stack direction="inline" gap="small-200">
                {row.nextAt && row.on && !row.stoppedAt && <RunNow row={row} connection={connection} />}
                {row.on && <FlowSwitch flow={row.flow} stopped={Boolean(row.stoppedAt)} connection={connection} />}
              </s-stack>
            </s-table-cell>
          </s-table-row>
        ))}
      </s-table-body>
    </s-table>
  );
}

function next({ on, stoppedAt, nextAt }: Row): string {
  if (!on || stoppedAt) return texts.general.unknown;
  return nextAt ? when(nextAt) : words.events;
}

function Standing({ row }: { row: Row }) {
  if (!row.on) return <s-badge>{words.off}</s-badge>;
  if (row.stoppedAt) return <s-badge tone="warning">{words.stopped}</s-badge>;
  if (row.running) return <s-badge tone="info">{words.running}</s-badge>;
  return row.lagSeconds > 60 ? <s-badge tone="warning">{words.late}</s-badge> : <s-badge tone="success">{words.carried}</s-badge>;
}

/** Prices and stock answer with their plan; what has no plan runs in the background. */
function RunNow({ row, connection }: { row: Row; connection: string }) {
  const { route } = useLocation();
  const name = texts.flow[row.flow];
  const told = ({ run }: Pick<RunStartMutation["runStart"], "run" | "userErrors">) => {
    if (run) route(`/runs/${local(run.id)}`);
    return run ? undefined : row.flow === "INVENTORY" || row.flow === "PRICES" ? runs.nothingToDo : words.toldStarted(name);
  };
  const start = useChange(RunStartDocument, (result) => result.runStart, told);
  const plan = useChange(PricePlanDocument, (result) => result.pricePlan, told);
  const press = () => (row.flow === "PRICES" ? plan.mutate({ connection }) : start.mutate({ connection, flow: row.flow }));
  return (
    <Press accessibilityLabel={words.runNamed(name)} of={[start, plan]} onClick={press}>
      {words.runNow}
    </Press>
  );
}
