"""Roles over the API: who may give which, what a role may is decided by owners, and all of it stands in the audit log."""

from __future__ import annotations

import asyncio
from typing import Any

from app.domain.access import DEFAULTS, Role
from tests.graphql.conftest import Api, Colleague

VIEWER = "{ viewer { role permissions } }"
MEMBERS = """query ($first: Int! = 25, $after: String) { members(first: $first, after: $after) {
    nodes { id name staff role accountOwner you shop { domain } } pageInfo { hasNextPage endCursor } } }"""
SET = """mutation ($member: ID!, $role: Role!) { memberRoleSet(member: $member, role: $role) {
    member { id role } userErrors { field code } } }"""
REMOVE = "mutation ($member: ID!) { memberRemove(member: $member) { removed userErrors { code } } }"
TABLE = "{ permissions { role permissions fixed } }"
DECIDE = """mutation ($role: Role!, $permissions: [Permission!]!) {
    permissionsSet(role: $role, permissions: $permissions) { permissions { role permissions } userErrors { field code } } }"""
RETRY = 'mutation { problemRetry(code: "item.unknown") { count userErrors { code } } }'
LOG = "query ($action: String) { auditLog(action: $action) { nodes { actor actorName action facts { name value } } } }"


async def said(api: Api, token: str, document: str, **variables: Any) -> list[str]:
    """The codes of what was refused in the payload."""
    (payload,) = (await api.ask(document, token=token, **variables)).values()
    return [error["code"] for error in payload["userErrors"]]


async def gives(api: Api, who: str, whom: Colleague, role: str) -> list[str]:
    return await said(api, who, SET, member=whom.id, role=role)


async def test_everybody_is_told_what_they_may(api: Api) -> None:
    owner = (await api.ask(VIEWER))["viewer"]
    assert (owner["role"], len(owner["permissions"])) == ("OWNER", len(DEFAULTS[Role.OWNER]))
    oda = await api.mine.member(Role.OPERATOR)
    operator = (await api.ask(VIEWER, token=oda.session))["viewer"]
    assert operator["role"] == "OPERATOR"
    assert operator["permissions"] == ["READ_STATUS", "READ_RECORDS", "WRITE_RETRY", "WRITE_MAPPINGS"]
    tool = (await api.ask(VIEWER, token=await api.mine.token("read_status")))["viewer"]
    assert tool == {"role": None, "permissions": ["READ_STATUS"]}


async def test_a_role_opens_what_it_says_and_nothing_else(api: Api) -> None:
    oda, vico = await api.mine.member(Role.OPERATOR), await api.mine.member(Role.VIEWER)
    assert await said(api, oda.session, RETRY) == []
    assert await api.refused(RETRY, token=vico.session) == ["api.role_missing"]
    assert await api.refused("{ auditLog { nodes { actor } } }", token=oda.session) == ["api.role_missing"]
    (denied, *_) = (await api.ask(LOG, action="access.denied"))["auditLog"]["nodes"]
    assert denied["actor"] == f"staff:{oda.staff}"
    assert denied["facts"] == [
        {"name": "permission", "value": "read_audit"},
        {"name": "role", "value": "operator"},
    ]


async def test_the_list_names_everybody_page_by_page_and_nobody_of_another_organisation(api: Api) -> None:
    people = [await api.mine.member(Role.VIEWER, name=f"Person {number}") for number in range(3)]
    await api.theirs.member(Role.MANAGER, name="Somebody else")
    found: list[dict[str, Any]] = []
    after = None
    for _ in range(4):
        page = (await api.ask(MEMBERS, first=2, after=after))["members"]
        found += page["nodes"]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert [each["name"] for each in found] == [None, "Person 0", "Person 1", "Person 2"]
    assert [each["id"] for each in found[1:]] == [each.id for each in people]
    assert [(each["you"], each["accountOwner"]) for each in found] == [(True, True), *[(False, False)] * 3]
    assert {each["shop"]["domain"] for each in found} == {api.mine.joined.domain}


async def test_a_manager_raises_a_viewer_and_nobody_gives_or_takes_above_their_own(api: Api) -> None:
    mats, vico = await api.mine.member(Role.MANAGER, name="Mats"), await api.mine.member(Role.VIEWER)
    other = await api.mine.member(Role.OWNER)
    assert await gives(api, mats.session, vico, "OPERATOR") == []
    assert (await api.ask(VIEWER, token=vico.session))["viewer"]["role"] == "OPERATOR"
    for refused in (
        await gives(api, mats.session, vico, "OWNER"),
        await gives(api, mats.session, mats, "OWNER"),
        await gives(api, mats.session, other, "VIEWER"),
        await said(api, mats.session, REMOVE, member=other.id),
    ):
        assert refused == ["member.too_high"]
    assert await api.refused(SET, token=vico.session, member=vico.id, role="MANAGER") == ["api.role_missing"]
    entries = (await api.ask(LOG, action="member.role"))["auditLog"]["nodes"]
    assert [(each["actor"], each["actorName"]) for each in entries] == [(f"staff:{mats.staff}", "Mats")]
    assert entries[0]["facts"] == [{"name": "new", "value": "operator"}, {"name": "old", "value": "viewer"}]


async def test_the_accounts_owner_is_never_locked_out_and_somebody_is_always_an_owner(api: Api) -> None:
    other = await api.mine.member(Role.OWNER)
    me = next(each for each in (await api.ask(MEMBERS))["members"]["nodes"] if each["you"])
    assert await said(api, other.session, SET, member=me["id"], role="VIEWER") == ["member.account_owner"]
    assert await said(api, other.session, REMOVE, member=me["id"]) == ["member.account_owner"]
    await api.owner.execute("UPDATE member SET account_owner = false")
    assert await said(api, other.session, SET, member=me["id"], role="MANAGER") == []
    assert await gives(api, other.session, other, "VIEWER") == ["member.last_owner"]
    assert await said(api, other.session, REMOVE, member=other.id) == ["member.last_owner"]
    assert await api.owner.fetchval("SELECT count(*) FROM member WHERE role = 'owner'") == 2  # theirs too


async def test_two_owners_who_lower_each_other_at_once_leave_one(api: Api) -> None:
    one, two = await api.mine.member(Role.OWNER), await api.mine.member(Role.OWNER)
    await api.owner.execute(
        "DELETE FROM member WHERE account_owner AND tenant_id = $1", api.mine.joined.tenant
    )
    answers = await asyncio.gather(
        gives(api, one.session, two, "VIEWER"), gives(api, two.session, one, "VIEWER"), return_exceptions=True
    )
    owners = "SELECT count(*) FROM member WHERE role = 'owner' AND tenant_id = $1"
    assert await api.owner.fetchval(owners, api.mine.joined.tenant) == 1, answers


async def test_whoever_was_removed_is_somebody_new_when_they_come_again(api: Api) -> None:
    mats = await api.mine.member(Role.MANAGER)
    assert await said(api, api.mine.session, REMOVE, member=mats.id) == []
    assert await said(api, api.mine.session, REMOVE, member=mats.id) == ["member.unknown"]
    assert (await api.ask(VIEWER, token=mats.session))["viewer"]["role"] == "VIEWER"


async def test_what_a_role_may_is_decided_by_owners_and_counts_at_once(api: Api) -> None:
    mats, vico = await api.mine.member(Role.MANAGER), await api.mine.member(Role.VIEWER)
    wanted = ["READ_STATUS", "READ_RECORDS", "WRITE_RETRY"]
    assert await api.refused(DECIDE, token=mats.session, role="VIEWER", permissions=wanted) == [
        "api.role_missing"
    ]
    assert await said(api, api.mine.session, DECIDE, role="VIEWER", permissions=wanted) == []
    assert (await api.ask(VIEWER, token=vico.session))["viewer"]["permissions"] == wanted
    assert await said(api, vico.session, RETRY) == []
    theirs = await api.theirs.member(Role.VIEWER)
    assert await api.refused(RETRY, token=theirs.session) == ["api.role_missing"]
    (entry,) = (await api.ask(LOG, action="permissions.set"))["auditLog"]["nodes"]
    assert {fact["name"]: fact["value"] for fact in entry["facts"]} == {
        "role": "viewer",
        "given": "write_retry",
        "taken": "",
    }


async def test_an_owners_role_and_what_is_an_owners_alone_can_not_be_changed(api: Api) -> None:
    before = (await api.ask(TABLE))["permissions"]
    assert before[0]["role"] == "OWNER"
    assert before[0]["fixed"] == before[0]["permissions"]
    assert all(row["fixed"] == ["READ_STATUS", "MANAGE_PERMISSIONS", "MANAGE_SHOPS"] for row in before[1:])
    mine = api.mine.session
    assert await said(api, mine, DECIDE, role="OWNER", permissions=[]) == ["permission.owners"]
    for asked in ("MANAGE_PERMISSIONS", "MANAGE_SHOPS"):
        refused = await said(api, mine, DECIDE, role="MANAGER", permissions=[asked])
        assert refused == ["permission.owners_alone"]
    assert (await api.ask(TABLE))["permissions"] == before
    assert await said(api, mine, DECIDE, role="MANAGER", permissions=[]) == []
    assert (await api.ask(TABLE))["permissions"][1]["permissions"] == ["READ_STATUS"]
