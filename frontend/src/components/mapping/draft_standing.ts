// How a mapping stands: the version in force, and the draft with how much it differs. Every view of the mapping shows it.
import { useQuery } from "@tanstack/preact-query";
import { ask } from "../../api/door";
import { MappingStandingDocument } from "../../api/typed";
import type { MappingStandingQuery } from "../../api/typed";
import { draft as words } from "../../texts/mapping_versions";
import { amount, nothing } from "./differences";
import type { Amount } from "./differences";

const EVERY = 5_000;

export type Draft = NonNullable<MappingStandingQuery["mappingDraft"]>;

/** `differs` is null where nothing is in force that it could differ from. */
export interface Standing {
  draft: Draft;
  differs: Amount | null;
}

export const standingKey = (connection: string) => ["mapping", connection, "standing"];

export function useStanding(connection: string) {
  return useQuery({
    queryKey: standingKey(connection),
    queryFn: () => ask(MappingStandingDocument, { connection }),
    refetchInterval: EVERY,
  });
}

export function standing(data: MappingStandingQuery | undefined): Standing | undefined {
  if (!data?.mappingDraft) return undefined;
  return { draft: data.mappingDraft, differs: data.mappingDiff && amount(data.mappingDiff) };
}

/** What differs, as a sentence. */
export function said(differs: Amount | null): string {
  if (!differs) return words.first;
  return nothing(differs) ? words.same : words.differs(differs.rows, differs.rules);
}
