// The fields of an order as people look for them: in groups, by words, and with the comparisons that fit what they hold.
import type { RuleBookQuery } from "../../api/typed";
import { texts } from "../../texts/mapping_rules";
import { AGES } from "./rule_form";

export type Source = NonNullable<RuleBookQuery["mappingFields"]>["sources"][number];
export type Target = NonNullable<RuleBookQuery["mappingFields"]>["targets"][number];
export type Missing = NonNullable<RuleBookQuery["mappingFields"]>["missing"][number];

/** What a field is one of: the whole order, each of its lines, or each of its payments. */
export type Of = "ORDER" | "LINE" | "PAYMENT";

export function ofWhat({ perLine, perPayment }: Pick<Source, "perLine" | "perPayment">): Of {
  return perLine ? "LINE" : perPayment ? "PAYMENT" : "ORDER";
}

/** What a rule about one of those may use; `gate`: also what only gates may ask about. */
export function usable(sources: Source[], of: Of, gate: boolean): Source[] {
  return sources.filter((source) => ["ORDER", of].includes(ofWhat(source)) && (gate || !source.gatesOnly));
}

export interface Group {
  name: string;
  sources: Source[];
}

const MONEY = /^order\.(currency|total|tax_total|tip|shipping_total|paid|money_state|payment_methods|discount_codes|taxes_included|tax_exempt)$/;

function groupOf(path: string): string {
  const [head = "", second = "", rest] = path.split(".");
  if (head !== "order") return head;
  if (rest !== undefined) return second;
  return MONEY.test(path) ? "money" : "order";
}

/** In the order in which the first of each group comes. */
export function grouped(sources: Source[]): Group[] {
  const found = new Map<string, Source[]>();
  for (const source of sources) found.set(groupOf(source.path), [...(found.get(groupOf(source.path)) ?? []), source]);
  return [...found].map(([name, each]) => ({ name: texts.groups[name] ?? sentence(name), sources: each }));
}

/** Those whose label, path or value holds every word. */
export function sought(sources: Source[], words: string, values: ReadonlyMap<string, string>): Source[] {
  const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
  return sources.filter(({ label, path }) => {
    const text = `${label} ${path} ${values.get(path) ?? ""}`.toLowerCase();
    return wanted.every((word) => text.includes(word));
  });
}

/** Under the heading of its group a label need not say the group again. */
export function short(label: string): string {
  const plain = label.replace(/^[^:]+: /, "");
  return plain === label ? label : sentence(plain);
}

export type Comparisons = NonNullable<RuleBookQuery["mappingFields"]>["comparisonsByKind"];

/** What can be asked of a field of this kind, the most likely first. `gate`: also what only gates may ask. */
export function fitting(kind: Source["kind"], comparisons: Comparisons, gate: boolean): string[] {
  const fit = comparisons.find((each) => each.kind === kind)?.comparisons ?? [];
  return fit.filter((each) => gate || !AGES.includes(each));
}

function sentence(name: string): string {
  const plain = name.replaceAll("_", " ");
  return plain.slice(0, 1).toUpperCase() + plain.slice(1);
}
