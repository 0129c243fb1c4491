// Connect: the ERP's own form, a try with a useful answer, the codes it wants, and going live with its plan.
import { useQuery } from "@tanstack/preact-query";
import { useState } from "preact/hooks";
import { ask } from "../api/door";
import { ConnectFormDocument } from "../api/typed";
import type { ConnectFormQuery, ConnectionCardFragment } from "../api/typed";
import { Answer } from "../components/answer";
import { HealthBadge } from "../components/badges";
import { GoLive } from "../components/go_live";
import { HostForm } from "../components/host_form";
import { texts } from "../texts";

type Host = ConnectFormQuery["hosts"][number];

export function Connect() {
  const query = useQuery({ queryKey: ["connect"], queryFn: () => ask(ConnectFormDocument, {}) });
  return (
    <s-page heading={texts.connect.heading}>
      <Answer query={query}>{(data) => <Content data={data} />}</Answer>
    </s-page>
  );
}

function Content({ data }: { data: ConnectFormQuery }) {
  const [connection] = data.connections;
  const [key, choose] = useState(connection?.hostKey ?? data.hosts[0]?.key);
  const host = data.hosts.find((each) => each.key === (connection?.hostKey ?? key));
  return (
    <>
      {connection ? <Existing connection={connection} /> : <Choice hosts={data.hosts} chosen={key} choose={choose} />}
      {connection?.state === "SETUP" && <GoLive connection={connection.id} />}
      {host && <HostForm key={host.key} host={host} connection={connection?.id} />}
      {host && <Powers host={host} />}
    </>
  );
}

function Existing({ connection }: { connection: ConnectionCardFragment }) {
  return (
    <s-section heading={connection.name}>
      <s-stack slot="accessory">
        <HealthBadge of={connection.health} />
      </s-stack>
      <s-text>{texts.connect.standing[connection.state]}</s-text>
    </s-section>
  );
}

interface Choosing {
  hosts: Host[];
  chosen: string | undefined;
  choose: (key: string) => void;
}

function Choice({ hosts, chosen, choose }: Choosing) {
  return (
    <s-section heading={texts.connect.choose}>
      <s-select
        label={texts.connect.chooseLabel}
        value={chosen}
        onChange={(event) => choose(event.currentTarget.value)}
      >
        {hosts.map(({ key, label }) => (
          <s-option key={key} value={key}>
            {label}
          </s-option>
        ))}
      </s-select>
    </s-section>
  );
}

function Powers({ host }: { host: Host }) {
  return (
    <s-section heading={texts.connect.flows}>
      <s-stack gap="small">
        {host.powers.map(({ flow, available, reason }) => (
          <s-stack key={flow} direction="inline" gap="small" alignItems="center">
            <s-badge tone={available ? "success" : "neutral"}>{texts.flow[flow]}</s-badge>
            <s-text color="subdued">{available ? texts.connect.available : reason}</s-text>
          </s-stack>
        ))}
      </s-stack>
    </s-section>
  );
}
