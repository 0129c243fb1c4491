// Which order is previewed, and under what: found by its name, the newest to begin with.
import { keepPreviousData, useQuery } from "@tanstack/preact-query";
import { useLocation } from "preact-iso";
import { useEffect, useState } from "preact/hooks";
import { ask } from "../../api/door";
import { MappingVersionsDocument, PreviewChoiceDocument } from "../../api/typed";
import { texts } from "../../texts";
import { changes, preview as words } from "../../texts/mapping_versions";
import { local } from "../shown";
import { among } from "./version_compare";
import { useWay } from "./way";

const NEWEST = 100;

export interface Chosen {
  /** The order's own part of its id. */
  order: string;
  name: string | undefined;
  version: string;
}

interface Given {
  connection: string;
  drafted: boolean;
  chosen: Chosen;
}

/** The orders whose names begin with these words, the newest first. */
export function useOrders(connection: string, sought: string) {
  return useQuery({
    queryKey: ["mapping", connection, "preview orders", sought],
    queryFn: () => ask(PreviewChoiceDocument, { connection, query: sought || null }),
    placeholderData: keepPreviousData,
  });
}

export function PreviewChoice({ connection, drafted, chosen }: Given) {
  const { route } = useLocation();
  const at = useWay();
  const [sought, seek] = useState("");
  const found = useOrders(connection, sought);
  const numbers = useQuery({
    queryKey: ["mapping", connection, "numbers"],
    queryFn: () => ask(MappingVersionsDocument, { connection, first: NEWEST }),
  });
  const orders = found.data?.orders.nodes ?? [];
  const choose = (given: Partial<Chosen>) => {
    const { order, version } = { ...chosen, ...given };
    route(at("/mapping/preview", { order, version }), true);
  };
  const [only, ...others] = orders;
  const single = sought && !found.isPlaceholderData && only && others.length === 0 ? local(only.id) : undefined;
  useEffect(() => {
    if (single && single !== chosen.order) choose({ order: single });
  }, [single]);
  const listed = orders.map(({ id, name, storeKey }) => ({ key: local(id), name: name ?? storeKey }));
  const known = listed.some(({ key }) => key === chosen.order);
  return (
    <s-query-container>
      <s-grid gridTemplateColumns="@container (inline-size > 480px) 1fr 1fr 1fr, 1fr" gap="small" alignItems="start">
        <s-search-field
          label={words.find}
          value={sought}
          {...(sought && !orders.length && !found.isFetching ? { details: words.noMatch } : {})}
          onInput={(event) => seek(event.currentTarget.value)}
        />
        <s-select label={words.order} value={chosen.order} onChange={(event) => choose({ order: event.currentTarget.value })}>
          {!known && <s-option value={chosen.order}>{chosen.name ?? texts.general.loading}</s-option>}
          {listed.map(({ key, name }) => (
            <s-option key={key} value={key}>
              {name}
            </s-option>
          ))}
        </s-select>
        <s-select label={words.by} value={chosen.version} onChange={(event) => choose({ version: event.currentTarget.value })}>
          {drafted && <s-option value="draft">{changes.draftChoice}</s-option>}
          <s-option value="current">{changes.currentChoice}</s-option>
          {among(numbers.data?.mappingVersions.nodes.map(({ number }) => number) ?? [], chosen.version).map((number) => (
            <s-option key={number} value={String(number)}>
              {changes.versionChoice(number)}
            </s-option>
          ))}
        </s-select>
      </s-grid>
    </s-query-container>
  );
}
