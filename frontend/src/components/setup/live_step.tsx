// The last step: going live with its plan, or that everything is set up; and the switch that keeps anything from being written.
import type { ConnectionCardFragment, SetupQuery } from "../../api/typed";
import { texts } from "../../texts";
import { setup as words } from "../../texts/setup";
import { GoLive } from "../go_live";
import { NoWrites } from "../no_writes";
import { StepSection } from "./step";

interface Given {
  connection: ConnectionCardFragment;
  steps: SetupQuery["setup"]["steps"];
}

export function LiveStep({ connection, steps }: Given) {
  const undone = steps.filter(({ done, key }) => !done && key !== "GO_LIVE").map(({ key }) => words.steps[key].name);
  if (connection.state === "SETUP") {
    return (
      <>
        {undone.length > 0 && <s-banner tone="warning" heading={words.undone(undone.join(", "))} />}
        <GoLive connection={connection.id} />
      </>
    );
  }
  return (
    <>
      <s-section accessibilityLabel={texts.connect.standing[connection.state]}>
        <s-empty-state heading={texts.connect.standing[connection.state]}>
          <s-text slot="subheading">{undone.length > 0 ? words.later(undone.join(", ")) : words.allMore}</s-text>
          <s-button slot="primary-action" variant="primary" href="/">
            {words.overview}
          </s-button>
        </s-empty-state>
      </s-section>
      <StepSection step="GO_LIVE">
        <NoWrites connection={connection.id} on={connection.noWrites} />
      </StepSection>
    </>
  );
}
