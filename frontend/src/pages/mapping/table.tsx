// One look-up table: what waits for an entry in it, its rows, the whole of it as a file, and who else keeps it.
import { useQuery } from "@tanstack/preact-query";
import { useRoute } from "preact-iso";
import { Answer } from "../../components/answer";
import { MappingFrame, PLACES } from "../../components/mapping/frame";
import { TableEditor } from "../../components/mapping/table_editor";
import { TableFeed } from "../../components/mapping/table_feed";
import { TableFile } from "../../components/mapping/table_file";
import { known } from "../../components/mapping/table_rows";
import { loaded } from "../../components/mapping/table_saving";
import { UnmappedSection } from "../../components/mapping/unmapped_section";
import { useWay } from "../../components/mapping/way";
import { texts } from "../../texts";
import { tablesPage } from "../../texts/mapping_tables";

export function MappingTable() {
  const { params } = useRoute();
  const table = params["name"] ?? "";
  return (
    <MappingFrame at="tables">
      {(connection) =>
        known(table, texts.unmapped.ours) ? <Content key={table} connection={connection} table={table} /> : <Unknown />
      }
    </MappingFrame>
  );
}

function Content({ connection, table }: { connection: string; table: string }) {
  const query = useQuery({
    queryKey: ["mapping", connection, "table", table],
    queryFn: () => loaded(connection, table),
  });
  return (
    <>
      <Head table={table} />
      <UnmappedSection connection={connection} table={table} />
      <Answer query={query}>
        {(seen) => (
          <>
            <TableEditor connection={connection} table={table} seen={seen} />
            <TableFile connection={connection} table={table} drafted={seen.revision !== null} />
            <TableFeed connection={connection} table={table} />
          </>
        )}
      </Answer>
    </>
  );
}

function Head({ table }: { table: string }) {
  const words = tablesPage;
  const to = useWay();
  return (
    <s-section heading={texts.unmapped.named(table)}>
      <s-link slot="secondary-actions" href={to(PLACES.tables)}>
        {words.back}
      </s-link>
      <s-text>{words.more(table)}</s-text>
    </s-section>
  );
}

function Unknown() {
  const words = tablesPage;
  const to = useWay();
  return (
    <s-section accessibilityLabel={words.none}>
      <s-empty-state heading={words.none}>
        <s-button slot="primary-action" href={to(PLACES.tables)}>
          {words.back}
        </s-button>
      </s-empty-state>
    </s-section>
  );
}
