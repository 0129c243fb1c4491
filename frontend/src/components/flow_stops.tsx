// The emergency switches of a live connection: each flow that is carried, stopped with one press, and what is stopped.
import type { ConnectionCardFragment } from "../api/typed";
import { texts } from "../texts";
import { flows as words } from "../texts/flows";
import { FlowSwitch } from "./flow_switch";
import { when } from "./shown";

export function FlowStops({ connection: { id, state, flows } }: { connection: ConnectionCardFragment }) {
  if (state === "SETUP") return null;
  const shown = flows.filter(({ on }) => on);
  return (
    <s-stack gap="small-200">
      {shown.map(
        ({ flow, stoppedAt }) =>
          stoppedAt && <s-banner key={flow} tone="warning" heading={`${texts.flow[flow]}: ${words.stoppedSince(when(stoppedAt))}`} />,
      )}
      <s-stack direction="inline" gap="small-200">
        {shown.map(({ flow, stoppedAt }) => (
          <FlowSwitch key={flow} flow={flow} stopped={Boolean(stoppedAt)} connection={id} named />
        ))}
      </s-stack>
    </s-stack>
  );
}
