// For views that are about one connection: which of them, remembered in the address; or the way to making the first.
import { useQuery } from "@tanstack/preact-query";
import { useLocation } from "preact-iso";
import type { ComponentChildren } from "preact";
import { ask } from "../api/door";
import { ConnectionsDocument } from "../api/typed";
import { texts } from "../texts";
import { Answer } from "./answer";
import { useLeaving } from "./leaving";
import { local } from "./shown";

interface Named {
  name: string;
  shop: { domain: string };
}

export const CONNECTIONS = { queryKey: ["connections"], queryFn: () => ask(ConnectionsDocument, {}) };

/** The connection that the address names, else the first, which is one of this shop's where it has any. */
export function chosen<Each extends { id: string }>(connections: Each[], named: string | undefined): Each | undefined {
  return connections.find(({ id }) => local(id) === named) ?? connections[0];
}

export function Connected({ children }: { children: (connection: string) => ComponentChildren }) {
  const query = useQuery(CONNECTIONS);
  const { query: given } = useLocation();
  const found = chosen(query.data?.connections ?? [], given["connection"]);
  return (
    <Answer query={query} empty={() => (found ? undefined : <Unconnected />)}>
      {({ connections }) =>
        found && (
          <>
            <Choice connections={connections} at={found.id} />
            {/* Another connection begins anew: its first page, no words of the other's search. */}
            <Only key={found.id}>{children(found.id)}</Only>
          </>
        )
      }
    </Answer>
  );
}

/** Its name, with its shop's where the organisation has connections of several. */
export function called(one: Named, among: Pick<Named, "shop">[]): string {
  const shops = new Set(among.map(({ shop }) => shop.domain));
  return shops.size > 1 ? texts.general.ofShop(one.name, one.shop.domain) : one.name;
}

function Only({ children }: { children: ComponentChildren }) {
  return <>{children}</>;
}

export function Choice({ connections, at }: { connections: (Named & { id: string })[]; at: string }) {
  const { path } = useLocation();
  const leave = useLeaving();
  if (connections.length < 2) return null;
  const choose = (field: { value: string }) => {
    const wanted = field.value;
    field.value = local(at);
    leave(`${path}?connection=${wanted}`);
  };
  return (
    <s-section accessibilityLabel={texts.general.which}>
      <s-select
        label={texts.general.connection}
        value={local(at)}
        onChange={(event) => choose(event.currentTarget)}
      >
        {connections.map((each) => (
          <s-option key={each.id} value={local(each.id)}>
            {called(each, connections)}
          </s-option>
        ))}
      </s-select>
    </s-section>
  );
}

export function Unconnected() {
  return (
    <s-section accessibilityLabel={texts.overview.noConnection}>
      <s-empty-state heading={texts.overview.noConnection}>
        <s-text slot="subheading">{texts.overview.noConnectionMore}</s-text>
        <s-button slot="primary-action" variant="primary" href="/setup">
          {texts.overview.connect}
        </s-button>
      </s-empty-state>
    </s-section>
  );
}
