// Of which shop and which connection: offered where the organisation has several, and one with several.
import { useQuery } from "@tanstack/preact-query";
import type { ConnectionsQuery } from "../../api/typed";
import { records } from "../../texts/records";
import { CONNECTIONS, called } from "../connected";
import { local } from "../shown";
import { Choice } from "./choice";
import type { Chosen, Name } from "./filtering";

type Known = ConnectionsQuery["connections"];

interface Given {
  chosen: Chosen;
  choose: (name: Name, value: string | undefined) => void;
}

const said = records.list;

/** Every connection that is known by now, of all shops. */
export function useKnown(): Known {
  const { data } = useQuery(CONNECTIONS);
  return data?.connections ?? [];
}

/** Whether what is listed says of which shop it is. */
export function useSeveral(): boolean {
  return shopsOf(useKnown()).length > 1;
}

export function Where({ chosen, choose }: Given) {
  const known = useKnown();
  const shops = shopsOf(known);
  const own = known.filter(({ shop }) => !chosen.of || local(shop.id) === chosen.of);
  return (
    <>
      {(shops.length > 1 || chosen.of) && (
        <Choice
          label={said.shop}
          value={chosen.of}
          choose={(value) => choose("of", value)}
          all={said.anyShop}
          options={shops.map(({ id, name }) => ({ value: local(id), label: name }))}
        />
      )}
      {(own.length > 1 || chosen.connection) && (
        <Choice
          label={said.connection}
          value={chosen.connection}
          choose={(value) => choose("connection", value)}
          all={said.anyConnection}
          options={own.map((each) => ({ value: local(each.id), label: called(each, own) }))}
        />
      )}
    </>
  );
}

function shopsOf(known: Known): Known[number]["shop"][] {
  return [...new Map(known.map(({ shop }) => [shop.id, shop])).values()];
}
