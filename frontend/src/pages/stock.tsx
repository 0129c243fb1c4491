// Stock: what the shop shows beside what the ERP has, a plan of what would change, and one SKU pushed at once.
import { keepPreviousData, useQuery } from "@tanstack/preact-query";
import { useLocation } from "preact-iso";
import { useState } from "preact/hooks";
import { ask } from "../api/door";
import { StockDocument, StockPlanDocument, StockSettingsSaveDocument } from "../api/typed";
import type { StockLevelSort, StockQuery } from "../api/typed";
import { Answer } from "../components/answer";
import { useChange } from "../components/change";
import { Connected } from "../components/connected";
import { Levels } from "../components/levels";
import { Barred } from "../components/may";
import { usePages } from "../components/paged";
import { Press } from "../components/press";
import { local } from "../components/shown";
import { texts } from "../texts";
import { stock as words } from "../texts/stock";

const EVERY = 5_000;

export function Stock() {
  return (
    <s-page heading={words.heading}>
      <Barred needs={["WRITE_RETRY", "MANAGE_FLOWS"]} />
      <Connected>{(connection) => <Content connection={connection} />}</Connected>
    </s-page>
  );
}

function Content({ connection }: { connection: string }) {
  const [sought, search] = useState("");
  const [sort, order] = useState<StockLevelSort>("SKU");
  const pages = usePages(`${sort} ${sought}`);
  const query = useQuery({
    queryKey: ["stock", connection, sought, sort, pages.after],
    queryFn: () => ask(StockDocument, { connection, query: sought || null, sort, after: pages.after }),
    placeholderData: keepPreviousData,
    refetchInterval: EVERY,
  });
  return (
    <Answer query={query} empty={(data) => (data.stockSettings?.on ? undefined : <Off connection={connection} />)}>
      {(data) => (
        <>
          <Unheard wrong={data.stockLevels.userErrors} />
          <s-section accessibilityLabel={words.heading} padding="none">
            <s-box padding="base">
              <s-query-container>
                <s-grid gridTemplateColumns="@container (inline-size > 480px) 1fr auto auto, 1fr" gap="small">
                  <s-search-field
                    label={words.search}
                    labelAccessibilityVisibility="exclusive"
                    placeholder={words.search}
                    value={sought}
                    onInput={(event) => search(event.currentTarget.value)}
                  />
                  <s-select
                    label={texts.general.sort}
                    labelAccessibilityVisibility="exclusive"
                    value={sort}
                    onChange={(event) => order(event.currentTarget.value as StockLevelSort)}
                  >
                    <s-option value="SKU">{words.forwards}</s-option>
                    <s-option value="SKU_BACKWARDS">{words.backwards}</s-option>
                  </s-select>
                  <Plan connection={connection} />
                </s-grid>
              </s-query-container>
            </s-box>
            {data.stockLevels.nodes.length ? (
              <Levels page={data.stockLevels} connection={connection} pages={pages} />
            ) : (
              <Nothing sought={Boolean(sought)} />
            )}
          </s-section>
        </>
      )}
    </Answer>
  );
}

function Off({ connection }: { connection: string }) {
  const on = useChange(
    StockSettingsSaveDocument,
    (result) => result.stockSettingsSave,
    () => words.turned,
  );
  return (
    <s-section accessibilityLabel={words.off}>
      <s-empty-state heading={words.off}>
        <s-text slot="subheading">{words.offMore}</s-text>
        <Press
          slot="primary-action"
          variant="primary"
          of={on}
          onClick={() => on.mutate({ connection })}
        >
          {words.on}
        </Press>
      </s-empty-state>
    </s-section>
  );
}

function Plan({ connection }: { connection: string }) {
  const { route } = useLocation();
  const plan = useChange(
    StockPlanDocument,
    (result) => result.stockPlan,
    ({ run }) => {
      if (!run) return words.planned;
      route(`/runs/${local(run.id)}`);
      return undefined;
    },
  );
  return (
    <s-stack direction="inline">
      <Press variant="primary" of={plan} onClick={() => plan.mutate({ connection })}>
        {words.plan}
      </Press>
    </s-stack>
  );
}

function Unheard({ wrong }: { wrong: StockQuery["stockLevels"]["userErrors"] }) {
  if (wrong.length === 0) return null;
  return (
    <s-banner tone="warning" heading={words.unheard}>
      {wrong.map(({ code, message }) => (
        <s-paragraph key={code}>{message}</s-paragraph>
      ))}
    </s-banner>
  );
}

function Nothing({ sought }: { sought: boolean }) {
  return (
    <s-empty-state heading={sought ? words.nothing : words.empty}>
      <s-text slot="subheading">{sought ? words.nothingMore : words.emptyMore}</s-text>
    </s-empty-state>
  );
}
