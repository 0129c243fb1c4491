// Rules on their way into the draft: it is begun where there is none, and what somebody else stored meanwhile is never lost.
import { ask } from "../../api/door";
import { RuleDraftBeginDocument, RulesSaveDocument } from "../../api/typed";
import type { DraftRulesFragment } from "../../api/typed";
import { same } from "./rule_book";
import type { Book, Stored } from "./rule_book";
import type { Rules } from "./rule_form";

const TRIES = 3;
const ANEW = new Set(["mapping.draft_changed", "mapping.no_draft"]);

/** What became of it: it is stored, somebody else stored other rules, or it was refused. */
export type Outcome =
  | { is: "stored"; stored: Stored }
  | { is: "met"; theirs: Stored; by: string }
  | { is: "refused"; messages: string[] };

/** A draft of the same rules as were seen is saved into, whatever else of it was changed. */
export async function save(connection: string, { base, rules }: Book): Promise<Outcome> {
  let revision = base.revision;
  let refused: Outcome = { is: "refused", messages: [] };
  for (let tries = 0; tries < TRIES; tries += 1) {
    if (revision === null) {
      const { draft, userErrors } = (await ask(RuleDraftBeginDocument, { connection })).mappingDraftBegin;
      if (!draft) return { is: "refused", messages: userErrors.map(({ message }) => message) };
      if (!same(rulesOf(draft), base.rules)) return { is: "met", theirs: storedOf(draft), by: draft.changedBy };
      revision = draft.revision;
    }
    const { draft, userErrors } = (await ask(RulesSaveDocument, { connection, revision, rules })).mappingDraftSave;
    if (draft) return { is: "stored", stored: storedOf(draft) };
    refused = { is: "refused", messages: userErrors.map(({ message }) => message) };
    if (!userErrors.some(({ code }) => ANEW.has(code))) return refused;
    revision = null;
  }
  return refused;
}

export function storedOf(draft: DraftRulesFragment): Stored {
  return { revision: draft.revision, rules: rulesOf(draft) };
}

/** The API gives them as they are stored. */
export function rulesOf(said: { rules: unknown }): Rules {
  return (said.rules ?? {}) as Rules;
}
