// Field rules and gates as they are stored, and what each kind of step is given.

export interface Part {
  field?: string | null;
  text?: string;
}

/** `do` says which kind it is; what else it holds, `STEPS` tells. */
export type Step = { do: string } & Record<string, unknown>;

export interface Test {
  field: string;
  operator: string;
  values?: string[];
}

export interface Condition {
  tests?: Test[];
  needs?: "all" | "any";
}

export interface FieldRule {
  id: string;
  target: string;
  start?: Part;
  steps?: Step[];
  when?: Condition;
  liquid?: string | null;
}

export interface Gate {
  id: string;
  when: Condition;
  do: string;
  sentence: string;
}

export interface Rules {
  fields?: FieldRule[];
  gates?: Gate[];
}

export const KINDS = [
  "join",
  "split",
  "look_up",
  "default",
  "change",
  "cut",
  "replace",
  "date",
  "round",
  "calculate",
  "currency",
] as const;

export type Kind = (typeof KINDS)[number];

/** What an argument is: how it is asked for, and how it is stored. */
export type Taken = "text" | "whole" | "amount" | "case" | "sum" | "table" | "must" | "form" | "zone" | "code";

export interface Argument {
  name: string;
  takes: Taken;
  start: string;
  /** Whether it may stay empty. */
  bare?: boolean;
}

/** The parts of a join are asked for besides. */
export const STEPS: Record<Kind, readonly Argument[]> = {
  join: [{ name: "separator", takes: "text", start: " ", bare: true }],
  split: [
    { name: "separator", takes: "text", start: "", bare: true },
    { name: "place", takes: "whole", start: "1" },
  ],
  look_up: [
    { name: "table", takes: "table", start: "" },
    { name: "required", takes: "must", start: "true" },
  ],
  default: [{ name: "text", takes: "text", start: "" }],
  change: [{ name: "how", takes: "case", start: "upcase" }],
  cut: [{ name: "most", takes: "whole", start: "30" }],
  replace: [
    { name: "old", takes: "text", start: "" },
    { name: "new", takes: "text", start: "", bare: true },
  ],
  date: [
    { name: "form", takes: "form", start: "%Y-%m-%d" },
    { name: "zone", takes: "zone", start: "UTC" },
  ],
  round: [{ name: "places", takes: "whole", start: "2" }],
  calculate: [
    { name: "how", takes: "sum", start: "times" },
    { name: "amount", takes: "amount", start: "" },
  ],
  currency: [{ name: "to", takes: "code", start: "" }],
};

export const MOST_STEPS = 20;
export const MOST_TESTS = 20;

/** Comparisons that hold a field against nothing. */
export const ALONE: readonly string[] = ["empty", "filled"];

/** Comparisons of one value; all others take several. */
export const SINGLE: readonly string[] = ["above", "below", "at_least", "at_most", "before", "after", "on", "within_days", "older_than_days"];

/** Comparisons with a day. */
export const DAYS: readonly string[] = ["above", "below", "at_least", "at_most", "before", "after", "on"];

/** Comparisons that the clock decides: only gates take them. */
export const AGES: readonly string[] = ["within_days", "older_than_days"];

export function known(kind: string): kind is Kind {
  return (KINDS as readonly string[]).includes(kind);
}
