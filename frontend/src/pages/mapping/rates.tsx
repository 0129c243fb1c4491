// Exchange rates: the list, one entered by hand, those that the ERP says, and many brought in as a file.
import { keepPreviousData, useQuery } from "@tanstack/preact-query";
import { ask } from "../../api/door";
import { RatesDocument } from "../../api/typed";
import type { RatesQuery } from "../../api/typed";
import { Answer } from "../../components/answer";
import { InTurn } from "../../components/in_turn";
import { MappingFrame } from "../../components/mapping/frame";
import { RateFile } from "../../components/mapping/rate_file";
import { RateForm } from "../../components/mapping/rate_form";
import { RateSource } from "../../components/mapping/rate_source";
import { PagedTable, usePages } from "../../components/paged";
import type { Pages } from "../../components/paged";
import { when } from "../../components/shown";
import { texts } from "../../texts";
import { tablesPage } from "../../texts/mapping_tables";

const EVERY = 5_000;

export function MappingRates() {
  return (
    <MappingFrame at="rates">
      {(connection) => (
        <>
          <RateForm connection={connection} />
          <InTurn>
            <RateSource connection={connection} />
            <Entered connection={connection} />
            <RateFile connection={connection} />
          </InTurn>
        </>
      )}
    </MappingFrame>
  );
}

function Entered({ connection }: { connection: string }) {
  const words = tablesPage.rates;
  const pages = usePages();
  const query = useQuery({
    queryKey: ["rates", connection, pages.after],
    queryFn: () => ask(RatesDocument, { connection, after: pages.after }),
    placeholderData: keepPreviousData,
    // What the ERP says comes while somebody looks.
    refetchInterval: EVERY,
  });
  return (
    <s-section heading={words.heading} padding="none">
      <Answer query={query} empty={(data) => (data.rates.nodes.length ? undefined : <None />)}>
        {({ rates }) => <List page={rates} pages={pages} />}
      </Answer>
    </s-section>
  );
}

function None() {
  const words = tablesPage.rates;
  return (
    <s-empty-state heading={words.empty}>
      <s-text slot="subheading">{words.emptyMore}</s-text>
    </s-empty-state>
  );
}

function List({ page, pages }: { page: RatesQuery["rates"]; pages: Pages }) {
  const words = tablesPage.rates;
  return (
    <PagedTable pages={pages} info={page.pageInfo}>
      <s-table-header-row>
        <s-table-header listSlot="primary">{words.pair}</s-table-header>
        <s-table-header listSlot="labeled" format="numeric">
          {words.rate}
        </s-table-header>
        <s-table-header listSlot="labeled">{words.day}</s-table-header>
        <s-table-header listSlot="labeled">{words.good}</s-table-header>
        <s-table-header listSlot="labeled">{words.by}</s-table-header>
      </s-table-header-row>
      <s-table-body>
        {page.nodes.map((rate) => (
          <s-table-row key={`${rate.fromCurrency} ${rate.toCurrency} ${rate.day}`}>
            <s-table-cell>{words.pairOf(rate.fromCurrency, rate.toCurrency)}</s-table-cell>
            <s-table-cell>{words.told(rate.rate, rate.per)}</s-table-cell>
            <s-table-cell>{rate.day}</s-table-cell>
            <s-table-cell>{words.days(rate.goodForDays)}</s-table-cell>
            <s-table-cell>
              {rate.origin === "HOST" ? words.erp : texts.mapping.people(rate.madeBy)}, {when(rate.madeAt)}
            </s-table-cell>
          </s-table-row>
        ))}
      </s-table-body>
    </PagedTable>
  );
}
