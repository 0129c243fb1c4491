// Orders: searched by name or ERP number, filtered by state, a page at a time.
import { keepPreviousData, useQuery } from "@tanstack/preact-query";
import { useLocation } from "preact-iso";
import { useState } from "preact/hooks";
import { ask } from "../api/door";
import { OrdersDocument } from "../api/typed";
import type { OrdersQuery, OrderState } from "../api/typed";
import { Answer } from "../components/answer";
import { StateBadge } from "../components/badges";
import { PagedTable, usePages } from "../components/paged";
import type { Pages } from "../components/paged";
import { local, money, when } from "../components/shown";
import { texts } from "../texts";

const EVERY = 3_000;
const STATES: OrderState[] = ["WAITING", "RUNNING", "SETTLED", "HELD", "SKIPPED", "CANCELLED"];

export function Orders() {
  const { query: given, route } = useLocation();
  const [words, search] = useState("");
  const state = STATES.find((each) => each === given["state"]);
  const choose = (wanted: OrderState | undefined) => route(wanted ? `/orders?state=${wanted}` : "/orders", true);
  const pages = usePages(`${state} ${words}`);
  const query = useQuery({
    queryKey: ["orders", words, state, pages.after],
    queryFn: () =>
      ask(OrdersDocument, { query: words || null, states: state ? [state] : null, after: pages.after }),
    placeholderData: keepPreviousData,
    refetchInterval: EVERY,
  });
  const sought = Boolean(words || state);
  return (
    <s-page heading={texts.orders.heading}>
      <s-section accessibilityLabel={texts.orders.heading} padding="none">
        <s-box padding="base">
          <Filters words={words} state={state} search={search} choose={choose} />
        </s-box>
        <Answer query={query} empty={(data) => (data.orders.nodes.length ? undefined : <Nothing sought={sought} />)}>
          {(data) => <List page={data.orders} pages={pages} />}
        </Answer>
      </s-section>
    </s-page>
  );
}

interface Chosen {
  words: string;
  state: OrderState | undefined;
  search: (words: string) => void;
  choose: (state: OrderState | undefined) => void;
}

function Filters({ words, state, search, choose }: Chosen) {
  return (
    <s-query-container>
      <s-grid gridTemplateColumns="@container (inline-size > 480px) 2fr 1fr, 1fr" gap="small">
        <s-search-field
          label={texts.orders.search}
          labelAccessibilityVisibility="exclusive"
          placeholder={texts.orders.search}
          value={words}
          onInput={(event) => search(event.currentTarget.value)}
        />
        <s-select
          label={texts.orders.states}
          labelAccessibilityVisibility="exclusive"
          value={state ?? "ALL"}
          onChange={(event) => choose(STATES.find((each) => each === event.currentTarget.value))}
        >
          <s-option value="ALL">{texts.orders.all}</s-option>
          {STATES.map((each) => (
            <s-option key={each} value={each}>
              {texts.state[each]}
            </s-option>
          ))}
        </s-select>
      </s-grid>
    </s-query-container>
  );
}

function Nothing({ sought }: { sought: boolean }) {
  const words = texts.orders;
  return (
    <s-empty-state heading={sought ? words.nothing : words.empty}>
      <s-text slot="subheading">{sought ? words.nothingMore : words.emptyMore}</s-text>
    </s-empty-state>
  );
}

function List({ page, pages }: { page: OrdersQuery["orders"]; pages: Pages }) {
  const words = texts.orders;
  return (
    <PagedTable pages={pages} info={page.pageInfo}>
      <s-table-header-row>
        <s-table-header listSlot="primary">{words.order}</s-table-header>
        <s-table-header listSlot="labeled">{words.placed}</s-table-header>
        <s-table-header listSlot="inline">{words.state}</s-table-header>
        <s-table-header listSlot="labeled">{words.number}</s-table-header>
        <s-table-header listSlot="labeled" format="currency">
          {words.total}
        </s-table-header>
      </s-table-header-row>
      <s-table-body>
        {page.nodes.map((order) => (
          <s-table-row key={order.id} clickDelegate={local(order.id)}>
            <s-table-cell>
              <s-link id={local(order.id)} href={`/orders/${local(order.id)}`}>
                {order.name ?? order.storeKey}
              </s-link>
            </s-table-cell>
            <s-table-cell>{order.placedAt ? when(order.placedAt) : texts.general.unknown}</s-table-cell>
            <s-table-cell>
              <StateBadge of={order.state} />
            </s-table-cell>
            <s-table-cell>{order.hostNumber ?? texts.general.unknown}</s-table-cell>
            <s-table-cell>{money(order.total)}</s-table-cell>
          </s-table-row>
        ))}
      </s-table-body>
    </PagedTable>
  );
}
