// Alerts: who is told of what is wrong, when, and in which words.
import { keepPreviousData, useQuery } from "@tanstack/preact-query";
import { ask } from "../../api/door";
import { AlertsDocument, ToldDocument } from "../../api/typed";
import { Recipients } from "../../components/alerts/recipients";
import { RuleForm } from "../../components/alerts/rule_form";
import { Templates } from "../../components/alerts/templates";
import { Answer } from "../../components/answer";
import { Barred } from "../../components/may";
import { PagedTable, usePages } from "../../components/paged";
import { SettingsFrame } from "../../components/settings/frame";
import { when } from "../../components/shown";
import { alerts as words } from "../../texts/alerts";

export function SettingsAlerts() {
  const query = useQuery({ queryKey: ["alerts"], queryFn: () => ask(AlertsDocument, {}) });
  return (
    <SettingsFrame heading={words.heading}>
      <Barred needs="MANAGE_ALERTS" />
      <Answer query={query}>
        {({ alertSettings }) => (
          <>
            <Recipients settings={alertSettings} />
            <RuleForm settings={alertSettings} />
            <Templates settings={alertSettings} />
            <Told />
          </>
        )}
      </Answer>
    </SettingsFrame>
  );
}

function Told() {
  const pages = usePages();
  const query = useQuery({
    queryKey: ["alerts", "told", pages.after],
    queryFn: () => ask(ToldDocument, { after: pages.after }),
    placeholderData: keepPreviousData,
  });
  return (
    <s-section heading={words.told} padding="none">
      <Answer query={query} empty={(data) => (data.notifications.nodes.length ? undefined : <None />)}>
        {({ notifications }) => (
          <PagedTable pages={pages} info={notifications.pageInfo}>
            <s-table-header-row>
              <s-table-header listSlot="primary">{words.what}</s-table-header>
              <s-table-header listSlot="labeled">{words.when}</s-table-header>
              <s-table-header listSlot="labeled">{words.how}</s-table-header>
              <s-table-header listSlot="labeled">{words.became}</s-table-header>
            </s-table-header-row>
            <s-table-body>
              {notifications.nodes.map((each) => (
                <s-table-row key={each.id}>
                  <s-table-cell>{each.title || words.kind[each.kind]}</s-table-cell>
                  <s-table-cell>{when(each.at)}</s-table-cell>
                  <s-table-cell>{words.channel[each.channel]}</s-table-cell>
                  <s-table-cell>{each.sentence ?? words.state[each.state]}</s-table-cell>
                </s-table-row>
              ))}
            </s-table-body>
          </PagedTable>
        )}
      </Answer>
    </s-section>
  );
}

function None() {
  return (
    <s-box padding="base">
      <s-text color="subdued">{words.toldNone}</s-text>
    </s-box>
  );
}
