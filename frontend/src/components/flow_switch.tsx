// Stops a flow with one press, and lets it go on with another: what comes meanwhile waits.
import { FlowResumeDocument, FlowStopDocument } from "../api/typed";
import type { Flow } from "../api/typed";
import { texts } from "../texts";
import { flows as words } from "../texts/flows";
import { useChange } from "./change";
import { Press } from "./press";

interface Given {
  flow: Flow;
  stopped: boolean;
  connection: string;
  /** The button itself names the flow: nothing beside it does. */
  named?: boolean;
}

export function FlowSwitch({ flow, stopped, connection, named = false }: Given) {
  const name = texts.flow[flow];
  const stop = useChange(FlowStopDocument, (result) => result.flowStop, () => words.toldStopped(name));
  const resume = useChange(FlowResumeDocument, (result) => result.flowResume, () => words.toldResumed(name));
  const both = [stop, resume];
  if (stopped) {
    return (
      <Press of={both} accessibilityLabel={words.resumeNamed(name)} variant="primary" onClick={() => resume.mutate({ connection, flow })}>
        {named ? words.resumeNamed(name) : words.resume}
      </Press>
    );
  }
  return (
    <Press of={both} accessibilityLabel={words.stopNamed(name)} tone={named ? "auto" : "critical"} onClick={() => stop.mutate({ connection, flow })}>
      {named ? words.stopNamed(name) : words.stop}
    </Press>
  );
}
