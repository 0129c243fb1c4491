// A look-up table while it is changed: what is stored, and what a person made of it since. Nothing here asks or draws.

export interface Row {
  name: string;
  value: string;
}

/** By folded key. `null`: the row is to go. What is as it is stored is no edit. */
export type Edits = Record<string, { name: string; now: string | null }>;

export type Standing = "same" | "changed" | "new" | "gone";

export interface Shown extends Row {
  standing: Standing;
}

export const DEFAULT = "*";
export const PAGE = 50;
export const LONGEST = 500;

/** As tables are searched: neither capitals nor spaces around a key make a difference. */
export const fold = (key: string) => key.trim().toLowerCase();

export function edited(rows: Row[], edits: Edits, name: string, now: string | null): Edits {
  const key = fold(name);
  const stored = rows.find((row) => fold(row.name) === key);
  const { [key]: _, ...rest } = edits;
  const same = stored ? stored.value === now : now === null;
  return same ? rest : { ...rest, [key]: { name: stored?.name ?? name.trim(), now } };
}

/** Once what was sent is stored: what was changed while it was under way is still to be saved. */
export function unsent(edits: Edits, sent: Edits): Edits {
  return Object.fromEntries(Object.entries(edits).filter(([key, { now }]) => !(key in sent) || sent[key]?.now !== now));
}

/** What is new stands first, where it was put; what is to go keeps its place until it is saved. */
export function shown(rows: Row[], edits: Edits): Shown[] {
  const stored = new Set(rows.map(({ name }) => fold(name)));
  const fresh = Object.entries(edits)
    .filter(([key, { now }]) => !stored.has(key) && now !== null)
    .map(([, { name, now }]): Shown => ({ name, value: now ?? "", standing: "new" }))
    .toReversed();
  const kept = rows.map((row): Shown => {
    const edit = edits[fold(row.name)];
    if (!edit) return { ...row, standing: "same" };
    return edit.now === null ? { ...row, standing: "gone" } : { ...row, value: edit.now, standing: "changed" };
  });
  return [...fresh, ...kept];
}

/** The whole table as it is to be stored; a cell that was left blank takes its row away. */
export function stored(rows: Row[], edits: Edits): Row[] {
  return shown(rows, edits)
    .filter(({ standing, value }) => standing !== "gone" && value.trim())
    .map(({ name, value }) => ({ name, value: value.trim() }));
}

export function matching(rows: Shown[], words: string): Shown[] {
  const wanted = fold(words);
  return wanted ? rows.filter(({ name, value }) => `${name}\n${value}`.toLowerCase().includes(wanted)) : rows;
}

export interface Page<Each> {
  rows: Each[];
  at: number;
  before: boolean;
  after: boolean;
}

/** Never one that is not there: rows may have gone since it was turned to. */
export function paged<Each>(rows: Each[], wanted: number): Page<Each> {
  const last = Math.max(0, Math.ceil(rows.length / PAGE) - 1);
  const at = Math.min(Math.max(0, wanted), last);
  return { rows: rows.slice(at * PAGE, (at + 1) * PAGE), at, before: at > 0, after: at < last };
}

export type Fault = "key" | "value" | "long" | "double";

/** Why a row can't be put in; nothing where it can. */
export function fault(rows: Row[], edits: Edits, name: string, value: string): Fault | undefined {
  if (!name.trim()) return "key";
  if (!value.trim()) return "value";
  if (Math.max(name.trim().length, value.trim().length) > LONGEST) return "long";
  const there = shown(rows, edits).some((row) => fold(row.name) === fold(name) && row.standing !== "gone");
  return there ? "double" : undefined;
}

interface Key {
  code: string;
  label: string;
}

/** Of a list of what may stand on the left, what no row names yet. */
export function left(keys: Key[], rows: Shown[]): Key[] {
  const there = new Set(rows.filter(({ standing }) => standing !== "gone").map(({ name }) => fold(name)));
  return keys.filter(({ code }) => !there.has(fold(code)));
}

/** What people call a row. */
export function named(keys: Key[] | null): (name: string) => string {
  const labels = new Map(keys?.map(({ code, label }) => [fold(code), label]));
  return (name) => labels.get(fold(name)) ?? name;
}

/** Whether a table may have this name. */
export function known(table: string, ours: string[]): boolean {
  return ours.includes(table) || (table.startsWith(FREE) && OWN.test(table.slice(FREE.length)));
}

const FREE = "free:";
const OWN = /^[a-z][a-z0-9_]{0,39}$/;

/** A table's name as a person writes it, as it is stored; nothing where it can't be one. */
export function own(name: string): string | undefined {
  const made = name.trim().toLowerCase().replaceAll(/[\s-]+/g, "_");
  return OWN.test(made) ? `${FREE}${made}` : undefined;
}
