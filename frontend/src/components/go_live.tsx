// Going live: the plan of what would become of the last days' orders, and its approval.
import { useQuery } from "@tanstack/preact-query";
import { useState } from "preact/hooks";
import { ask } from "../api/door";
import { GoLiveDocument, GoLivePlanDocument } from "../api/typed";
import type { GoLivePlanQuery } from "../api/typed";
import { texts } from "../texts";
import { Answer } from "./answer";
import { useChange } from "./change";
import { Press } from "./press";
import { advised, when } from "./shown";

type Plan = NonNullable<GoLivePlanQuery["goLivePlan"]["plan"]>;

export function GoLive({ connection }: { connection: string }) {
  const [asked, show] = useState(false);
  const query = useQuery({
    queryKey: ["plan", connection],
    queryFn: () => ask(GoLivePlanDocument, { connection }),
    enabled: asked,
    staleTime: Infinity,
    refetchOnWindowFocus: false,
  });
  return (
    <s-section heading={texts.goLive.heading}>
      <s-stack gap="base">
        <s-text>{texts.goLive.more}</s-text>
        {!asked && (
          <s-stack direction="inline">
            <s-button variant="primary" onClick={() => show(true)}>
              {texts.goLive.plan}
            </s-button>
          </s-stack>
        )}
        {asked && (
          <Answer query={query} empty={(data) => (data.goLivePlan.plan ? undefined : <Refused result={data} />)}>
            {({ goLivePlan: { plan } }) => plan && <Approval plan={plan} connection={connection} />}
          </Answer>
        )}
      </s-stack>
    </s-section>
  );
}

function Refused({ result }: { result: GoLivePlanQuery }) {
  return (
    <s-banner tone="critical" heading={texts.connect.wrong}>
      {result.goLivePlan.userErrors.map(({ code, message }) => (
        <s-paragraph key={code}>{message}</s-paragraph>
      ))}
    </s-banner>
  );
}

function Approval({ plan, connection }: { plan: Plan; connection: string }) {
  const words = texts.goLive;
  const [approved, approve] = useState<string[]>([]);
  const start = useChange(
    GoLiveDocument,
    (result) => result.connectionGoLive,
    () => words.done,
  );
  const toggle = (key: string, on: boolean) =>
    approve(on ? [...approved, key] : approved.filter((other) => other !== key));
  return (
    <s-stack gap="base">
      <s-text color="subdued">
        {words.cutOver} {when(plan.cutOver)}
      </s-text>
      {!plan.complete && <s-banner tone="warning" heading={words.incomplete} />}
      {plan.orders.length === 0 ? (
        <s-empty-state heading={words.nothing}>
          <s-text slot="subheading">{words.nothingMore}</s-text>
        </s-empty-state>
      ) : (
        <Orders orders={plan.orders} approved={approved} toggle={toggle} />
      )}
      <s-stack direction="inline">
        <Press
          variant="primary"
          of={start}
          onClick={() => start.mutate({ id: connection, cutOver: plan.cutOver, approve: approved })}
        >
          {words.start}
        </Press>
      </s-stack>
    </s-stack>
  );
}

interface Listed {
  orders: Plan["orders"];
  approved: string[];
  toggle: (key: string, on: boolean) => void;
}

function Orders({ orders, approved, toggle }: Listed) {
  const words = texts.goLive;
  return (
    <s-table>
      <s-table-header-row>
        <s-table-header listSlot="primary">{words.order}</s-table-header>
        <s-table-header listSlot="labeled">{words.placed}</s-table-header>
        <s-table-header listSlot="inline">{words.what}</s-table-header>
        <s-table-header listSlot="secondary">{words.why}</s-table-header>
      </s-table-header-row>
      <s-table-body>
        {orders.map((order) => (
          <s-table-row key={order.storeKey}>
            <s-table-cell>
              {order.approvable ? (
                <s-checkbox
                  label={order.name}
                  accessibilityLabel={words.send(order.name)}
                  checked={approved.includes(order.storeKey)}
                  onChange={(event) => toggle(order.storeKey, event.currentTarget.checked)}
                />
              ) : (
                order.name
              )}
            </s-table-cell>
            <s-table-cell>{when(order.placedAt)}</s-table-cell>
            <s-table-cell>
              <s-badge tone={order.approvable ? "info" : "neutral"}>{texts.action[order.action]}</s-badge>
            </s-table-cell>
            <s-table-cell>{advised(order.sentence) || texts.general.unknown}</s-table-cell>
          </s-table-row>
        ))}
      </s-table-body>
    </s-table>
  );
}
