// A dry run of one real order: exactly what the ERP would be told, or everything that is in the way.
import { useQuery } from "@tanstack/preact-query";
import { useState } from "preact/hooks";
import { ask } from "../../api/door";
import { SetupDryRunDocument, SetupOrdersDocument } from "../../api/typed";
import type { SetupDryRunMutation, SetupOrdersQuery } from "../../api/typed";
import { setup as words } from "../../texts/setup";
import { Answer } from "../answer";
import { useChange } from "../change";
import type { Wrong } from "../change";
import { Press } from "../press";
import { advised, when } from "../shown";
import { Tree } from "../tree";
import { Refused, StepSection, stepWhile } from "./step";

type Orders = SetupOrdersQuery["setupOrders"]["orders"];
type Preview = NonNullable<SetupDryRunMutation["setupDryRun"]["preview"]>;

interface Given {
  connection: string;
  stay: () => void;
  onward: () => void;
}

export function DryRunStep({ connection, stay, onward }: Given) {
  const query = useQuery({
    queryKey: ["setup orders", connection],
    queryFn: () => ask(SetupOrdersDocument, { connection }),
    refetchOnWindowFocus: false,
  });
  return (
    <Answer
      query={query}
      empty={({ setupOrders }) => (setupOrders.orders.length ? undefined : <Nothing found={setupOrders} />)}
      within={stepWhile("DRY_RUN")}
    >
      {({ setupOrders }) => <Trial connection={connection} orders={setupOrders.orders} stay={stay} onward={onward} />}
    </Answer>
  );
}

function Nothing({ found }: { found: SetupOrdersQuery["setupOrders"] }) {
  return (
    <StepSection step="DRY_RUN">
      <Refused errors={found.userErrors} heading={words.unread} />
      {found.userErrors.length === 0 && (
        <s-empty-state heading={words.noOrders}>
          <s-text slot="subheading">{words.noOrdersMore}</s-text>
        </s-empty-state>
      )}
    </StepSection>
  );
}

function Trial({ connection, orders, stay, onward }: Given & { orders: Orders }) {
  const [key, choose] = useState(orders[0]?.storeKey ?? "");
  const [errors, complain] = useState<Wrong[]>([]);
  const [seen, show] = useState<{ name: string; preview: Preview }>();
  const name = orders.find(({ storeKey }) => storeKey === key)?.name ?? key;
  const run = useChange(
    SetupDryRunDocument,
    (result) => result.setupDryRun,
    ({ preview }) => {
      stay();
      complain([]);
      show(preview ? { name, preview } : undefined);
      return undefined;
    },
    complain,
  );
  return (
    <>
      <StepSection step="DRY_RUN" errors={errors}>
        <s-select label={words.order} value={key} onChange={(event) => choose(event.currentTarget.value)}>
          {orders.map(({ storeKey, name: called, placedAt }) => (
            <s-option key={storeKey} value={storeKey}>
              {`${called} · ${when(placedAt)}`}
            </s-option>
          ))}
        </s-select>
        <s-stack direction="inline" gap="small">
          <Press variant={seen ? "secondary" : "primary"} of={run} onClick={() => run.mutate({ connection, storeKey: key })}>
            {words.try}
          </Press>
          {seen && (
            <s-button variant="primary" onClick={onward}>
              {words.next}
            </s-button>
          )}
        </s-stack>
      </StepSection>
      {seen && <Outcome {...seen} />}
    </>
  );
}

function Outcome({ name, preview }: { name: string; preview: Preview }) {
  const { document, obstacles } = preview;
  const told = document !== null && document !== undefined;
  return (
    <>
      <s-banner tone={told ? "success" : "warning"} heading={told ? words.good(name) : words.bad(name)}>
        {obstacles.map(({ code, sentence, explanation }, at) => (
          <s-paragraph key={`${code}${at}`}>{`${sentence} ${advised(explanation?.advice)}`}</s-paragraph>
        ))}
      </s-banner>
      {told && (
        <s-section heading={words.told}>
          <Tree value={document} />
        </s-section>
      )}
    </>
  );
}
