// The day at a glance: orders hour by hour, what was written and shipped, and when each flow runs next.
import type { OverviewQuery } from "../api/typed";
import { texts } from "../texts";
import { day as words } from "../texts/day";
import { HourChart } from "./hour_chart";
import { counted, when } from "./shown";

type Seen = OverviewQuery["overview"];

export function Day({ today, turns, named }: { today: Seen["today"]; turns: Seen["turns"]; named: boolean }) {
  const orders = sum(today.hours.map((hour) => hour.orders));
  const settled = sum(today.hours.map((hour) => hour.settled));
  return (
    <>
      <s-section heading={words.heading}>
        <s-stack gap="base">
          <s-query-container>
            <s-grid gridTemplateColumns="@container (inline-size > 600px) 1fr 1fr 1fr 1fr, 1fr 1fr" gap="small-200">
              <Number name={words.orders} value={orders} />
              <Number name={words.settled} value={settled} />
              <Number name={words.stock} value={today.stockWritten} />
              <Number name={words.shipments} value={today.shipments} />
            </s-grid>
          </s-query-container>
          {orders > 0 ? <HourChart hours={today.hours} label={words.chart(orders, settled)} /> : <s-text color="subdued">{words.none}</s-text>}
        </s-stack>
      </s-section>
      {turns.length > 0 && <Turns turns={turns} named={named} />}
    </>
  );
}

function sum(values: number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function Number({ name, value }: { name: string; value: number }) {
  return (
    <s-stack gap="small-400">
      <s-text color="subdued">{name}</s-text>
      <s-text type="strong" fontVariantNumeric="tabular-nums">
        {counted({ count: value, precision: "EXACT" })}
      </s-text>
    </s-stack>
  );
}

function Turns({ turns, named }: { turns: Seen["turns"]; named: boolean }) {
  return (
    <s-section heading={words.runs} padding="none">
      <s-table>
        <s-table-header-row>
          <s-table-header listSlot="primary">{words.flow}</s-table-header>
          {named && <s-table-header listSlot="secondary">{words.connection}</s-table-header>}
          <s-table-header listSlot="labeled">{words.last}</s-table-header>
          <s-table-header listSlot="labeled">{words.next}</s-table-header>
        </s-table-header-row>
        <s-table-body>
          {turns.map(({ connectionId, connectionName, flow, endedAt, nextAt, running, stopped }) => (
            <s-table-row key={`${connectionId} ${flow}`}>
              <s-table-cell>{texts.flow[flow]}</s-table-cell>
              {named && <s-table-cell>{connectionName}</s-table-cell>}
              <s-table-cell>{when(endedAt)}</s-table-cell>
              <s-table-cell>{stopped ? words.stopped : running ? words.running : when(nextAt)}</s-table-cell>
            </s-table-row>
          ))}
        </s-table-body>
      </s-table>
    </s-section>
  );
}
