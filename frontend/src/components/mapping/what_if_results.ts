// What a what-if counted, and which of its orders are shown; pure.
import type { WhatIfOutcome, WhatIfQuery } from "../../api/typed";

type Run = NonNullable<WhatIfQuery["whatIf"]>["run"];
export type Counts = NonNullable<WhatIfQuery["whatIf"]>["counts"];

export const DIFFERING: WhatIfOutcome[] = [
  "CHANGED",
  "NEWLY_HELD",
  "NO_LONGER_HELD",
  "HELD_OTHERWISE",
  "NEWLY_SKIPPED",
  "NO_LONGER_SKIPPED",
  "SKIPPED_OTHERWISE",
  "GONE",
  "UNREADABLE",
];

/** Nothing chosen: all that differ. */
export type Filter = WhatIfOutcome | undefined;

export function outcomes(filter: Filter): WhatIfOutcome[] {
  return filter ? [filter] : DIFFERING;
}

export function count(counts: Counts, among: WhatIfOutcome[]): number {
  return counts.filter(({ code, outcome }) => code === null && among.includes(outcome)).reduce((sum, { count: n }) => sum + n, 0);
}

/** The outcomes that any order has, those that differ first. */
export function present(counts: Counts): WhatIfOutcome[] {
  return [...DIFFERING, "SAME" as const].filter((outcome) => count(counts, [outcome]) > 0);
}

/** How many orders were found and how many of them looked at; null: it has not begun. */
export function progress(tallies: Run["tallies"]): { found: number; read: number; differ: number } | null {
  const of = (name: string) => tallies.find((each) => each.name === name)?.count;
  const found = of("found");
  if (found === undefined) return null;
  const read = of("read") ?? 0;
  return { found, read, differ: read - (of("orders_same") ?? 0) };
}

/** What it was asked for: `version` as people name it, `now` the state of it that is looked at, `was` the number it is held against. */
export function asked(request: Run["request"]): { version: string; now: string; was: string } {
  const of = (name: string) => request.find((each) => each.name === name)?.value ?? "";
  return { version: of("version"), now: of("now"), was: of("compared_with") };
}
