// Both sides of a range of days, added up exactly: amounts are decimals in texts, and no cent is lost in floating point.
import type { ReconciledDaysQuery } from "../../api/typed";

export type Day = ReconciledDaysQuery["reconciledDays"]["days"][number];

export interface Sum {
  currency: string;
  storeCount: number;
  hostCount: number;
  storeAmount: string;
  hostAmount: string;
  difference: string;
}

const PLACES = 6;
const UNIT = 10n ** BigInt(PLACES);

/** In millionths. */
function exact(amount: string): bigint {
  const [, sign = "", whole = "0", part = ""] = /^(-?)(\d+)(?:\.(\d*))?$/.exec(amount) ?? [];
  const value = BigInt(whole) * UNIT + BigInt(part.slice(0, PLACES).padEnd(PLACES, "0"));
  return sign ? -value : value;
}

/** As a decimal again, with at least two places. */
function shown(value: bigint): string {
  const [sign, size] = value < 0n ? ["-", -value] : ["", value];
  const part = String(size % UNIT).padStart(PLACES, "0").replace(/0{1,4}$/, "");
  return `${sign}${size / UNIT}.${part}`;
}

export function difference(ours: string, theirs: string): string {
  return shown(exact(ours) - exact(theirs));
}

/** One sum for each currency, of the days that were compared. */
export function sums(days: Day[]): Sum[] {
  const groups = new Map<string, Day[]>();
  for (const day of days) if (day.comparedAt && day.currency) groups.set(day.currency, [...(groups.get(day.currency) ?? []), day]);
  return [...groups].sort(([one], [other]) => one.localeCompare(other)).map(([currency, own]) => summed(currency, own));
}

function summed(currency: string, days: Day[]): Sum {
  const store = days.reduce((total, day) => total + exact(day.storeAmount), 0n);
  const host = days.reduce((total, day) => total + exact(day.hostAmount), 0n);
  return {
    currency,
    storeCount: days.reduce((total, day) => total + day.storeCount, 0),
    hostCount: days.reduce((total, day) => total + day.hostCount, 0),
    storeAmount: shown(store),
    hostAmount: shown(host),
    difference: shown(store - host),
  };
}
