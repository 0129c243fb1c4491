// The first view: how the connections are, how many orders stand where, and what needs a person.
import { useQuery } from "@tanstack/preact-query";
import { ask } from "../api/door";
import { OverviewDocument } from "../api/typed";
import type { OverviewQuery } from "../api/typed";
import { Answer } from "../components/answer";
import { Unconnected } from "../components/connected";
import { ConnectionCard } from "../components/connection_card";
import { Day } from "../components/day";
import { unmappedOf } from "../components/mapping/unmapped_values";
import type { Unmapped } from "../components/mapping/unmapped_values";
import { answers, others } from "../components/mapping/waiting";
import { Barred } from "../components/may";
import { Problems } from "../components/problems";
import { counted, local, when } from "../components/shown";
import { texts } from "../texts";

const EVERY = 5_000;
const KEY = ["overview"];
const NONE: Unmapped = { lacking: [], more: false };

interface Seen extends OverviewQuery {
  unmapped: Unmapped;
  answered: string[];
}

/** Where something waits, its values are asked for in the same breath: both are drawn at once. */
async function looked(before: Seen | undefined): Promise<Seen> {
  const data = await ask(OverviewDocument, {});
  const { connections, problems } = data.overview;
  const unmapped = problems.length ? await unmappedOf(connections).catch(() => NONE) : NONE;
  const [now, then] = [unmapped, before?.unmapped ?? NONE].map(({ lacking }) => lacking.map(({ value }) => value));
  return { ...data, unmapped, answered: answers(now ?? [], then ?? []) };
}

export function Overview() {
  const query = useQuery({
    queryKey: KEY,
    queryFn: ({ client }) => looked(client.getQueryData<Seen>(KEY)),
    refetchInterval: EVERY,
  });
  return (
    <s-page heading={texts.overview.heading}>
      <Barred needs={["WRITE_RETRY", "WRITE_MAPPINGS", "MANAGE_CONNECTIONS"]} />
      <Answer query={query} empty={(data) => (data.overview.connections.length === 0 ? <Unconnected /> : undefined)}>
        {(data) => <Content data={data} />}
      </Answer>
    </s-page>
  );
}

function Content({ data }: { data: Seen }) {
  const { shop, overview, unmapped, answered } = data;
  return (
    <>
      {shop.state !== "INSTALLED" && shop.stateSentence && <s-banner tone="critical" heading={shop.stateSentence} />}
      {overview.alarms.map(({ kind, sentence: said, since }) => (
        <s-banner key={`${kind} ${said}`} tone={kind === "EXPIRY" ? "warning" : "critical"} heading={said}>
          <s-paragraph>{texts.overview.alarm(when(since))}</s-paragraph>
        </s-banner>
      ))}
      {overview.newLocations.map(({ connectionId, name }) => (
        <s-banner key={`${connectionId} ${name}`} tone="warning" heading={texts.overview.location(name)}>
          <s-button slot="secondary-actions" href={`/setup?connection=${local(connectionId)}&step=MAP`}>
            {texts.overview.map}
          </s-button>
        </s-banner>
      ))}
      {overview.closedLocations.map(({ connectionId, name }) => (
        <s-banner key={`closed ${connectionId} ${name}`} tone="warning" heading={texts.overview.closed(name)}>
          <s-paragraph>{texts.overview.closedMore}</s-paragraph>
          <s-button slot="secondary-actions" href={`/stock?connection=${local(connectionId)}`}>
            {texts.overview.openStock}
          </s-button>
        </s-banner>
      ))}
      {overview.plans.map(({ id, connection, counts }) => (
        <s-banner key={id} tone="warning" heading={texts.overview.plan}>
          <s-paragraph>{texts.overview.planMore(connection.name, counts.changed)}</s-paragraph>
          <s-button slot="secondary-actions" href={`/runs/${local(id)}`}>
            {texts.overview.look}
          </s-button>
        </s-banner>
      ))}
      <Problems problems={others(overview.problems, answered)} unmapped={unmapped} named={overview.connections.length > 1} />
      <Day today={overview.today} turns={overview.turns} named={overview.connections.length > 1} />
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
