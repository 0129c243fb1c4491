// The team: who came and which role they have, and what each role may do.
import { keepPreviousData, useQuery } from "@tanstack/preact-query";
import { ask } from "../../api/door";
import { PermissionsDocument, TeamDocument } from "../../api/typed";
import type { TeamQuery } from "../../api/typed";
import { Answer } from "../../components/answer";
import { InTurn } from "../../components/in_turn";
import { Barred } from "../../components/may";
import { PagedTable, usePages } from "../../components/paged";
import type { Pages } from "../../components/paged";
import { MemberLine } from "../../components/settings/member_line";
import { PermissionTable } from "../../components/settings/permission_table";
import { team as words } from "../../texts/team";

export function Team() {
  const pages = usePages();
  const people = useQuery({
    queryKey: ["team", pages.after],
    queryFn: () => ask(TeamDocument, { after: pages.after }),
    placeholderData: keepPreviousData,
  });
  const table = useQuery({ queryKey: ["permissions"], queryFn: () => ask(PermissionsDocument, {}) });
  return (
    <s-page heading={words.heading}>
      <s-link slot="breadcrumb-actions" href="/settings">
        {words.back}
      </s-link>
      <Barred needs="MANAGE_TEAM" />
      <InTurn>
        <s-section heading={words.people} padding="none">
          <s-box padding="base" paddingBlockStart="none">
            <s-text color="subdued">{words.peopleMore}</s-text>
          </s-box>
          <Answer query={people}>{({ members }) => <People page={members} pages={pages} />}</Answer>
        </s-section>
        <Answer query={table}>{({ permissions }) => <PermissionTable rows={permissions} />}</Answer>
      </InTurn>
    </s-page>
  );
}

function People({ page, pages }: { page: TeamQuery["members"]; pages: Pages }) {
  return (
    <PagedTable pages={pages} info={page.pageInfo}>
      <s-table-header-row>
        <s-table-header listSlot="primary">{words.person}</s-table-header>
        <s-table-header listSlot="inline">{words.role}</s-table-header>
        <s-table-header listSlot="labeled">{words.seen}</s-table-header>
        <s-table-header listSlot="labeled">{words.does}</s-table-header>
      </s-table-header-row>
      <s-table-body>
        {page.nodes.map((member) => (
          <MemberLine key={member.id} member={member} />
        ))}
      </s-table-body>
    </PagedTable>
  );
}
