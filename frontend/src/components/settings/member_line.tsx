// One person of the team: another role, or none any more, each asked about first.
import { useState } from "preact/hooks";
import { MemberRemoveDocument, MemberRoleSetDocument } from "../../api/typed";
import type { Role, TeamQuery } from "../../api/typed";
import { team as words } from "../../texts/team";
import { Asked } from "../asked";
import { useChange } from "../change";
import { useMay } from "../may";
import { when } from "../shown";

type Member = TeamQuery["members"]["nodes"][number];

/** The highest first, as the API has them. */
export const ROLES: Role[] = ["OWNER", "MANAGER", "OPERATOR", "VIEWER"];

/** Whether somebody of one role may decide about the other: nobody about what is above their own. */
export function reaches(role: Role | null, other: Role): boolean {
  return role !== null && ROLES.indexOf(role) <= ROLES.indexOf(other);
}

export function MemberLine({ member }: { member: Member }) {
  const { role, may } = useMay();
  const name = member.name || words.nobody(member.staff);
  const open = may("MANAGE_TEAM") && reaches(role, member.role) && !member.accountOwner;
  return (
    <s-table-row>
      <s-table-cell>
        <s-stack direction="inline" gap="small-200" alignItems="center">
          <s-text type="strong">{name}</s-text>
          {member.you && <s-badge tone="info">{words.you}</s-badge>}
          {member.accountOwner && <s-badge>{words.accountOwner}</s-badge>}
        </s-stack>
      </s-table-cell>
      <s-table-cell>{words.roles[member.role]}</s-table-cell>
      <s-table-cell>{when(member.seenAt)}</s-table-cell>
      <s-table-cell>
        {member.accountOwner ? (
          <s-text color="subdued">{words.tied}</s-text>
        ) : (
          <s-stack direction="inline" gap="small-200">
            <RoleChange member={member} name={name} mine={role} disabled={!open} />
            <Removal member={member} name={name} disabled={!open} />
          </s-stack>
        )}
      </s-table-cell>
    </s-table-row>
  );
}

interface Given {
  member: Member;
  name: string;
  disabled: boolean;
}

function RoleChange({ member, name, mine, disabled }: Given & { mine: Role | null }) {
  const [chosen, choose] = useState<Role>(member.role);
  const change = useChange(
    MemberRoleSetDocument,
    (result) => result.memberRoleSet,
    () => words.given,
  );
  return (
    <Asked
      label={words.change}
      named={words.changeOf(name)}
      heading={words.changeOf(name)}
      act={words.give}
      of={change}
      disabled={disabled}
      opened={() => choose(member.role)}
      press={(close) => change.mutate({ member: member.id, role: chosen }, { onSuccess: ({ memberRoleSet }) => memberRoleSet.userErrors.length === 0 && close() })}
    >
      <s-select label={words.role} details={words.about[chosen]} value={chosen} onChange={(event) => choose(event.currentTarget.value as Role)}>
        {ROLES.filter((each) => reaches(mine, each)).map((each) => (
          <s-option key={each} value={each}>
            {words.roles[each]}
          </s-option>
        ))}
      </s-select>
    </Asked>
  );
}

function Removal({ member, name, disabled }: Given) {
  const remove = useChange(
    MemberRemoveDocument,
    (result) => result.memberRemove,
    () => words.removed,
  );
  return (
    <Asked
      label={words.remove}
      named={words.removeOf(name)}
      heading={words.removeOf(name)}
      act={words.remove}
      variant="tertiary"
      critical
      of={remove}
      disabled={disabled}
      press={(close) => remove.mutate({ member: member.id }, { onSuccess: ({ memberRemove }) => memberRemove.userErrors.length === 0 && close() })}
    >
      <s-paragraph>{words.removeMore}</s-paragraph>
    </Asked>
  );
}
