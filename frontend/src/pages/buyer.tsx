// Who is behind an order: named and their account read just now, and what they bought and were given back.
import { keepPreviousData, useQuery } from "@tanstack/preact-query";
import { useRoute } from "preact-iso";
import { ask } from "../api/door";
import { BuyerDocument } from "../api/typed";
import type { BuyerQuery } from "../api/typed";
import { Answer } from "../components/answer";
import { PagedTable, usePages } from "../components/paged";
import type { Pages } from "../components/paged";
import { BuyerNow } from "../components/records/buyer_now";
import { RecordRows } from "../components/records/rows";
import { when } from "../components/shown";
import { buyers } from "../texts/buyers";

const EVERY = 5_000;

type Found = NonNullable<BuyerQuery["buyer"]>;

export function Buyer() {
  const { params } = useRoute();
  const id = `gid://stockbridge/Record/${params["id"]}`;
  const pages = usePages(id);
  const query = useQuery({
    queryKey: ["buyer", id, pages.after],
    queryFn: () => ask(BuyerDocument, { id, after: pages.after }),
    placeholderData: keepPreviousData,
    refetchInterval: EVERY,
  });
  return (
    <s-page heading={buyers.heading}>
      <s-link slot="breadcrumb-actions" href="/orders">
        {buyers.back}
      </s-link>
      <Answer query={query} empty={(data) => (data.buyer ? undefined : <Gone />)}>
        {(data) => data.buyer && <Content buyer={data.buyer} pages={pages} />}
      </Answer>
    </s-page>
  );
}

function Gone() {
  return (
    <s-section accessibilityLabel={buyers.gone}>
      <s-empty-state heading={buyers.gone} />
    </s-section>
  );
}

function Content({ buyer, pages }: { buyer: Found; pages: Pages }) {
  return (
    <>
      <BuyerNow id={buyer.id} number={buyer.hostNumber} customer={buyer.customer} />
      <s-section heading={buyers.orders} padding="none">
        <PagedTable pages={pages} info={buyer.orders.pageInfo}>
          <RecordRows rows={buyer.orders.nodes} />
        </PagedTable>
      </s-section>
      {buyer.refunds.length > 0 ? (
        <s-section heading={buyers.refunds} padding="none">
          <s-table>
            <RecordRows rows={buyer.refunds} />
          </s-table>
        </s-section>
      ) : (
        <s-section heading={buyers.refunds}>
          <s-text color="subdued">{buyers.noRefunds}</s-text>
        </s-section>
      )}
      <s-section heading={buyers.conflicts}>
        {buyer.conflicts.length === 0 && <s-text color="subdued">{buyers.noConflicts}</s-text>}
        {buyer.conflicts.map((event) => (
          <s-stack key={event.id} gap="none">
            <s-text>{event.sentence}</s-text>
            <s-text color="subdued">{when(event.at)}</s-text>
          </s-stack>
        ))}
      </s-section>
    </>
  );
}
