// What rows and rules of a version are called on the page; pure.
import type { RuleNamesFragment } from "../../api/typed";
import { versions } from "../../texts/mapping_versions";
import { unmapped } from "../../texts/unmapped";
import { DEFAULT } from "./table_rows";

/** What a row of a table is for. The default is the row for everything that the table does not name. `label`: as the store calls it. */
export function keyName(table: string, key: string, label?: string | null): string {
  if (key === DEFAULT) return versions.otherwise;
  if (label) return `${label} (${key})`;
  return (table === "special" && unmapped.special[key]) || key;
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
