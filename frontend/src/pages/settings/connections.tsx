// The connections: each as it stands, to be edited, stopped and let go on, and taken away while it was never live.
import { useQuery } from "@tanstack/preact-query";
import { ask } from "../../api/door";
import { ConnectionPauseDocument, ConnectionRemoveDocument, ConnectionResumeDocument, SettingsConnectionsDocument } from "../../api/typed";
import type { SettingsConnectionsQuery } from "../../api/typed";
import { Answer } from "../../components/answer";
import { Asked } from "../../components/asked";
import { HealthBadge } from "../../components/badges";
import { useChange } from "../../components/change";
import { Unconnected } from "../../components/connected";
import { Facts } from "../../components/facts";
import { Barred } from "../../components/may";
import { Press } from "../../components/press";
import { SettingsFrame } from "../../components/settings/frame";
import { local, when } from "../../components/shown";
import { connections as words } from "../../texts/settings";

const EVERY = 5_000;

type Each = SettingsConnectionsQuery["connections"][number];

export function SettingsConnections() {
  const query = useQuery({
    queryKey: ["connections", "settings"],
    queryFn: () => ask(SettingsConnectionsDocument, {}),
    refetchInterval: EVERY,
  });
  return (
    <SettingsFrame heading={words.heading}>
      <s-button slot="primary-action" variant="primary" href="/connect?connection=new">
        {words.another}
      </s-button>
      <Barred needs="MANAGE_CONNECTIONS" />
      <Answer query={query} empty={(data) => (data.connections.length ? undefined : <Unconnected />)}>
        {(data) => data.connections.map((each) => <Card key={each.id} of={each} />)}
      </Answer>
    </SettingsFrame>
  );
}

function Card({ of: each }: { of: Each }) {
  return (
    <s-section heading={each.name}>
      <s-stack slot="accessory">
        <HealthBadge of={each.health} />
      </s-stack>
      <s-stack gap="base">
        {each.pause && <s-banner tone="warning" heading={each.pause.sentence} />}
        {each.noWrites && <s-banner tone="info" heading={words.noWrites} />}
        <Facts
          facts={[
            { name: words.erp, value: each.host?.label ?? words.unknown },
            { name: words.shop, value: each.shop.domain },
            { name: words.made, value: when(each.createdAt) },
            { name: words.live, value: when(each.goLiveAt) },
          ]}
        />
        <s-stack direction="inline" gap="small">
          <s-button accessibilityLabel={words.editNamed(each.name)} href={`/connect?connection=${local(each.id)}`}>
            {words.edit}
          </s-button>
          <Switch of={each} />
        </s-stack>
      </s-stack>
    </s-section>
  );
}

function Switch({ of: { id, name, state, goLiveAt } }: { of: Each }) {
  const pause = useChange(ConnectionPauseDocument, (result) => result.connectionPause, () => words.paused);
  const resume = useChange(ConnectionResumeDocument, (result) => result.connectionResume, () => words.resumed);
  const remove = useChange(ConnectionRemoveDocument, (result) => result.connectionRemove, () => words.removed);
  if (state === "LIVE") {
    return (
      <Press accessibilityLabel={`${words.pause}: ${name}`} of={pause} onClick={() => pause.mutate({ id })}>
        {words.pause}
      </Press>
    );
  }
  if (state === "PAUSED") {
    return (
      <Press accessibilityLabel={`${words.resume}: ${name}`} variant="primary" of={resume} onClick={() => resume.mutate({ id })}>
        {words.resume}
      </Press>
    );
  }
  if (goLiveAt) return null;
  return (
    <Asked
      label={words.remove}
      named={words.removeNamed(name)}
      heading={words.removeNamed(name)}
      act={words.remove}
      critical
      of={remove}
      press={(close) => remove.mutate({ id }, { onSuccess: ({ connectionRemove }) => connectionRemove.userErrors.length === 0 && close() })}
    >
      <s-paragraph>{words.removeMore}</s-paragraph>
    </Asked>
  );
}
