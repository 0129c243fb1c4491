// One connection: how it is, what it did last and does next, and the switch that stops it.
import { ConnectionPauseDocument, ConnectionResumeDocument } from "../api/typed";
import type { ConnectionCardFragment } from "../api/typed";
import { texts } from "../texts";
import { HealthBadge } from "./badges";
import { useChange } from "./change";
import { Facts } from "./facts";
import { FlowStops } from "./flow_stops";
import { Press } from "./press";
import { clock, local, when } from "./shown";

export function ConnectionCard({ connection }: { connection: ConnectionCardFragment }) {
  const words = texts.overview;
  return (
    <s-section heading={connection.name}>
      <s-stack slot="accessory" direction="inline" gap="small-200">
        {connection.practice && <s-badge tone="info">{words.practice}</s-badge>}
        <HealthBadge of={connection.health} />
      </s-stack>
      <Switch connection={connection} />
      {connection.pause && <s-banner tone="warning" heading={connection.pause.sentence} />}
      {connection.health === "DOWN" && (
        <s-banner tone="critical" heading={words.down}>
          <s-paragraph>{words.downMore}</s-paragraph>
          {connection.breaker.until && <s-paragraph>{words.downUntil(clock(connection.breaker.until))}</s-paragraph>}
        </s-banner>
      )}
      {connection.noWrites && <s-banner tone="info" heading={words.noWrites} />}
      <FlowStops connection={connection} />
      <Facts
        facts={[
          { name: words.lastSuccess, value: when(connection.lastSuccessAt) },
          { name: words.liveSince, value: when(connection.goLiveAt) },
          { name: words.lastCompared, value: when(connection.lastReconciledAt) },
          { name: words.nextCompared, value: when(connection.nextReconciliationAt) },
        ]}
      />
      {connection.goLiveAt && <s-link href={`/reports?connection=${local(connection.id)}`}>{words.reports}</s-link>}
    </s-section>
  );
}

function Switch({ connection }: { connection: ConnectionCardFragment }) {
  const pause = useChange(
    ConnectionPauseDocument,
    (result) => result.connectionPause,
    () => texts.overview.paused,
  );
  const resume = useChange(
    ConnectionResumeDocument,
    (result) => result.connectionResume,
    () => texts.overview.resumed,
  );
  const id = connection.id;
  switch (connection.state) {
    case "SETUP":
      return (
        <s-button slot="primary-action" variant="primary" href={`/setup?connection=${local(id)}`}>
          {texts.overview.finish}
        </s-button>
      );
    case "LIVE":
      return (
        <Press slot="secondary-actions" of={pause} onClick={() => pause.mutate({ id })}>
          {texts.overview.pause}
        </Press>
      );
    case "PAUSED":
      return (
        <Press slot="primary-action" variant="primary" of={resume} onClick={() => resume.mutate({ id })}>
          {texts.overview.resume}
        </Press>
      );
  }
}
