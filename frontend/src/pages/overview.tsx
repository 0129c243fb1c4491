// The first view: how the connections are, how many orders stand where, and what needs a person.
import { useQuery } from "@tanstack/preact-query";
import { ask } from "../api/door";
import { OverviewDocument } from "../api/typed";
import type { OverviewQuery } from "../api/typed";
import { Answer } from "../components/answer";
import { Unconnected } from "../components/connected";
import { ConnectionCard } from "../components/connection_card";
import { Problems } from "../components/problems";
import { counted, local } from "../components/shown";
import { texts } from "../texts";

const EVERY = 5_000;

export function Overview() {
  const query = useQuery({
    queryKey: ["overview"],
    queryFn: () => ask(OverviewDocument, {}),
    refetchInterval: EVERY,
  });
  return (
    <s-page heading={texts.overview.heading}>
      <Answer query={query} empty={(data) => (data.overview.connections.length === 0 ? <Unconnected /> : undefined)}>
        {(data) => <Content data={data} />}
      </Answer>
    </s-page>
  );
}

function Content({ data }: { data: OverviewQuery }) {
  const { shop, overview } = data;
  return (
    <>
      {shop.state !== "INSTALLED" && shop.stateSentence && <s-banner tone="critical" heading={shop.stateSentence} />}
      {overview.plans.map(({ id, connection, counts }) => (
        <s-banner key={id} tone="warning" heading={texts.overview.plan}>
          <s-paragraph>{texts.overview.planMore(connection.name, counts.changed)}</s-paragraph>
          <s-button slot="secondary-actions" href={`/runs/${local(id)}`}>
            {texts.overview.look}
          </s-button>
        </s-banner>
      ))}
      <Problems problems={overview.problems} />
      {overview.connections.map((connection) => (
        <ConnectionCard key={connection.id} connection={connection} />
      ))}
      <s-section heading={texts.overview.orders}>
        <s-query-container>
          <s-grid
            gridTemplateColumns="@container (inline-size > 600px) 1fr 1fr 1fr 1fr 1fr 1fr, 1fr 1fr 1fr"
            gap="small-200"
          >
            {overview.orderCounts.map(({ state, orders }) => (
              <s-clickable key={state} href={`/orders?state=${state}`} padding="small-200" borderRadius="base">
                <s-stack gap="small-400">
                  <s-text color="subdued">{texts.state[state]}</s-text>
                  <s-text type="strong" fontVariantNumeric="tabular-nums">
                    {counted(orders)}
                  </s-text>
                </s-stack>
              </s-clickable>
            ))}
          </s-grid>
        </s-query-container>
      </s-section>
    </>
  );
}
