// A table saved into the draft, which is begun where there is none: as it was seen, or not at all.
import { useMutation, useQueryClient } from "@tanstack/preact-query";
import { ask } from "../../api/door";
import { TableDocument, TableDraftBeginDocument, TableDraftSaveDocument } from "../../api/typed";
import { useDeed } from "../change";
import type { Wrong } from "../change";
import { stored } from "./table_rows";
import type { Edits, Row } from "./table_rows";

export interface Seen {
  revision: string | null;
  rows: Row[];
}

interface Wanted {
  seen: Seen;
  edits: Edits;
}

/** What others made of the table since it was seen is no fault of the edits: they stay, to be looked at beside it. */
export const OVERTAKEN = "mapping.draft_changed";

export async function loaded(connection: string, table: string): Promise<Seen> {
  const { mappingTables } = await ask(TableDocument, { connection, table });
  return { revision: mappingTables?.revision ?? null, rows: mappingTables?.tables[0]?.rows ?? [] };
}

export function useTableSaving(connection: string, table: string, sentence: string) {
  const answers = useQueryClient();
  const { needs, open } = useDeed(TableDraftSaveDocument);
  const save = useMutation({
    mutationFn: async ({ seen, edits }: Wanted): Promise<Wrong[]> => {
      open();
      const begun = seen.revision ? undefined : await begin(connection, table, seen, sentence);
      if (begun?.wrong.length) return begun.wrong;
      const revision = seen.revision ?? begun?.revision ?? "";
      const input = { name: table, rows: stored(seen.rows, edits) };
      const { mappingDraftSave } = await ask(TableDraftSaveDocument, { connection, revision, table: input });
      return mappingDraftSave.userErrors;
    },
    onSettled: () => answers.invalidateQueries(),
  });
  return { ...save, needs };
}

/** Between the look at what is in force and the draft that was made of it, somebody may have published. */
async function begin(connection: string, table: string, seen: Seen, sentence: string) {
  const { mappingDraftBegin } = await ask(TableDraftBeginDocument, { connection });
  const now = await loaded(connection, table);
  const same = JSON.stringify(now.rows) === JSON.stringify(seen.rows);
  const wrong = same ? [] : [{ code: OVERTAKEN, message: sentence }];
  return { revision: mappingDraftBegin.draft?.revision, wrong: [...mappingDraftBegin.userErrors, ...wrong] };
}
