// Who else keeps a table: its address, how the last delivery went, and a secret that is shown once.
import { useQuery } from "@tanstack/preact-query";
import { useState } from "preact/hooks";
import { ask } from "../../api/door";
import { TableFeedRemoveDocument, TableFeedSetDocument, TableFeedsDocument } from "../../api/typed";
import type { TableFeedsQuery } from "../../api/typed";
import { texts } from "../../texts";
import { tablesPage } from "../../texts/mapping_tables";
import { Answer } from "../answer";
import { useChange } from "../change";
import { Facts } from "../facts";
import { Press } from "../press";
import { advised, when } from "../shown";
import { Confirmation } from "./confirmation";

type Feed = NonNullable<TableFeedsQuery["tableFeeds"]>[number];

export function TableFeed({ connection, table }: { connection: string; table: string }) {
  const words = tablesPage.feed;
  const [made, show] = useState<string>();
  const query = useQuery({
    queryKey: ["mapping", connection, "feeds"],
    queryFn: () => ask(TableFeedsDocument, { connection }),
  });
  return (
    <s-section heading={words.heading}>
      <s-stack gap="base">
        <s-text color="subdued">{words.more}</s-text>
        {made && <Secret secret={made} />}
        <Answer query={query}>
          {({ tableFeeds }) => {
            const feed = tableFeeds?.find((each) => each.table === table);
            return feed ? <There feed={feed} connection={connection} show={show} /> : <None connection={connection} table={table} show={show} />;
          }}
        </Answer>
      </s-stack>
    </s-section>
  );
}

function Secret({ secret }: { secret: string }) {
  const words = tablesPage.feed;
  return (
    <s-banner tone="success" heading={words.made}>
      <s-text-field label={words.secret} value={secret} readOnly />
    </s-banner>
  );
}

function useSet(show: (secret: string | undefined) => void) {
  return useChange(
    TableFeedSetDocument,
    (result) => result.tableFeedSet,
    ({ secret }) => {
      show(secret ?? undefined);
      return undefined;
    },
  );
}

interface Given {
  connection: string;
  show: (secret: string | undefined) => void;
}

function None({ connection, table, show }: Given & { table: string }) {
  const words = tablesPage.feed;
  const [merge, keep] = useState(false);
  const set = useSet(show);
  return (
    <s-stack gap="base">
      <s-checkbox label={words.merge} checked={merge} onChange={(event) => keep(event.currentTarget.checked)} />
      <s-stack direction="inline">
        <Press of={set} onClick={() => set.mutate({ connection, table, merge })}>
          {words.set}
        </Press>
      </s-stack>
    </s-stack>
  );
}

function There({ feed, connection, show }: Given & { feed: Feed }) {
  const words = tablesPage.feed;
  const { table, merge, problem } = feed;
  const set = useSet(show);
  const remove = useChange(
    TableFeedRemoveDocument,
    (result) => result.tableFeedRemove,
    () => {
      show(undefined);
      return words.removed;
    },
  );
  return (
    <s-stack gap="base">
      {problem && (
        <s-banner tone="critical" heading={words.refused(when(problem.at))}>
          <s-paragraph>{problem.sentence}</s-paragraph>
          <s-paragraph>{[words.refusedMore, advised(problem.explanation?.advice)].filter(Boolean).join(" ")}</s-paragraph>
        </s-banner>
      )}
      <s-text-field label={words.address} value={feed.address} readOnly />
      <Facts
        facts={[
          { name: words.delivered, value: when(feed.deliveredAt) },
          { name: words.rows, value: feed.rows?.toLocaleString() ?? texts.general.unknown },
          { name: words.version, value: feed.version ?? texts.general.unknown },
          { name: words.merges, value: merge ? words.stay : words.go },
        ]}
      />
      <s-stack direction="inline" gap="small">
        <Confirmation id="feed-renew" label={words.renew} more={words.renewMore} of={set} go={() => set.mutate({ connection, table, merge })} />
        <Confirmation id="feed-remove" label={words.remove} more={words.removeMore} of={remove} critical go={() => remove.mutate({ connection, table })} />
      </s-stack>
    </s-stack>
  );
}
