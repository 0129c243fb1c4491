// For views that are about a connection: finds the first, or leads to making one.
import { useQuery } from "@tanstack/preact-query";
import type { ComponentChildren } from "preact";
import { ask } from "../api/door";
import { ConnectionsDocument } from "../api/typed";
import { texts } from "../texts";
import { Answer } from "./answer";

export function Connected({ children }: { children: (connection: string) => ComponentChildren }) {
  const query = useQuery({ queryKey: ["connections"], queryFn: () => ask(ConnectionsDocument, {}) });
  return (
    <Answer query={query} empty={(data) => (data.connections.length ? undefined : <Unconnected />)}>
      {(data) => data.connections[0] && children(data.connections[0].id)}
    </Answer>
  );
}

export function Unconnected() {
  return (
    <s-section accessibilityLabel={texts.overview.noConnection}>
      <s-empty-state heading={texts.overview.noConnection}>
        <s-text slot="subheading">{texts.overview.noConnectionMore}</s-text>
        <s-button slot="primary-action" variant="primary" href="/connect">
          {texts.overview.connect}
        </s-button>
      </s-empty-state>
    </s-section>
  );
}
