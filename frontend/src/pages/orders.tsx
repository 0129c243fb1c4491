// Orders and every other record: one search over all of them, filters, a page at a time, and many done at once.
import { keepPreviousData, useQuery } from "@tanstack/preact-query";
import { useMemo, useState } from "preact/hooks";
import { ask } from "../api/door";
import { RecordsDocument } from "../api/typed";
import { Answer } from "../components/answer";
import { Barred } from "../components/may";
import { PagedTable, usePages } from "../components/paged";
import { Bulk } from "../components/records/bulk";
import { filterOf, isName, kindsOf, mayWait, sortOf, useFilters } from "../components/records/filtering";
import { Filters } from "../components/records/filters";
import { RecordRows } from "../components/records/rows";
import { Unheard } from "../components/records/unheard";
import { records } from "../texts/records";

const EVERY = 3_000;

export function Orders() {
  const said = records.list;
  const { chosen, choose } = useFilters("/orders");
  const [typed, search] = useState("");
  const words = typed.trim();
  const sought = JSON.stringify([words, chosen]);
  const filter = useMemo(() => filterOf(chosen, words, new Date()), [sought]);
  const sort = sortOf(chosen);
  const pages = usePages(sought);
  const [ticked, tick] = useState<{ sought: string; ids: string[] }>({ sought, ids: [] });
  const ids = ticked.sought === sought ? ticked.ids : [];
  const query = useQuery({
    queryKey: ["records", filter, sort, pages.after],
    queryFn: () => ask(RecordsDocument, { filter, after: pages.after, sort }),
    placeholderData: keepPreviousData,
    refetchInterval: EVERY,
  });
  const mark = (id: string, on: boolean) => tick({ sought, ids: on ? [...ids, id] : ids.filter((each) => each !== id) });
  return (
    <s-page heading={said.heading}>
      <Barred needs="WRITE_RETRY" />
      <s-section accessibilityLabel={said.heading} padding="none">
        <s-box padding="base">
          <s-stack gap="base">
            <Filters words={typed} search={search} chosen={chosen} choose={choose} />
            {(ids.length > 0 || mayWait(chosen, words)) && (
              <Bulk
                key={sought}
                what={ids.length ? records.bulk.chosen(ids.length) : records.bulk.matching}
                filter={ids.length ? { ids } : filter}
                done={() => tick({ sought, ids: [] })}
              />
            )}
          </s-stack>
        </s-box>
        <Answer
          query={query}
          empty={({ recordSearch }) => (recordSearch.nodes.length ? undefined : <Nothing words={words} filtered={Object.keys(chosen).some((name) => name !== "sort")} />)}
        >
          {({ recordSearch }) => (
            <PagedTable pages={pages} info={recordSearch.pageInfo}>
              <RecordRows rows={recordSearch.nodes} mixed={kindsOf(chosen, words)?.length !== 1} ticked={ids} tick={mark} />
            </PagedTable>
          )}
        </Answer>
      </s-section>
    </s-page>
  );
}

function Nothing({ words, filtered }: { words: string; filtered: boolean }) {
  const said = records.list;
  if (words && !filtered && isName(words)) return <Unheard key={words} name={words} />;
  const sought = Boolean(words) || filtered;
  return (
    <s-empty-state heading={sought ? said.nothing : said.empty}>
      <s-text slot="subheading">{sought ? said.nothingMore : said.emptyMore}</s-text>
    </s-empty-state>
  );
}
