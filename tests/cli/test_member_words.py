"""The words about people and tokens, as an operator says them when nobody else can."""

from __future__ import annotations

from app.domain.access import Role
from app.models import members
from app.models.database import Database
from tests.cli.conftest import said
from tests.models.world import OWNER, Joined


async def test_an_operator_gives_a_role_and_the_last_owner_keeps_theirs(
    env: dict[str, str], joined: Joined, database: Database
) -> None:
    shop = ("--shop", joined.domain)
    async with database.tenant(joined.tenant) as tx:
        await members.unknown(tx, tenant=joined.tenant, shop=joined.shop, staff="8")
    owner, viewer = (await said(env, "member", "list", *shop)).lines
    assert (owner["staff"], owner["role"], owner["account_owner"]) == (OWNER, "owner", True)
    assert (viewer["staff"], viewer["role"]) == ("8", "viewer")
    given = await said(env, "member", "role", *shop, viewer["id"], "owner")
    assert (given.code, given.out.split()) == (0, [viewer["id"], "owner"])
    refused = await said(env, "member", "role", *shop, owner["id"], "viewer")
    assert (refused.code, "[member.account_owner]" in refused.err) == (2, True)
    async with database.tenant(joined.tenant) as tx:
        (entry,) = await tx.rows("SELECT actor, action, facts ->> 'new' AS new FROM audit_log")
        found = await members.page(tx, tenant=joined.tenant, after=None, most=9)
    assert (entry["actor"], entry["action"], entry["new"]) == ("command line", "member.role", "owner")
    assert [each.role for each in found] == [Role.OWNER, Role.OWNER]


async def test_a_token_is_printed_once_listed_and_revoked(env: dict[str, str], joined: Joined) -> None:
    shop = ("--shop", joined.domain)
    made = await said(env, "token", "create", *shop, "--name", "BI", "--scope", "read_status", "--days", "3")
    assert (made.code, made.out.startswith("sb_")) == (0, True)
    listed = (await said(env, "token", "list", *shop)).out
    assert "BI  read_status  ends " in listed
    assert made.out.strip() not in listed
    revoked = await said(env, "token", "revoke", *shop, listed.split()[0])
    assert (revoked.code, revoked.out) == (0, "revoked\n")
    again = await said(env, "token", "revoke", *shop, listed.split()[0])
    assert (again.code, "[token.unknown]" in again.err) == (2, True)
