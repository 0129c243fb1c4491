// The first step: the ERP's own form, or practising first; once there is a connection, where its access is changed.
import type { ConnectFormQuery, ConnectionCardFragment, SetupQuery } from "../../api/typed";
import { setup as words } from "../../texts/setup";
import { HealthBadge } from "../badges";
import { Fresh } from "../connecting";
import { local } from "../shown";
import { PracticeOffer } from "./practice";
import { StepSection } from "./step";

interface Given {
  data: ConnectFormQuery & SetupQuery;
  found: ConnectionCardFragment | undefined;
}

export function ConnectStep({ data, found }: Given) {
  if (!found) {
    return (
      <>
        {data.practice.offered && !data.practice.connection && <PracticeOffer />}
        <Fresh hosts={data.hosts} taken={data.connections.map(({ name }) => name)} codes={false} />
      </>
    );
  }
  return (
    <>
      <StepSection step="CONNECT">
        <s-stack direction="inline" gap="small" alignItems="center">
          <s-text type="strong">{found.name}</s-text>
          <HealthBadge of={found.health} />
        </s-stack>
        <s-text>{words.connectedMore}</s-text>
        {!found.practice && (
          <s-stack direction="inline">
            <s-button href={`/connect?connection=${local(found.id)}`}>{words.change}</s-button>
          </s-stack>
        )}
      </StepSection>
      {data.practice.offered && !data.practice.connection && <PracticeOffer />}
    </>
  );
}
