// What hangs on an order: its refunds, and what was sent of it from either side.
import type { OrderState, RecordQuery } from "../../api/typed";
import { texts } from "../../texts";
import { records } from "../../texts/records";
import { StateBadge } from "../badges";
import { local, money, when } from "../shown";

type Order = NonNullable<NonNullable<RecordQuery["record"]>["order"]>;

interface Row {
  id: string;
  key: string;
  what: string;
  at: string | null | undefined;
  amount?: string;
  there: string | null | undefined;
  state: OrderState;
  done?: string;
  reason?: { sentence: string } | null;
}

export function Hanging({ order }: { order: Order }) {
  const said = records.one;
  const inShop = records.state.SHIPMENT?.SETTLED;
  const refunds = order.refunds.map((each) => ({ ...each, key: each.storeKey, what: each.storeKey, at: each.refundedAt, amount: money(each.total), there: each.hostNumber }));
  const shipments = order.shipments.map((each) => ({ ...each, key: each.hostKey, what: each.number ?? each.hostKey, at: each.shippedAt, there: each.storeNumber, done: inShop }));
  const parcels = order.parcels.map((each) => ({ ...each, key: each.storeKey, what: each.name ?? each.storeKey, at: each.sentAt, there: each.hostNumber }));
  return (
    <>
      <Table heading={said.refunds} rows={refunds} money />
      <Table heading={said.shipments} rows={shipments} />
      <Table heading={said.parcels} rows={parcels} />
    </>
  );
}

function Table({ heading, rows, money: amounts = false }: { heading: string; rows: Row[]; money?: boolean }) {
  const said = records.one;
  if (rows.length === 0) return null;
  return (
    <s-section heading={heading}>
      <s-table>
        <s-table-header-row>
          <s-table-header listSlot="primary">{said.what}</s-table-header>
          <s-table-header listSlot="labeled">{said.at}</s-table-header>
          {amounts && (
            <s-table-header listSlot="labeled" format="currency">
              {said.amount}
            </s-table-header>
          )}
          <s-table-header listSlot="labeled">{said.there}</s-table-header>
          <s-table-header listSlot="secondary">{said.state}</s-table-header>
        </s-table-header-row>
        <s-table-body>
          {rows.map((row) => (
            <s-table-row key={row.key}>
              <s-table-cell>
                <s-link href={`/records/${local(row.id)}`}>{row.what}</s-link>
              </s-table-cell>
              <s-table-cell>{when(row.at)}</s-table-cell>
              {amounts && <s-table-cell>{row.amount}</s-table-cell>}
              <s-table-cell>{row.there ?? texts.general.unknown}</s-table-cell>
              <s-table-cell>
                <s-stack gap="small">
                  <StateBadge of={row.state} as={row.state === "SETTLED" ? row.done : undefined} />
                  {row.reason && row.state !== "SETTLED" && <s-text>{row.reason.sentence}</s-text>}
                </s-stack>
              </s-table-cell>
            </s-table-row>
          ))}
        </s-table-body>
      </s-table>
    </s-section>
  );
}
