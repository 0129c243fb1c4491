// How a run's length and what it did are put into words.
import type { RunRowFragment } from "../api/typed";
import { runPage as words } from "../texts/runs";

/** From its beginning to its end, or to now. */
export function took({ startedAt, endedAt }: Pick<RunRowFragment, "startedAt" | "endedAt">): string {
  const end = endedAt ? Date.parse(endedAt) : Date.now();
  return words.seconds(Math.max(0, end - Date.parse(startedAt)) / 1_000);
}

/** Replays and back-fills count orders, plans levels or prices. */
export function doneOf({ kind, flow, progress: { done, total } }: RunRowFragment): string {
  if (kind !== "TURN" || flow === "ORDERS") return words.ofOrders(done, total);
  return flow === "PRICES" ? words.ofPrices(done, total) : words.of(done, total);
}

export function tallied({ tallies }: Pick<RunRowFragment, "tallies">, name: string): number {
  return tallies.find((each) => each.name === name)?.count ?? 0;
}
