// A stored rule as a sentence: what it starts from, what becomes of it, and when.
import { texts } from "../../texts/mapping_rules";
import { known } from "./rule_form";
import type { Condition, FieldRule, Part, Step, Test } from "./rule_form";

/** What people call each field of an order. */
export type Labels = ReadonlyMap<string, string>;

type Kind = "TEXT" | "NUMBER" | "DATE" | "FLAG" | "LIST";

/** What each of them holds. */
export type Kinds = ReadonlyMap<string, Kind>;

export function inWords(rule: FieldRule, labels: Labels): string {
  const words = texts.words;
  if (rule.liquid != null) return words.liquid;
  const start = partInWords(rule.start ?? {}, labels);
  return [start, ...(rule.steps ?? []).map((step) => stepInWords(step, labels))].join(", ");
}

/** Nothing where it always holds. */
export function conditionInWords({ tests = [], needs }: Condition, labels: Labels, kinds?: Kinds): string {
  const between = needs === "any" ? texts.words.or : texts.words.and;
  return tests.map((test) => testInWords(test, labels, kinds)).join(` ${between} `);
}

/** Texts, dates and lists are not compared in the same words. */
export function comparison(operator: string, kind: Kind | undefined): string {
  const own = kind === "DATE" ? texts.comparisonsOfDates : kind === "LIST" ? texts.comparisonsOfLists : {};
  return own[operator] ?? texts.comparisons[operator] ?? operator.replaceAll("_", " ");
}

export function partInWords({ field, text = "" }: Part, labels: Labels): string {
  return field ? (labels.get(field) ?? field) : text ? quoted(text) : texts.words.nothing;
}

export const quoted = (text: unknown) => `“${String(text)}”`;

function stepInWords(step: Step, labels: Labels): string {
  const words = texts.words.steps;
  const said = (name: string) => String(step[name] ?? "");
  if (!known(step.do)) return texts.words.unknown;
  switch (step.do) {
    case "join":
      return words.join(((step["parts"] as Part[] | undefined) ?? []).map((part) => partInWords(part, labels)), String(step["separator"] ?? " "));
    case "split":
      return words.split(said("separator"), Number(step["place"] ?? 1));
    case "change":
      return words.change[said("how")] ?? said("how");
    case "cut":
      return words.cut(Number(step["most"]));
    case "replace":
      return words.replace(said("old"), said("new"));
    case "round":
      return words.round(Number(step["places"] ?? 2));
    case "calculate":
      return words.calculate(texts.sums[said("how")] ?? said("how"), said("amount"));
    case "date":
      return words.date(formInWords(String(step["form"] ?? "%Y-%m-%d")), String(step["zone"] ?? "UTC"));
    case "look_up":
      return words.lookUp(said("table"), step["required"] !== false);
    case "default":
      return words.default(said("text"));
    case "currency":
      return words.currency(said("to").toUpperCase());
  }
}

function testInWords({ field, operator, values = [] }: Test, labels: Labels, kinds?: Kinds): string {
  const held = values.map(quoted).join(` ${texts.words.or} `);
  return [labels.get(field) ?? field, comparison(operator, kinds?.get(field)), held].filter(Boolean).join(" ");
}

const SAMPLE: Record<string, string> = {
  Y: "2026", y: "26", m: "12", d: "31", H: "18", M: "30", S: "05", j: "365", b: "Dec", B: "December", a: "Thu", A: "Thursday",
  z: "+0000", Z: "UTC", "%": "%",
};

/** What the last day of 2026 would look like. */
export function formInWords(form: string): string {
  return form.replaceAll(/%([A-Za-z%])/g, (sign, letter: string) => SAMPLE[letter] ?? sign);
}
