// Privacy: what is kept and for how long, and which requests about personal data were carried out.
import { keepPreviousData, useQuery } from "@tanstack/preact-query";
import { ask } from "../../api/door";
import { PrivacyDocument } from "../../api/typed";
import type { PrivacyQuery } from "../../api/typed";
import { Answer } from "../../components/answer";
import { PagedTable, usePages } from "../../components/paged";
import type { Pages } from "../../components/paged";
import { SettingsFrame } from "../../components/settings/frame";
import { when } from "../../components/shown";
import { worded } from "../../components/tree";
import { privacy as words } from "../../texts/settings";

export function SettingsPrivacy() {
  const pages = usePages();
  const query = useQuery({
    queryKey: ["privacy", pages.after],
    queryFn: () => ask(PrivacyDocument, { after: pages.after }),
    placeholderData: keepPreviousData,
  });
  return (
    <SettingsFrame heading={words.heading}>
      <Answer query={query}>
        {(data) => (
          <>
            <Kept kept={data.retentions} />
            <Requests page={data.privacyRequests} pages={pages} />
          </>
        )}
      </Answer>
    </SettingsFrame>
  );
}

function Kept({ kept }: { kept: PrivacyQuery["retentions"] }) {
  return (
    <s-section heading={words.kept} padding="none">
      <s-table>
        <s-table-header-row>
          <s-table-header listSlot="primary">{words.what}</s-table-header>
          <s-table-header listSlot="labeled">{words.days}</s-table-header>
        </s-table-header-row>
        <s-table-body>
          {kept.map(({ name, what, days }) => (
            <s-table-row key={name}>
              <s-table-cell>{what}</s-table-cell>
              <s-table-cell>{days ? words.for(days) : words.always}</s-table-cell>
            </s-table-row>
          ))}
        </s-table-body>
      </s-table>
      <s-box padding="base">
        <s-text color="subdued">{words.gone}</s-text>
      </s-box>
    </s-section>
  );
}

function Requests({ page, pages }: { page: PrivacyQuery["privacyRequests"]; pages: Pages }) {
  return (
    <s-section heading={words.requests} padding="none">
      <s-box padding="base">
        <s-text color="subdued">{words.requestsMore}</s-text>
      </s-box>
      {page.nodes.length === 0 && pages.first ? (
        <s-box padding="base">
          <s-text>{words.none}</s-text>
        </s-box>
      ) : (
        <PagedTable pages={pages} info={page.pageInfo}>
          <s-table-header-row>
            <s-table-header listSlot="primary">{words.request}</s-table-header>
            <s-table-header listSlot="labeled">{words.came}</s-table-header>
            <s-table-header listSlot="labeled">{words.done}</s-table-header>
            <s-table-header listSlot="labeled">{words.found}</s-table-header>
          </s-table-header-row>
          <s-table-body>
            {page.nodes.map((each) => (
              <s-table-row key={`${each.receivedAt}${each.topic}`}>
                <s-table-cell>{words.topic[each.topic] ?? each.topic}</s-table-cell>
                <s-table-cell>{when(each.receivedAt)}</s-table-cell>
                <s-table-cell>{when(each.doneAt)}</s-table-cell>
                <s-table-cell>{each.counts.map(({ name, value }) => `${worded(name)} ${value}`).join(", ")}</s-table-cell>
              </s-table-row>
            ))}
          </s-table-body>
        </PagedTable>
      )}
    </s-section>
  );
}
