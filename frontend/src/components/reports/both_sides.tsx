// Do both sides agree? The verdict over a range of days, its sums, and each day behind it.
import { keepPreviousData, useQuery } from "@tanstack/preact-query";
import { useState } from "preact/hooks";
import { ask } from "../../api/door";
import { ReconciledDaysDocument } from "../../api/typed";
import { reports as words } from "../../texts/reports";
import { texts } from "../../texts";
import { Answer } from "../answer";
import { months, today } from "../days";
import { local, money } from "../shown";
import { difference, sums } from "./day_sums";
import type { Day, Sum } from "./day_sums";
import { SaveCsv } from "./save_csv";

const DAY = 86_400_000;

interface Range {
  name: string;
  since: string;
  until: string;
}

/** This month first: what month-end asks for. */
function ranges(): Range[] {
  const named = new Intl.DateTimeFormat(undefined, { month: "long", year: "numeric" });
  return [
    ...months(3).map(({ since, until }) => ({ since, until, name: named.format(new Date(`${since}T12:00:00`)) })),
    { name: words.days7, since: today(-6 * DAY), until: today() },
    { name: words.days30, since: today(-29 * DAY), until: today() },
  ];
}

export function BothSides({ connection }: { connection: string }) {
  const [all] = useState(ranges);
  const [at, choose] = useState("0");
  const { since, until, name } = all[Number(at)] ?? all[0]!;
  const query = useQuery({
    queryKey: ["days", connection, since, until],
    queryFn: () => ask(ReconciledDaysDocument, { connection, since, until }),
    placeholderData: keepPreviousData,
  });
  return (
    <s-section heading={words.days}>
      <s-stack gap="base">
        <s-query-container>
          <s-grid gridTemplateColumns="@container (inline-size > 480px) 1fr auto, 1fr" gap="small" alignItems="end">
            <s-select label={words.range} value={at} onChange={(event) => choose(event.currentTarget.value)}>
              {all.map((range, index) => (
                <s-option key={range.name} value={String(index)}>
                  {range.name}
                </s-option>
              ))}
            </s-select>
            <SaveCsv report="days" asked={{ connection, since, until }} named={name} />
          </s-grid>
        </s-query-container>
        <Answer query={query}>{({ reconciledDays }) => <Content days={reconciledDays.days} />}</Answer>
      </s-stack>
    </s-section>
  );
}

function Content({ days }: { days: Day[] }) {
  const compared = days.filter(({ comparedAt }) => comparedAt);
  const missing = days.length - compared.length;
  const differing = new Set(compared.filter(({ agrees }) => !agrees).map(({ day }) => day)).size;
  const orders = compared.reduce((total, { storeCount }) => total + storeCount, 0);
  return (
    <>
      {compared.length > 0 && (
        <s-banner tone={differing ? "warning" : "success"} heading={differing ? words.differ(differing) : words.agree}>
          <s-paragraph>{differing ? words.differMore : words.agreeMore(orders)}</s-paragraph>
        </s-banner>
      )}
      {missing > 0 && (
        <s-banner tone="info" heading={words.uncompared(missing)}>
          <s-paragraph>{words.uncomparedMore}</s-paragraph>
        </s-banner>
      )}
      {compared.length > 0 && <Table days={compared.toReversed()} totals={sums(compared)} />}
    </>
  );
}

function Table({ days, totals }: { days: Day[]; totals: Sum[] }) {
  return (
    <s-table>
      <s-table-header-row>
        <s-table-header listSlot="primary">{words.day}</s-table-header>
        <s-table-header listSlot="labeled">{words.shop}</s-table-header>
        <s-table-header listSlot="labeled">{words.erp}</s-table-header>
        <s-table-header listSlot="labeled">{words.difference}</s-table-header>
        <s-table-header listSlot="inline">{words.result}</s-table-header>
      </s-table-header-row>
      <s-table-body>
        {totals.map((sum) => (
          <s-table-row key={sum.currency}>
            <s-table-cell>
              <s-text type="strong">{words.total(sum.currency)}</s-text>
            </s-table-cell>
            <Sides row={sum} />
            <s-table-cell>
              <Verdict agrees={sum.storeCount === sum.hostCount && Number(sum.difference) === 0} />
            </s-table-cell>
          </s-table-row>
        ))}
        {days.map((day) => (
          <s-table-row key={`${day.day}${day.currency}`}>
            <s-table-cell>{dated(day.day)}</s-table-cell>
            <Sides row={{ ...day, currency: day.currency ?? "", difference: difference(day.storeAmount, day.hostAmount) }} />
            <s-table-cell>
              {day.agrees || !day.reconciliationId ? (
                <Verdict agrees={day.agrees ?? false} />
              ) : (
                <s-link href={`/reports/${local(day.reconciliationId)}`}>{words.differs}</s-link>
              )}
            </s-table-cell>
          </s-table-row>
        ))}
      </s-table-body>
    </s-table>
  );
}

function Sides({ row }: { row: Sum }) {
  const amount = (value: string) => (row.currency ? money({ amount: value, currency: row.currency }) : texts.general.unknown);
  return (
    <>
      <s-table-cell>{`${words.orders(row.storeCount)}, ${amount(row.storeAmount)}`}</s-table-cell>
      <s-table-cell>{`${words.documents(row.hostCount)}, ${amount(row.hostAmount)}`}</s-table-cell>
      <s-table-cell>{amount(row.difference)}</s-table-cell>
    </>
  );
}

function Verdict({ agrees }: { agrees: boolean }) {
  return agrees ? <s-badge tone="success">{words.equal}</s-badge> : <s-badge tone="warning">{words.differs}</s-badge>;
}

function dated(day: string): string {
  return new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeZone: "UTC" }).format(new Date(`${day}T00:00:00Z`));
}
