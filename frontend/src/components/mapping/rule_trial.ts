// A rule tried on a real order while it is being written: asked for once the typing rests. Nothing is written anywhere.
import { keepPreviousData, useQuery } from "@tanstack/preact-query";
import { useEffect, useState } from "preact/hooks";
import { ask } from "../../api/door";
import { RuleTrialDocument } from "../../api/typed";
import type { RuleTrialQuery } from "../../api/typed";
import type { FieldRule } from "./rule_form";
import type { Kit } from "./rule_kit";

const RESTS = 350;

export type Trial = NonNullable<RuleTrialQuery["mappingRuleTry"]>;

/** `rule` null: it is not ready to be tried. */
export function useTrial(kit: Kit, rule: FieldRule | null) {
  const wanted = useRested(rule === null ? "" : JSON.stringify(rule));
  const { connection, version } = kit;
  const order = kit.order?.id ?? null;
  return useQuery({
    queryKey: ["mapping", connection, "trial", wanted, order, version],
    queryFn: () => ask(RuleTrialDocument, { connection, rule: JSON.parse(wanted) as unknown, order, version }),
    enabled: wanted !== "",
    placeholderData: keepPreviousData,
    refetchOnWindowFocus: false,
    staleTime: 60_000,
  });
}

function useRested(value: string): string {
  const [rested, rest] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => rest(value), RESTS);
    return () => clearTimeout(timer);
  }, [value]);
  return rested;
}
