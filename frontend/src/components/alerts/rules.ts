// The rules of alerts as a form holds them: flat, and as the API is told of them.
import type { AlertKind, AlertPartsFragment, AlertSensitivity, AlertSettingsInput } from "../../api/typed";
import { alerts as words } from "../../texts/alerts";

type Rule = Omit<AlertPartsFragment["rules"][number], "cooldownMinutes"> & { cooldown: string };

export type NumberName = keyof typeof words.numbers;

export const NUMBERS = Object.keys(words.numbers) as NumberName[];

/** Numbers as they were typed: what is none is refused by the API, in words. */
export interface Entered {
  rules: Rule[];
  quiet: boolean;
  begin: string;
  end: string;
  weekends: boolean;
  zone: string;
  numbers: Record<NumberName, string>;
  sensitivity: AlertSensitivity;
  senderName: string;
  senderAddress: string;
}

export function entered(settings: AlertPartsFragment): Entered {
  const { quiet, zone, sensitivity, senderName, senderAddress } = settings;
  return {
    rules: settings.rules.map(({ kind, on, cooldownMinutes, throughQuiet }) => ({ kind, on, throughQuiet, cooldown: String(cooldownMinutes) })),
    quiet: Boolean(quiet),
    begin: quiet?.begin ?? "22:00",
    end: quiet?.end ?? "07:00",
    weekends: quiet?.weekends ?? false,
    zone,
    numbers: Object.fromEntries(NUMBERS.map((name) => [name, String(settings[name])])) as Record<NumberName, string>,
    sensitivity,
    senderName,
    senderAddress: senderAddress ?? "",
  };
}

export function wished(form: Entered): AlertSettingsInput {
  const numbers = Object.fromEntries(NUMBERS.map((name) => [name, numbered(form.numbers[name])]));
  return {
    zone: form.zone.trim(),
    quiet: form.quiet ? { begin: form.begin, end: form.end, weekends: form.weekends } : null,
    rules: form.rules.map(({ kind, on, cooldown, throughQuiet }) => ({ kind, on, throughQuiet, cooldownMinutes: numbered(cooldown) })),
    ...numbers,
    sensitivity: form.sensitivity,
    senderName: form.senderName.trim(),
    senderAddress: form.senderAddress.trim() || null,
  };
}

/** What is no number is below every one that may be meant. */
function numbered(text: string): number {
  const value = Number(text.trim().replace(",", "."));
  return text.trim() && Number.isFinite(value) ? value : -1;
}

export function ruled(form: Entered, kind: AlertKind, change: Partial<Rule>): Entered {
  return { ...form, rules: form.rules.map((rule) => (rule.kind === kind ? { ...rule, ...change } : rule)) };
}
