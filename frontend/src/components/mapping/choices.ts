// The codes that the ERP takes in a table: asked for once in a while, for a list of them is read from the ERP itself.
import { useQuery } from "@tanstack/preact-query";
import { ask } from "../../api/door";
import { TableChoicesDocument } from "../../api/typed";
import type { Choice } from "./waiting";

const GOOD_FOR = 5 * 60_000;

/** Nobody finds a code in a longer list. */
const MOST = 200;

/** `undefined`: it is being asked for; `null`: any code may be entered. */
export function useChoices(connection: string, table: string): Choice[] | null | undefined {
  const { data, isError } = useQuery({
    queryKey: ["choices", connection, table],
    queryFn: () => ask(TableChoicesDocument, { connection, table }),
    staleTime: GOOD_FOR,
    refetchOnWindowFocus: false,
  });
  if (isError) return null;
  const listed = data?.tableChoices;
  return listed && listed.length > MOST ? null : data && (listed ?? null);
}
