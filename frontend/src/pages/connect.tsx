// Connect: the ERP's own form, a try with a useful answer, the codes it wants, and going live with its plan.
import { useQuery } from "@tanstack/preact-query";
import { useLocation } from "preact-iso";
import { ask } from "../api/door";
import { ConnectFormDocument, EnteredDocument } from "../api/typed";
import type { ConnectFormQuery, ConnectionCardFragment } from "../api/typed";
import { Answer } from "../components/answer";
import { HealthBadge } from "../components/badges";
import { Choice as Connections, chosen } from "../components/connected";
import { GoLive } from "../components/go_live";
import { Fresh, Powers } from "../components/connecting";
import { HostForm } from "../components/host_form";
import { Barred } from "../components/may";
import { NoWrites } from "../components/no_writes";
import { texts } from "../texts";

/** What the address says instead of a connection when another one is to be made. */
const ANOTHER = "new";

export function Connect() {
  const query = useQuery({ queryKey: ["connect"], queryFn: () => ask(ConnectFormDocument, {}) });
  const { query: given } = useLocation();
  const named = given["connection"];
  const found = named === ANOTHER ? undefined : chosen(query.data?.connections ?? [], named);
  return (
    <s-page heading={texts.connect.heading}>
      {found && (
        <s-button slot="secondary-actions" href={`/connect?connection=${ANOTHER}`}>
          {texts.connect.another}
        </s-button>
      )}
      <s-link slot="breadcrumb-actions" href="/settings/connections">
        {texts.connect.back}
      </s-link>
      <Barred needs="MANAGE_CONNECTIONS" />
      <Answer query={query}>
        {(data) =>
          found ? <Existing key={found.id} connection={found} data={data} /> : <Fresh key={ANOTHER} hosts={data.hosts} taken={data.connections.map(({ name }) => name)} />
        }
      </Answer>
    </s-page>
  );
}

function Existing({ connection, data }: { connection: ConnectionCardFragment; data: ConnectFormQuery }) {
  const { id, name, state, health } = connection;
  const host = data.hosts.find((each) => each.key === connection.hostKey);
  const query = useQuery({ queryKey: ["entered", id], queryFn: () => ask(EnteredDocument, { id }) });
  return (
    <>
      <Connections connections={data.connections} at={id} />
      <s-section heading={name}>
        <s-stack slot="accessory">
          <HealthBadge of={health} />
        </s-stack>
        <s-stack gap="base">
          <s-text>{texts.connect.standing[state]}</s-text>
          <NoWrites connection={id} on={connection.noWrites} />
        </s-stack>
      </s-section>
      {state === "SETUP" && <GoLive connection={id} />}
      {host && (
        <Answer query={query}>
          {({ connectionForm }) =>
            connectionForm && (
              <>
                <HostForm host={host} name={name} stored={{ connection: id, ...connectionForm }} />
                <Powers host={host} />
              </>
            )
          }
        </Answer>
      )}
    </>
  );
}
