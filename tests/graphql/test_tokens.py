"""API tokens over the API: shown once, kept as a digest, no mightier than their maker, and ended at once."""

from __future__ import annotations

from typing import Any

import pytest

from app.domain.access import Role
from tests.graphql.conftest import Api

CREATE = """mutation ($input: ApiTokenInput!) { apiTokenCreate(input: $input) {
    token { id name scopes expiresAt usedAt revokedAt } secret userErrors { field code } } }"""
REVOKE = "mutation ($id: ID!) { apiTokenRevoke(token: $id) { token { revokedAt } userErrors { code } } }"
LIST = """query ($first: Int! = 25, $after: String) { apiTokens(first: $first, after: $after) {
    nodes { id name scopes usedAt revokedAt } pageInfo { hasNextPage endCursor } } }"""
SHOP = "{ shop { domain } }"


async def made(api: Api, token: str | None = None, **given: Any) -> dict[str, Any]:
    wanted = {"name": "BI", "scopes": ["READ_STATUS"], **given}
    return dict((await api.ask(CREATE, token=token, input=wanted))["apiTokenCreate"])


async def test_a_token_is_shown_once_and_works_until_it_is_revoked(api: Api) -> None:
    new = await made(api, name="  Reports  ", days=30)
    assert (new["token"]["name"], new["token"]["scopes"]) == ("Reports", ["READ_STATUS"])
    secret = new["secret"]
    assert (await api.ask(SHOP, token=secret))["shop"]["domain"] == api.mine.joined.domain
    rows = await api.owner.fetch("SELECT api_token::text AS row FROM api_token")
    log = await api.owner.fetch("SELECT audit_log::text AS row FROM audit_log")
    shown = await api.ask(LIST)
    assert secret not in f"{rows} {log} {shown}"
    assert shown["apiTokens"]["nodes"][0]["usedAt"]
    ended = (await api.ask(REVOKE, id=new["token"]["id"]))["apiTokenRevoke"]
    assert ended["token"]["revokedAt"]
    again = (await api.ask(REVOKE, id=new["token"]["id"]))["apiTokenRevoke"]
    assert again["userErrors"] == [{"code": "token.unknown"}]
    assert await api.refused(SHOP, token=secret) == ["api.token_invalid"]


@pytest.mark.parametrize(
    ("given", "code", "field"),
    [
        ({"name": "  "}, "token.name", "name"),
        ({"name": "n" * 101}, "token.name", "name"),
        ({"scopes": []}, "token.no_scope", "scopes"),
        ({"days": 0}, "token.days", "days"),
        ({"days": 3_651}, "token.days", "days"),
    ],
)
async def test_what_can_not_be_a_token_is_said_with_its_field(
    api: Api, given: dict[str, Any], code: str, field: str
) -> None:
    refused = await made(api, **given)
    assert (refused["token"], refused["secret"]) == (None, None)
    assert refused["userErrors"] == [{"field": ["input", field], "code": code}]
    assert await api.owner.fetchval("SELECT count(*) FROM api_token") == 0


async def test_nobody_makes_a_token_that_may_more_than_they_do(api: Api) -> None:
    mats = await api.mine.member(Role.MANAGER)
    refused = await made(api, mats.session, scopes=["READ_STATUS", "ADMIN"])
    assert [error["code"] for error in refused["userErrors"]] == ["token.beyond"]
    assert (await made(api, mats.session, scopes=["WRITE_MAPPINGS"]))["secret"]
    assert (await made(api, scopes=["ADMIN"]))["secret"]
    oda = await api.mine.member(Role.OPERATOR)
    assert await api.refused(CREATE, token=oda.session, input={"name": "x", "scopes": ["READ_STATUS"]}) == [
        "api.role_missing"
    ]


async def test_the_list_is_paged_the_newest_first(api: Api) -> None:
    for number in range(5):
        await made(api, name=f"Tool {number}")
    await api.theirs.token("admin")
    found: list[str] = []
    after = None
    for _ in range(4):
        page = (await api.ask(LIST, first=2, after=after))["apiTokens"]
        found += [each["name"] for each in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert found == [f"Tool {number}" for number in reversed(range(5))]
