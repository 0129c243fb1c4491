// Set up: the first hour of a connection, one step at a time. What is done is read off what is there, so that anybody may
// go on where somebody else stopped.
import { useQuery } from "@tanstack/preact-query";
import { useLocation } from "preact-iso";
import { ask } from "../api/door";
import { ConnectFormDocument, SetupDocument } from "../api/typed";
import type { ConnectFormQuery, ConnectionCardFragment, SetupQuery, SetupStepKey } from "../api/typed";
import { Answer } from "../components/answer";
import { Choice } from "../components/connected";
import { Barred } from "../components/may";
import { Checklist } from "../components/setup/checklist";
import { ConnectStep } from "../components/setup/connect_step";
import { DryRunStep } from "../components/setup/dry_run_step";
import { FlowsStep } from "../components/setup/flows_step";
import { LiveStep } from "../components/setup/live_step";
import { MapStep } from "../components/setup/map_step";
import { Marked } from "../components/setup/practice";
import { SkusStep } from "../components/setup/skus_step";
import { local } from "../components/shown";
import { setup as words } from "../texts/setup";

/** What the address says instead of a connection when another one is to be made. */
const ANOTHER = "new";

type Looked = ConnectFormQuery & SetupQuery & { found: ConnectionCardFragment | undefined };

/** The connection that is named, else the first that is not live, else the first. */
function picked(connections: ConnectionCardFragment[], named: string | undefined) {
  if (named === ANOTHER) return undefined;
  const known = connections.find(({ id }) => local(id) === named);
  return known ?? connections.find(({ state }) => state === "SETUP") ?? connections[0];
}

async function looked(named: string | undefined): Promise<Looked> {
  const all = await ask(ConnectFormDocument, {});
  const found = picked(all.connections, named);
  return { ...all, ...(await ask(SetupDocument, { connection: found?.id ?? null })), found };
}

export function Setup() {
  const { query: given } = useLocation();
  const named = given["connection"];
  // A step that stays on the page puts its connection into the address: what is shown stays while that is looked up.
  const query = useQuery<Looked>({ queryKey: ["setup", named ?? ""], queryFn: () => looked(named), placeholderData: (before) => before });
  return (
    <s-page heading={words.heading}>
      <Barred needs="MANAGE_CONNECTIONS" />
      <Answer query={query}>{(data) => <Steps data={data} wanted={given["step"]} />}</Answer>
    </s-page>
  );
}

function Steps({ data, wanted }: { data: Looked; wanted: string | undefined }) {
  const { found, setup } = data;
  const { route } = useLocation();
  const at = setup.steps.find(({ key }) => key === wanted)?.key ?? setup.next ?? "GO_LIVE";
  const shown = found ? at : "CONNECT";
  const way = (step?: SetupStepKey) => {
    const parts = [found ? `connection=${local(found.id)}` : "", step ? `step=${step}` : ""].filter(Boolean);
    return `/setup${parts.length ? `?${parts.join("&")}` : ""}`;
  };
  const steps = { onward: () => route(way()), stay: () => route(way(shown), true) };
  return (
    <>
      {found && <Choice connections={data.connections} at={found.id} />}
      {found?.practice && <Marked connection={found.id} />}
      <Checklist steps={setup.steps} at={shown} reachable={Boolean(found)} way={way} />
      <Step key={`${found?.id} ${shown}`} at={shown} data={data} {...steps} />
    </>
  );
}

interface Given {
  at: SetupStepKey;
  data: Looked;
  onward: () => void;
  stay: () => void;
}

/** `onward`: to the first step that is not done; `stay`: here, although it is done now. */
function Step({ at, data, onward, stay }: Given) {
  const { found } = data;
  if (!found || at === "CONNECT") return <ConnectStep data={data} found={found} />;
  const id = found.id;
  switch (at) {
    case "MAP":
      return <MapStep connection={id} onward={onward} />;
    case "FLOWS":
      return <FlowsStep connection={id} onward={onward} />;
    case "SKUS":
      return <SkusStep connection={id} read={data.setup.steps.some(({ key, done }) => key === at && done)} stay={stay} onward={onward} />;
    case "DRY_RUN":
      return <DryRunStep connection={id} stay={stay} onward={onward} />;
    case "GO_LIVE":
      return <LiveStep connection={found} steps={data.setup.steps} />;
  }
}
