// A rule of a version in words, as the builder says it; what cannot be said so is left to be shown as it is stored.
import { texts } from "../../texts/mapping_rules";
import type { FieldRule, Gate } from "./rule_form";
import { conditionInWords, inWords } from "./rule_words";
import type { Labels } from "./rule_words";

/** `when` is empty where it always holds; `liquid` is the rule's own text where it is written so. */
export interface Said {
  what: string;
  when: string;
  liquid?: string;
}

export function said(rule: unknown, labels: Labels): Said | undefined {
  try {
    if (isField(rule)) {
      const written = { what: inWords(rule, labels), when: conditionInWords(rule.when ?? {}, labels) };
      return typeof rule.liquid === "string" ? { ...written, liquid: rule.liquid } : written;
    }
    if (isGate(rule)) {
      const { holdWords, skipWords } = texts.gates;
      return { what: rule.do === "skip" ? skipWords : holdWords, when: conditionInWords(rule.when, labels) };
    }
  } catch {
    // A version of long ago may hold what nobody would store today.
  }
  return undefined;
}

function isField(rule: unknown): rule is FieldRule {
  return has(rule, "target");
}

function isGate(rule: unknown): rule is Gate {
  return has(rule, "do") && has(rule, "sentence");
}

function has(rule: unknown, name: string): boolean {
  return typeof rule === "object" && rule !== null && typeof (rule as Record<string, unknown>)[name] === "string";
}
