// The two steps of a file on its way in, and what stands between them: a draft that is begun for it.
import { ask } from "../../api/door";
import { TableDraftBeginDocument, TableImportCheckDocument, TableImportConfirmDocument } from "../../api/typed";
import type { TableImportCheckMutation } from "../../api/typed";

export type Check = TableImportCheckMutation["tableImportCheck"];

export interface File {
  table: string;
  csv: string;
  merge: boolean;
}

/** `anew`: nothing was done, and this is what it would do by now. */
export interface Confirmed {
  version?: number | null;
  wrong?: string | undefined;
  anew?: Check;
}

const OVERTAKEN = new Set(["table.overtaken", "table.no_draft"]);

export async function check(connection: string, file: File): Promise<Check> {
  return (await ask(TableImportCheckDocument, { connection, input: file })).tableImportCheck;
}

/** Whether two looks at the same file say the same of it. */
export function alike(one: Check, other: Check): boolean {
  const told = ({ added, changed, removed, changes, faults }: Check) => JSON.stringify([added, changed, removed, changes, faults]);
  return told(one) === told(other);
}

export async function confirm(connection: string, file: File, found: Check, publish: boolean): Promise<Confirmed> {
  const drafting = !publish && !found.intoDraft;
  if (drafting) {
    const { mappingDraftBegin } = await ask(TableDraftBeginDocument, { connection });
    const [error] = mappingDraftBegin.userErrors;
    if (error) return { wrong: error.message };
  }
  const now = drafting ? await check(connection, file) : found;
  if (!alike(now, found)) return { anew: now };
  return await put(connection, file, now, publish);
}

async function put(connection: string, file: File, found: Check, publish: boolean): Promise<Confirmed> {
  const token = found.token ?? "";
  const { tableImportConfirm } = await ask(TableImportConfirmDocument, { connection, input: file, token, publish });
  const [error] = tableImportConfirm.userErrors;
  if (!error) return { version: tableImportConfirm.version };
  if (!OVERTAKEN.has(error.code)) return { wrong: error.message };
  return { wrong: error.message, anew: await check(connection, file) };
}
