// How much a draft differs, and what may be done with it; pure.
import type { DifferencesFragment } from "../../api/typed";

export interface Amount {
  rows: number;
  rules: number;
}

export function amount(diff: Pick<DifferencesFragment, "tables"> & { rules: unknown[] }): Amount {
  const rows = diff.tables.reduce((sum, { added, removed, changed }) => sum + added + removed + changed, 0);
  return { rows, rules: diff.rules.length };
}

export function nothing({ rows, rules }: Amount): boolean {
  return rows + rules === 0;
}

/** As `mappingDiff` names them: a number, `draft` or `current`; whatever else an address says is none of them. */
export function named(given: string | undefined, otherwise: "draft" | "current"): string {
  return given && /^(draft|current|[1-9][0-9]{0,8})$/.test(given) ? given : otherwise;
}
