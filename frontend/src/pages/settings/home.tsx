// Settings: every view of them, each with a line of how it stands.
import { useQuery } from "@tanstack/preact-query";
import { ask } from "../../api/door";
import { AlertCountDocument, SettingsHomeDocument } from "../../api/typed";
import type { SettingsHomeQuery } from "../../api/typed";
import { Answer } from "../../components/answer";
import { settings as words } from "../../texts/settings";

interface Entry {
  href: string;
  name: string;
  more: string;
}

export function SettingsHome() {
  const query = useQuery({ queryKey: ["settings"], queryFn: () => ask(SettingsHomeDocument, {}) });
  // Who may not read them is not told how many there are.
  const alerts = useQuery({ queryKey: ["settings", "alerts"], queryFn: () => ask(AlertCountDocument, {}), retry: false });
  const told = alerts.data?.alertSettings.recipients.length;
  return (
    <s-page heading={words.heading}>
      <Answer query={query}>
        {(data) => (
          <s-section accessibilityLabel={words.heading} padding="none">
            {entries(data, told).map((entry, at) => (
              <s-stack key={entry.href} gap="none">
                {at > 0 && <s-divider />}
                <Line entry={entry} />
              </s-stack>
            ))}
          </s-section>
        )}
      </Answer>
    </s-page>
  );
}

function entries({ shop, connections, retentions, help }: SettingsHomeQuery, told: number | undefined): Entry[] {
  const live = connections.filter(({ state }) => state === "LIVE").length;
  const kept = retentions.find(({ name }) => name === "messages")?.days ?? 0;
  return [
    { href: "/setup", name: words.setup, more: words.setupMore },
    { href: "/settings/connections", name: words.connections, more: words.connectionsMore(connections.length, live) },
    { href: "/settings/shops", name: words.shops, more: words.shopsMore(shop.organisation.shops.length) },
    { href: "/settings/flows", name: words.flows, more: words.flowsMore },
    { href: "/settings/alerts", name: words.alerts, more: told === undefined ? words.alertsClosed : words.alertsMore(told) },
    { href: "/reports", name: words.reports, more: words.reportsMore },
    { href: "/settings/team", name: words.team, more: words.teamMore },
    { href: "/settings/tokens", name: words.tokens, more: words.tokensMore },
    { href: "/settings/audit", name: words.audit, more: words.auditMore },
    { href: "/settings/privacy", name: words.privacy, more: words.privacyMore(kept) },
    { href: "/help", name: words.help, more: words.helpMore(help.version) },
  ];
}

function Line({ entry }: { entry: Entry }) {
  return (
    <s-clickable href={entry.href} padding="base">
      <s-grid gridTemplateColumns="1fr auto" gap="base" alignItems="center">
        <s-stack gap="small-400">
          <s-text type="strong">{entry.name}</s-text>
          <s-text color="subdued">{entry.more}</s-text>
        </s-stack>
        <s-icon type="chevron-right" color="subdued" />
      </s-grid>
    </s-clickable>
  );
}
