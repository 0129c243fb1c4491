// All rules of a mapping while somebody works on them: what is stored, what was changed since, and both put together when
// somebody else stored something meanwhile.
import { opened, openedGate, written, writtenGate } from "./rule_editing";
import type { EditedGate, EditedRule, Wrong } from "./rule_editing";
import type { FieldRule, Gate, Rules } from "./rule_form";

/** `revision` is the draft's as it was seen; null where there is none yet. */
export interface Stored {
  revision: string | null;
  rules: Rules;
}

/** `edited` and `gates` hold those that were opened, half written ones too; `rules` has what can be stored of them. */
export interface Book {
  base: Stored;
  rules: Rules;
  edited: Record<string, EditedRule>;
  gates: Record<string, EditedGate>;
  open: string | null;
}

export const shut = (base: Stored): Book => ({ base, rules: base.rules, edited: {}, gates: {}, open: null });

export const fieldsOf = (rules: Rules): FieldRule[] => rules.fields ?? [];
export const gatesOf = (rules: Rules): Gate[] => rules.gates ?? [];

export function openedIn(book: Book, id: string | null): Book {
  const rule = fieldsOf(book.rules).find((each) => each.id === id);
  const gate = gatesOf(book.rules).find((each) => each.id === id);
  if (rule) return { ...book, open: id, edited: { [rule.id]: opened(rule), ...book.edited } };
  if (gate) return { ...book, open: id, gates: { [gate.id]: openedGate(gate), ...book.gates } };
  return { ...book, open: null };
}

/** The same with other rules, on what is stored now: what is being written stays as it is where it still says the same. */
export function goneOn(book: Book, base: Stored, rules: Rules): Book {
  const told = new Set([...fieldsOf(rules).map(toldOf), ...gatesOf(rules).map(toldOfGate)]);
  const edited = Object.entries(book.edited).filter(([, each]) => told.has(toldOf(written(each).rule)));
  const gates = Object.entries(book.gates).filter(([, each]) => told.has(toldOfGate(writtenGate(each).gate)));
  return openedIn({ base, rules, edited: Object.fromEntries(edited), gates: Object.fromEntries(gates), open: null }, book.open);
}

const toldOf = (rule: FieldRule) => canonical({ fields: [rule] });
const toldOfGate = (gate: Gate) => canonical({ gates: [gate] });

/** A rule in the place of the one of its id, or behind all others; it is the open one. */
export function putIn(book: Book, edited: EditedRule): Book {
  const { rule } = written(edited);
  const rules = { ...book.rules, fields: put(fieldsOf(book.rules), rule) };
  return { ...book, rules, edited: { ...book.edited, [edited.id]: edited }, open: edited.id };
}

export function putGateIn(book: Book, edited: EditedGate): Book {
  const { gate } = writtenGate(edited);
  const rules = { ...book.rules, gates: put(gatesOf(book.rules), gate) };
  return { ...book, rules, gates: { ...book.gates, [edited.id]: edited }, open: edited.id };
}

export function takenFrom(book: Book, id: string): Book {
  const { [id]: _rule, ...edited } = book.edited;
  const { [id]: _gate, ...gates } = book.gates;
  const rules: Rules = { ...book.rules };
  if (rules.fields) rules.fields = rules.fields.filter((each) => each.id !== id);
  if (rules.gates) rules.gates = rules.gates.filter((each) => each.id !== id);
  return { ...book, rules, edited, gates, open: book.open === id ? null : book.open };
}

/** One place earlier or later among the rules of the same field, or among the gates. */
export function movedIn(book: Book, id: string, by: 1 | -1): Book {
  const fields = fieldsOf(book.rules);
  const target = fields.find((each) => each.id === id)?.target;
  const rules = target
    ? { ...book.rules, fields: moved(fields, id, by, (other) => other.target === target) }
    : { ...book.rules, gates: moved(gatesOf(book.rules), id, by, () => true) };
  return { ...book, rules };
}

/** What keeps it from being stored, by rule. */
export function faults(book: Book): Map<string, Wrong[]> {
  const rules = Object.values(book.edited).map((edited): [string, Wrong[]] => [edited.id, written(edited).wrong]);
  const gates = Object.values(book.gates).map((edited): [string, Wrong[]] => [edited.id, writtenGate(edited).wrong]);
  return new Map([...rules, ...gates].filter(([, wrong]) => wrong.length));
}

export function changed(book: Book): boolean {
  return !same(book.rules, book.base.rules) || faults(book).size > 0;
}

/** Whether both say the same: what is left out and its default are one, whatever order their names stand in. */
export function same(one: Rules, other: Rules): boolean {
  return canonical(one) === canonical(other);
}

export function canonical(rules: Rules): string {
  const fields = fieldsOf(rules).map((rule) => written(opened(rule)).rule);
  const gates = gatesOf(rules).map((gate) => writtenGate(openedGate(gate)).gate);
  return JSON.stringify({ fields, gates }, (_, value: unknown) => (plain(value) ? Object.fromEntries(Object.entries(value).sort()) : value));
}

function plain(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** What was changed since `base`, done again on what somebody else stored meanwhile. `both`: what both of you changed. */
export function merged(base: Rules, mine: Rules, theirs: Rules): { rules: Rules; both: string[] } {
  const fields = mergedList(fieldsOf(base), fieldsOf(mine), fieldsOf(theirs), toldOf);
  const gates = mergedList(gatesOf(base), gatesOf(mine), gatesOf(theirs), toldOfGate);
  return { rules: { ...theirs, fields: fields.list, gates: gates.list }, both: [...fields.both, ...gates.both] };
}

interface Named {
  id: string;
}

function mergedList<Each extends Named>(base: Each[], mine: Each[], theirs: Each[], told: (each: Each) => string) {
  const was = new Map(base.map((each) => [each.id, told(each)]));
  const now = new Map(theirs.map((each) => [each.id, told(each)]));
  const own = mine.filter((each) => was.get(each.id) !== told(each));
  const gone = base.filter(({ id }) => !mine.some((each) => each.id === id)).map(({ id }) => id);
  const both = [...own.map(({ id }) => id), ...gone].filter((id) => was.has(id) && now.get(id) !== was.get(id));
  const list = own.reduce((made, each) => put(made, each), theirs.filter(({ id }) => !gone.includes(id)));
  return { list: ordered(list, base, mine), both };
}

/** In my order where I changed it; what I never saw stays behind what it stood behind. */
function ordered<Each extends Named>(list: Each[], base: Each[], mine: Each[]): Each[] {
  const common = base.filter(({ id }) => mine.some((each) => each.id === id)).map(({ id }) => id);
  const now = mine.map(({ id }) => id).filter((id) => common.includes(id));
  if (now.join("\0") === common.join("\0")) return list;
  const places = list.flatMap(({ id }, at) => (now.includes(id) ? [at] : []));
  const wanted = now.flatMap((id) => list.filter((each) => each.id === id));
  const made = [...list];
  places.forEach((place, nth) => (made[place] = wanted[nth] ?? made[place]!));
  return made;
}

function put<Each extends Named>(list: Each[], one: Each): Each[] {
  return list.some(({ id }) => id === one.id) ? list.map((each) => (each.id === one.id ? one : each)) : [...list, one];
}

function moved<Each extends Named>(list: Each[], id: string, by: 1 | -1, beside: (each: Each) => boolean): Each[] {
  const places = list.flatMap((each, at) => (beside(each) ? [at] : []));
  const from = list.findIndex((each) => each.id === id);
  const to = places[places.indexOf(from) + by];
  const [one, other] = [list[from], to === undefined ? undefined : list[to]];
  if (!one || !other || to === undefined) return list;
  return list.map((each, at) => (at === from ? other : at === to ? one : each));
}
