// Which records are shown: what the address says of kinds, states, reasons and time, and the words that stand only in the field.
import { useLocation } from "preact-iso";
import type { OrderState, RecordFilterInput, RecordKind, RecordSort } from "../../api/typed";

export const STATES: OrderState[] = ["WAITING", "RUNNING", "SETTLED", "HELD", "SKIPPED", "CANCELLED"];
export const KINDS: RecordKind[] = ["ORDER", "REFUND", "SHIPMENT", "PARCEL", "CUSTOMER", "PRODUCT"];
export const DAYS = [1, 7, 30];
export const EVERYTHING = "ALL";

const NAMES = ["kind", "state", "code", "connection", "of", "days", "sort"] as const;
export type Name = (typeof NAMES)[number];
export type Chosen = Partial<Record<Name, string>>;

/** The admin opens the page with words of its own in the address, `shop` among them: a shop that was chosen is called `of`. */
export function named(query: Record<string, string>): Chosen {
  return Object.fromEntries(NAMES.flatMap((name) => (query[name] ? [[name, query[name]]] : [])));
}

/** An e-mail must not stand in an address: words are never part of it. `path`: the view they belong to. */
export function useFilters(path: string): { chosen: Chosen; choose: (name: Name, value: string | undefined) => void } {
  const { query, route } = useLocation();
  const chosen = named(query);
  const choose = (name: Name, value: string | undefined) => {
    const search = new URLSearchParams(changed(chosen, name, value)).toString();
    route(search ? `${path}?${search}` : path, true);
  };
  return { chosen, choose };
}

/** Another shop's connection is none of the one that is chosen now. */
export function changed(chosen: Chosen, name: Name, value: string | undefined): Chosen {
  const others: Chosen = { ...chosen };
  delete others[name];
  if (name === "of") delete others.connection;
  return value ? { ...others, [name]: value } : others;
}

/** Of which connections, as the API takes it. */
export function whereOf({ connection, of }: Chosen): { connection: string | null; shop: string | null } {
  return {
    connection: connection ? `gid://stockbridge/Connection/${connection}` : null,
    shop: of ? `gid://stockbridge/Shop/${of}` : null,
  };
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
    ...whereOf(chosen),
    since: days ? new Date(today.getTime() - days * 86_400_000).toISOString() : null,
  };
}

/** What words find stands in the order of what they found. */
export function sortOf({ sort }: Chosen): RecordSort {
  return sort === "OLDEST" ? sort : "NEWEST";
}

/** What is done in bulk is done to what waits: elsewhere nothing is offered. */
export function mayWait(chosen: Chosen, words: string): boolean {
  return chosen.state === "HELD" || chosen.state === "WAITING" || Boolean(chosen.code) || (Boolean(words) && !chosen.state);
}

/** Words that could be the name of an order that nobody has heard of. */
export function isName(words: string): boolean {
  return /^#?[A-Za-z0-9][\w./-]{1,30}$/.test(words.trim());
}
