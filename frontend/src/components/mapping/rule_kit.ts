// What every part of the rule builder needs to know: the order's fields, the ERP's, the tables, and the order it is tried on.
import type { Comparisons, Missing, Source, Target } from "./rule_sources";
import type { Kinds, Labels } from "./rule_words";

export interface Kit {
  connection: string;
  sources: Source[];
  targets: Target[];
  /** What this ERP does not have, though people look for it. */
  missing: Missing[];
  comparisonsByKind: Comparisons;
  tables: string[];
  labels: Labels;
  kinds: Kinds;
  /** Whose tables a rule is tried with. */
  version: "draft" | "current";
  /** The order that rules are tried on, and what it is called. */
  order: { id: string; name: string } | null;
  /** Whether what is still empty is a mistake by now: after a try to save. */
  strict: boolean;
}

/** A mistake is shown where something was written, or once it was to be saved. */
export function shown(kit: Kit, message: string | undefined, value: string): string | undefined {
  return kit.strict || value ? message : undefined;
}

const PATIENCE = 5_000;

/** Waits until what was just changed is drawn, and its script is there. */
export function focusSoon(id: string): void {
  const until = performance.now() + PATIENCE;
  const look = () => {
    const found = document.getElementById(id);
    if (found) found.focus();
    else if (performance.now() < until) soon();
  };
  const soon = () => requestAnimationFrame(() => setTimeout(look));
  soon();
}
