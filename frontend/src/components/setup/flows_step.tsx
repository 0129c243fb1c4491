// Which kinds of data are carried: what the ERP can't do is there with its reason, and nothing begins before it is saved.
import { useQuery } from "@tanstack/preact-query";
import { useState } from "preact/hooks";
import { ask } from "../../api/door";
import { SetupFlowsDocument, SetupFlowsNowDocument } from "../../api/typed";
import type { Flow, SetupFlowsNowQuery } from "../../api/typed";
import { texts } from "../../texts";
import { setup as words } from "../../texts/setup";
import { Answer } from "../answer";
import { useChange } from "../change";
import type { Wrong } from "../change";
import { StepSection, stepWhile } from "./step";
import { Press } from "../press";

type Now = SetupFlowsNowQuery;
type Flows = NonNullable<SetupFlowsNowQuery["connection"]>["flows"];

/** What a plain shop wants besides its orders; the rest writes to the shop or to people's data, and is asked for. */
const USUAL = new Set<Flow>(["ORDERS", "REFUNDS", "FULFILLMENTS", "INVENTORY"]);

export function FlowsStep({ connection, onward }: { connection: string; onward: () => void }) {
  const query = useQuery({
    queryKey: ["setup flows", connection],
    queryFn: () => ask(SetupFlowsNowDocument, { connection }),
    refetchOnWindowFocus: false,
  });
  return (
    <Answer query={query} within={stepWhile("FLOWS")}>
      {(data) => data.connection && <Choices connection={connection} flows={data.connection.flows} undecided={undecided(data)} onward={onward} />}
    </Answer>
  );
}

function undecided({ setup }: Now): string[] {
  return setup.steps.find(({ key }) => key === "FLOWS")?.lacking ?? [];
}

/** What somebody said stays; of the rest the usual is proposed. */
function started(flows: Flows, open: string[]): Flow[] {
  const proposed = ({ flow, on }: Flows[number]) => (open.includes(flow.toLowerCase()) ? USUAL.has(flow) : on);
  return flows.filter((each) => each.available && proposed(each)).map(({ flow }) => flow);
}

interface Given {
  connection: string;
  flows: Flows;
  undecided: string[];
  onward: () => void;
}

function Choices({ connection, flows, undecided: open, onward }: Given) {
  const [chosen, choose] = useState(() => started(flows, open));
  const [errors, complain] = useState<Wrong[]>([]);
  const save = useChange(
    SetupFlowsDocument,
    (result) => result.setupFlows,
    () => {
      onward();
      return words.chosen;
    },
    complain,
  );
  const wanted = flows.filter(({ available, flow }) => available && flow !== "ORDERS").map(({ flow }) => ({ flow, on: chosen.includes(flow) }));
  return (
    <form
      data-save-bar
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate({ connection, flows: wanted });
      }}
      onReset={() => choose(started(flows, open))}
    >
      <StepSection step="FLOWS" errors={errors}>
        {flows.map(({ flow, available, reason, owner }) => (
          <s-checkbox
            key={flow}
            label={texts.flow[flow]}
            details={available ? `${words.carried[flow]} ${flow === "ORDERS" ? words.always : words.owner[owner]}` : (reason ?? "")}
            checked={chosen.includes(flow)}
            disabled={!available || flow === "ORDERS"}
            onChange={(event) => {
              const on = event.currentTarget.checked;
              choose((before) => [...before.filter((other) => other !== flow), ...(on ? [flow] : [])]);
            }}
          />
        ))}
        <s-stack direction="inline">
          <Press type="submit" variant="primary" of={save}>
            {words.save}
          </Press>
        </s-stack>
      </StepSection>
    </form>
  );
}
