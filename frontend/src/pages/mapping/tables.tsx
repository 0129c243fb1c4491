// The look-up tables: what each is there for, how much is in it, and what waits for an entry in one of them.
import { useQuery } from "@tanstack/preact-query";
import { useLocation } from "preact-iso";
import { useState } from "preact/hooks";
import { ask } from "../../api/door";
import { TablesDocument } from "../../api/typed";
import type { TablesQuery } from "../../api/typed";
import { Answer } from "../../components/answer";
import { Unconnected } from "../../components/connected";
import { MappingFrame } from "../../components/mapping/frame";
import { own } from "../../components/mapping/table_rows";
import { UnmappedSection } from "../../components/mapping/unmapped_section";
import { useWay } from "../../components/mapping/way";
import { when } from "../../components/shown";
import { texts } from "../../texts";
import { tablesPage } from "../../texts/mapping_tables";

const EVERY = 5_000;

export function MappingTables() {
  return <MappingFrame at="tables">{(connection) => <Content connection={connection} />}</MappingFrame>;
}

function Content({ connection }: { connection: string }) {
  const query = useQuery({
    queryKey: ["mapping", connection, "tables"],
    queryFn: () => ask(TablesDocument, { connection }),
    refetchInterval: EVERY,
  });
  return (
    <Answer query={query} empty={(data) => (data.mappingTables ? undefined : <Unconnected />)}>
      {(data) => (
        <>
          <FeedProblems data={data} />
          <UnmappedSection connection={connection} />
          <List data={data} />
          <Own />
        </>
      )}
    </Answer>
  );
}

function useHref(): (table: string) => string {
  const to = useWay();
  return (table) => to(`/mapping/tables/${encodeURIComponent(table)}`);
}

/** Deliveries that were refused: what their tables say may be out of date. */
function FeedProblems({ data }: { data: TablesQuery }) {
  const words = tablesPage.feed;
  const href = useHref();
  const refused = data.tableFeeds?.filter(({ problem }) => problem) ?? [];
  return (
    <>
      {refused.map(({ table, problem }) => (
        <s-banner key={table} tone="critical" heading={words.refusedOf(texts.unmapped.named(table), when(problem?.at))}>
          <s-paragraph>
            {problem?.sentence} {words.refusedMore}
          </s-paragraph>
          <s-button slot="secondary-actions" href={href(table)}>
            {words.look(texts.unmapped.named(table))}
          </s-button>
        </s-banner>
      ))}
    </>
  );
}

function List({ data }: { data: TablesQuery }) {
  const words = tablesPage;
  const href = useHref();
  return (
    <s-section heading={words.heading} padding="none">
      <s-box padding="base" paddingBlockStart="none">
        <s-text color="subdued">{data.mappingTables?.revision ? words.drafted : words.headingMore}</s-text>
      </s-box>
      <s-table>
        <s-table-header-row>
          <s-table-header listSlot="primary">{words.table}</s-table-header>
          <s-table-header listSlot="inline" format="numeric">
            {words.rows}
          </s-table-header>
          <s-table-header listSlot="secondary">{words.state}</s-table-header>
        </s-table-header-row>
        <s-table-body>
          {data.mappingTables?.tables.map(({ name, count, changed }) => (
            <s-table-row key={name} clickDelegate={`table-${name}`}>
              <s-table-cell>
                <s-stack gap="none">
                  <s-link id={`table-${name}`} href={href(name)}>
                    {texts.unmapped.named(name)}
                  </s-link>
                  <s-text color="subdued">{words.more(name)}</s-text>
                </s-stack>
              </s-table-cell>
              <s-table-cell>{words.of(count)}</s-table-cell>
              <s-table-cell>
                <State name={name} changed={changed} data={data} />
              </s-table-cell>
            </s-table-row>
          ))}
        </s-table-body>
      </s-table>
    </s-section>
  );
}

function State({ name, changed, data }: { name: string; changed: boolean; data: TablesQuery }) {
  const words = tablesPage;
  const waiting = data.unmappedValues.nodes.filter(({ table }) => table === name).length;
  const feed = data.tableFeeds?.find(({ table }) => table === name);
  return (
    <s-stack direction="inline" gap="small-200">
      {waiting > 0 && <s-badge tone="warning">{words.waiting(waiting)}</s-badge>}
      {changed && <s-badge tone="info">{words.changed}</s-badge>}
      {feed && <s-badge tone={feed.problem ? "critical" : "neutral"}>{feed.problem ? words.feedWrong : words.fed}</s-badge>}
    </s-stack>
  );
}

function Own() {
  const words = tablesPage;
  const href = useHref();
  const { route } = useLocation();
  const [name, call] = useState("");
  const [error, complain] = useState<string>();
  const begin = (event: Event) => {
    event.preventDefault();
    const made = own(name);
    if (made) route(href(made));
    else complain(words.ownWrong);
  };
  return (
    <s-section heading={words.own}>
      <form onSubmit={begin}>
        <s-query-container>
          <s-grid gridTemplateColumns="@container (inline-size > 480px) 1fr auto, 1fr" gap="small" alignItems="start">
            <s-text-field
              label={words.ownName}
              labelAccessibilityVisibility="exclusive"
              placeholder={words.ownName}
              details={words.ownMore}
              autocomplete="off"
              value={name}
              error={error}
              onInput={(event) => {
                complain(undefined);
                call(event.currentTarget.value);
              }}
            />
            <s-button type="submit">{words.begin}</s-button>
          </s-grid>
        </s-query-container>
      </form>
    </s-section>
  );
}
