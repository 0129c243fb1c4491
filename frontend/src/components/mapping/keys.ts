// What may stand on the left of a table, where there is a list of it: things of ours by name, and the shop's locations.
import { useQuery } from "@tanstack/preact-query";
import { ask } from "../../api/door";
import { PlacesDocument } from "../../api/typed";
import { texts } from "../../texts";
import type { Choice } from "./waiting";

/** Nothing: whatever is typed. The locations are there once the shop's were read. */
export function useKeys(connection: string, table: string): Choice[] | null {
  const places = useQuery({
    queryKey: ["places", connection],
    queryFn: () => ask(PlacesDocument, { connection }),
    enabled: table === "locations",
  });
  if (table === "special") return Object.entries(texts.unmapped.special).map(([code, label]) => ({ code, label }));
  const read = places.data?.stockSettings?.locations ?? [];
  return read.length ? read.map(({ key, name }) => ({ code: key, label: name })) : null;
}
