// What of the audit log is shown: whose, which kind, and of which days.
import { useQuery } from "@tanstack/preact-query";
import { ask } from "../../api/door";
import { AuditChoicesDocument } from "../../api/typed";
import { audit as words } from "../../texts/audit";
import { team } from "../../texts/team";

export interface Sought {
  actor: string;
  action: string;
  /** Days, as a date field has them. */
  since: string;
  until: string;
}

export const ALL: Sought = { actor: "", action: "", since: "", until: "" };

const OTHERS = ["shopify", "command line"];

export function AuditFilters({ sought, seek }: { sought: Sought; seek: (sought: Sought) => void }) {
  const { data } = useQuery({ queryKey: ["audit choices"], queryFn: () => ask(AuditChoicesDocument, {}) });
  const people = data?.members.nodes.map(({ staff, name }) => ({ actor: `staff:${staff}`, label: name || team.nobody(staff) })) ?? [];
  const who = [...people, ...OTHERS.map((actor) => ({ actor, label: words.actor(actor) }))];
  const set = (more: Partial<Sought>) => {
    const wanted = { ...sought, ...more };
    seek(Object.values(wanted).some(Boolean) ? wanted : ALL);
  };
  return (
    <s-section accessibilityLabel={words.filters}>
      <s-stack gap="base">
        <s-text color="subdued">{words.more}</s-text>
        <s-query-container>
          <s-grid gridTemplateColumns="@container (inline-size > 640px) 1fr 1fr 1fr 1fr, 1fr" gap="base">
            <s-select label={words.who} value={sought.actor} onChange={(event) => set({ actor: event.currentTarget.value })}>
              <s-option value="">{words.anybody}</s-option>
              {who.map(({ actor, label }) => (
                <s-option key={actor} value={actor}>
                  {label}
                </s-option>
              ))}
            </s-select>
            <s-select label={words.what} value={sought.action} onChange={(event) => set({ action: event.currentTarget.value })}>
              <s-option value="">{words.anything}</s-option>
              {data?.auditActions.map((action) => (
                <s-option key={action} value={action}>
                  {words.action(action)}
                </s-option>
              ))}
            </s-select>
            <s-date-field label={words.since} value={sought.since} onChange={(event) => set({ since: event.currentTarget.value })} />
            <s-date-field label={words.until} value={sought.until} onChange={(event) => set({ until: event.currentTarget.value })} />
          </s-grid>
        </s-query-container>
      </s-stack>
    </s-section>
  );
}
