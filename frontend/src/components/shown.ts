// How moments, amounts and failures are put into words.
import { ApiFailure } from "../api/failure";
import { texts } from "../texts";

const moment = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });

const second = new Intl.DateTimeFormat(undefined, { timeStyle: "medium" });

export function when(iso: string | null | undefined): string {
  return iso ? moment.format(new Date(iso)) : texts.general.never;
}

/** The time of day, to the second: for what happens while somebody looks. */
export function clock(iso: string): string {
  return second.format(new Date(iso));
}

export function money(value: { amount: string; currency: string } | null | undefined): string {
  if (!value) return texts.general.unknown;
  return new Intl.NumberFormat(undefined, { style: "currency", currency: value.currency }).format(Number(value.amount));
}

export function counted(value: { count: number; precision: "EXACT" | "AT_LEAST" }): string {
  const count = new Intl.NumberFormat().format(value.count);
  return value.precision === "AT_LEAST" ? texts.general.atLeast(count) : count;
}

export function sentence(error: unknown): string {
  if (!(error instanceof ApiFailure)) return texts.general.silent;
  if (error.code === "api.unreachable") return texts.general.unreachable;
  return error.message || texts.general.silent;
}

/** An order's own part of its global id: what stands in the address. */
export function local(id: string): string {
  return id.slice(id.lastIndexOf("/") + 1);
}

/** As a sentence: what the engine and the list of codes say begins small, with names in backticks. */
export function advised(advice: string | null | undefined): string {
  const plain = (advice ?? "").replaceAll(/`([^`]+)`/g, "“$1”");
  return plain.slice(0, 1).toUpperCase() + plain.slice(1);
}
