// What tables and rules of a version are called on the page; pure.
import type { RuleNamesFragment } from "../../api/typed";
import { versions } from "../../texts/mapping_versions";
import { worded } from "../tree";

const FREE = /^free:/;

export function tableName(name: string): string {
  const plain = worded(name.replace(FREE, ""));
  return plain.slice(0, 1).toUpperCase() + plain.slice(1);
}

/** A table's default is the row for everything that it does not name. */
export function keyName(key: string): string {
  return key === "*" ? versions.otherwise : key;
}

/** A rule as it is stored, as far as its name goes. */
interface Stored {
  id?: unknown;
  target?: unknown;
  sentence?: unknown;
}

/** The field it fills, by the ERP's name for it; of a gate what people are told; else its own id. */
export function ruleName(rule: unknown, id: string | null, names: RuleNamesFragment | null): string {
  const { target, sentence, id: own } = (typeof rule === "object" && rule !== null ? rule : {}) as Stored;
  if (typeof target === "string") return names?.targets.find(({ name }) => name === target)?.label ?? target;
  if (typeof sentence === "string") return sentence;
  return id ?? (typeof own === "string" ? own : "");
}

/** The rules of one section of a version, in their order. */
export function ruleList(rules: unknown, section: "fields" | "gates"): unknown[] {
  const found = (typeof rules === "object" && rules !== null ? rules : {}) as Record<string, unknown>;
  return Array.isArray(found[section]) ? found[section] : [];
}
