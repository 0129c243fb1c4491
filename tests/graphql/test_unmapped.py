"""Unmapped values over the API: what records lack, how many wait, what they come to; page after page."""

from __future__ import annotations

from tests.graphql.conftest import Api, Tenant

LIST = """
query ($id: ID!, $first: Int = 25, $after: String) { unmappedValues(connection: $id, first: $first, after: $after) {
  nodes { table value code since records { count precision } moneyWaiting { amount currency } explanation { verdict } }
  pageInfo { hasNextPage endCursor } userErrors { code } } }
"""


async def held(
    api: Api, table: str, value: str, count: int, *, of: Tenant | None = None, first: int = 1001
) -> None:
    whose = of or api.mine
    code = "mapping.payment_missing"
    ids = await api.orders(count, of=whose, state="held", code=code, verdict="needs_mapping", first=first)
    await api.owner.execute(
        "INSERT INTO unmapped (tenant_id, connection_id, record_id, table_name, key, value, code)"
        " SELECT $1, $2, r, $4, lower($5), $5, $6 FROM unnest($3::uuid[]) r",
        whose.joined.tenant,
        whose.joined.connection,
        ids,
        table,
        value,
        code,
    )


def gid(whose: Tenant) -> str:
    return f"gid://stockbridge/Connection/{whose.joined.connection}"


async def test_each_value_says_how_many_wait_for_it_and_what_they_come_to(api: Api) -> None:
    await held(api, "payments", "Barter", 37)
    found = (await api.ask(LIST, id=gid(api.mine)))["unmappedValues"]
    (node,) = found["nodes"]
    assert node.pop("since")
    assert node == {
        "table": "payments",
        "value": "Barter",
        "code": "mapping.payment_missing",
        "records": {"count": 37, "precision": "EXACT"},
        "moneyWaiting": [{"amount": "388.50", "currency": "EUR"}],
        "explanation": {"verdict": "NEEDS_MAPPING"},
    }
    assert found["userErrors"] == []


async def test_the_pages_hold_every_value_once(api: Api) -> None:
    for place, value in enumerate(("a", "b", "c")):
        await held(api, "payments", value, 1, first=2001 + place)
    await held(api, "taxes", "a", 1, first=3001)
    seen, after = [], None
    for _ in range(4):
        page = (await api.ask(LIST, id=gid(api.mine), first=2, after=after))["unmappedValues"]
        seen += [(each["table"], each["value"]) for each in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert seen == [("payments", "a"), ("payments", "b"), ("payments", "c"), ("taxes", "a")]


async def test_another_organisations_connection_is_unknown(api: Api) -> None:
    await held(api, "payments", "Barter", 1, of=api.theirs)
    found = (await api.ask(LIST, id=gid(api.theirs)))["unmappedValues"]
    assert (found["nodes"], found["userErrors"]) == ([], [{"code": "connection.unknown"}])


async def test_a_token_without_the_scope_reads_nothing(api: Api) -> None:
    token = await api.mine.token("read_status")
    assert await api.refused(LIST, id=gid(api.mine), token=token) == ["api.scope_missing"]
