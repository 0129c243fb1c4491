// A real order to look at: the newest, or one that is found by its name.
import { keepPreviousData, useQuery } from "@tanstack/preact-query";
import { useEffect, useState } from "preact/hooks";
import { ask } from "../../api/door";
import { OrderChoicesDocument } from "../../api/typed";
import type { OrderChoicesQuery } from "../../api/typed";
import { texts } from "../../texts/mapping_rules";
import { sentence, when } from "../shown";

type Found = OrderChoicesQuery["orders"]["nodes"][number];

export interface Chosen {
  id: string;
  name: string;
}

interface Given {
  connection: string;
  chosen: Chosen | null;
  choose: (order: Chosen | null) => void;
}

const called = (order: Found): Chosen => ({ id: order.id, name: order.name ?? order.storeKey });

/** What is typed narrows the list; the first of it is chosen until another one is. */
export function OrderChoice({ connection, chosen, choose }: Given) {
  const words = texts.order;
  const [sought, search] = useState("");
  const query = useQuery({
    queryKey: ["mapping", connection, "orders", sought],
    queryFn: () => ask(OrderChoicesDocument, { connection, query: sought.trim() || null }),
    placeholderData: keepPreviousData,
    refetchOnWindowFocus: false,
  });
  const orders = query.data?.orders.nodes ?? [];
  const first = orders[0];
  const settled = orders.some(({ id }) => id === chosen?.id);
  useEffect(() => {
    if (first && !settled && !query.isPlaceholderData) choose(called(first));
  }, [first?.id, settled, query.isPlaceholderData]);
  if (query.data && !orders.length && !sought) return <Unplaced />;
  return (
    <s-stack gap="small-200">
      <s-search-field
        label={words.find}
        labelAccessibilityVisibility="exclusive"
        placeholder={words.findMore}
        value={sought}
        error={query.isError ? sentence(query.error) : query.data && !orders.length ? words.noMatch : undefined}
        onInput={(event) => search(event.currentTarget.value)}
      />
      <s-select
        label={words.choose}
        labelAccessibilityVisibility="exclusive"
        value={chosen?.id ?? ""}
        disabled={!orders.length}
        onChange={(event) => {
          const found = orders.find(({ id }) => id === event.currentTarget.value);
          if (found) choose(called(found));
        }}
      >
        {orders.map((order) => (
          <s-option key={order.id} value={order.id}>
            {called(order).name}
            {order.placedAt && ` · ${when(order.placedAt)}`}
          </s-option>
        ))}
      </s-select>
    </s-stack>
  );
}

function Unplaced() {
  return (
    <s-stack gap="small-300">
      <s-text type="strong">{texts.order.none}</s-text>
      <s-text color="subdued">{texts.order.noneMore}</s-text>
    </s-stack>
  );
}
