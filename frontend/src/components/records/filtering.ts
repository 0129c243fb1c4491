// Which records are shown: what the address says of kinds, states, reasons and time, and the words that stand only in the field.
import { useLocation } from "preact-iso";
import type { OrderState, RecordFilterInput, RecordKind } from "../../api/typed";

export const STATES: OrderState[] = ["WAITING", "RUNNING", "SETTLED", "HELD", "SKIPPED", "CANCELLED"];
export const KINDS: RecordKind[] = ["ORDER", "REFUND", "SHIPMENT", "PARCEL", "CUSTOMER", "PRODUCT"];
export const DAYS = [1, 7, 30];
export const EVERYTHING = "ALL";

const NAMES = ["kind", "state", "code", "connection", "days"] as const;
export type Name = (typeof NAMES)[number];
export type Chosen = Partial<Record<Name, string>>;

/** The admin opens the page with words of its own in the address. */
export function named(query: Record<string, string>): Chosen {
  return Object.fromEntries(NAMES.flatMap((name) => (query[name] ? [[name, query[name]]] : [])));
}

/** An e-mail must not stand in an address: words are never part of it. */
export function useFilters(): { chosen: Chosen; choose: (name: Name, value: string | undefined) => void } {
  const { query, route } = useLocation();
  const chosen = named(query);
  const choose = (name: Name, value: string | undefined) => {
    const { [name]: _, ...others } = chosen;
    const search = new URLSearchParams(value ? { ...others, [name]: value } : others).toString();
    route(search ? `/orders?${search}` : "/orders", true);
  };
  return { chosen, choose };
}

/** Without words orders are browsed; words are looked for everywhere, unless a kind was chosen. */
export function kindsOf(chosen: Chosen, words: string): RecordKind[] | null {
  const kind = KINDS.find((each) => each === chosen.kind);
  if (kind) return [kind];
  return words || chosen.code || chosen.kind === EVERYTHING ? null : ["ORDER"];
}

export function filterOf(chosen: Chosen, words: string, today: Date): RecordFilterInput {
  const state = STATES.find((each) => each === chosen.state);
  const days = DAYS.find((each) => String(each) === chosen.days);
  return {
    words: words || null,
    kinds: kindsOf(chosen, words),
    states: state ? [state] : null,
    code: chosen.code ?? null,
    connection: chosen.connection ? `gid://stockbridge/Connection/${chosen.connection}` : null,
    since: days ? new Date(today.getTime() - days * 86_400_000).toISOString() : null,
  };
}

/** What is done in bulk is done to what waits: elsewhere nothing is offered. */
export function mayWait(chosen: Chosen, words: string): boolean {
  return chosen.state === "HELD" || chosen.state === "WAITING" || Boolean(chosen.code) || (Boolean(words) && !chosen.state);
}

/** Words that could be the name of an order that nobody has heard of. */
export function isName(words: string): boolean {
  return /^#?[A-Za-z0-9][\w./-]{1,30}$/.test(words.trim());
}
