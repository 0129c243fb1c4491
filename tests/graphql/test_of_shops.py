"""Several shops of one organisation: their records and problems told apart, and what is done to one's leaves the other's."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import uuid4

from app.graphql.ids import Kind, gid
from tests.graphql.conftest import Api, Tenant
from tests.graphql.test_record_search import found
from tests.graphql.test_resolved import HELD

ORDERS = "query ($shop: ID, $id: ID) { orders(shop: $shop, connection: $id) { nodes { storeKey connection { shop { name } } } } }"
PROBLEMS = """query ($shop: ID, $id: ID) { overview { problems(shop: $shop, connection: $id) {
    code count moneyWaiting { amount } connections { name shop { domain } } } } }"""
RESOLVED = """query ($shop: ID, $id: ID) { resolvedProblems(shop: $shop, connection: $id) {
    code count connections { shop { domain } } } }"""
RETRY = """mutation ($code: String!, $shop: ID, $id: ID) { problemRetry(code: $code, shop: $shop, connection: $id) {
    count userErrors { field code } } }"""


async def beside(api: Api) -> Tenant:
    """Another shop of my organisation, with a connection of its own."""
    mine, shop, connection = api.mine.joined, uuid4(), uuid4()
    domain = f"beside-{shop.hex[:8]}.myshopify.com"
    await api.owner.execute(
        "INSERT INTO shop (tenant_id, id, domain, installed_at) VALUES ($1, $2, $3, now())",
        mine.tenant,
        shop,
        domain,
    )
    await api.owner.execute(
        "INSERT INTO connection (tenant_id, id, shop_id, host, name, sealed_credentials)"
        " SELECT tenant_id, $1, $2, host, 'Beside', sealed_credentials FROM connection WHERE id = $3",
        connection,
        shop,
        mine.connection,
    )
    return replace(api.mine, joined=replace(mine, shop=shop, connection=connection, domain=domain))


def shop_of(whose: Tenant) -> str:
    return gid(Kind.SHOP, whose.joined.shop)


def of(whose: Tenant) -> str:
    return gid(Kind.CONNECTION, whose.joined.connection)


async def keys(api: Api, **where: Any) -> list[str]:
    return [each["storeKey"] for each in (await api.ask(ORDERS, **where))["orders"]["nodes"]]


async def test_orders_and_records_of_one_shop_are_told_from_the_others(api: Api) -> None:
    other = await beside(api)
    await api.orders(2)
    await api.orders(2, of=other, first=2001)
    await api.orders(1, of=api.theirs, first=9001)
    assert sorted(await keys(api)) == ["1001", "1002", "2001", "2002"]
    assert await keys(api, shop=shop_of(other)) == ["2002", "2001"]
    assert await keys(api, shop=shop_of(api.mine), id=of(api.mine)) == ["1002", "1001"]
    assert await keys(api, shop=shop_of(api.mine), id=of(other)) == []
    for nobodys in (shop_of(api.theirs), "gid://stockbridge/Shop/nonsense", of(other)):
        assert await keys(api, shop=nobodys) == []
        assert await found(api, shop=nobodys) == []
    assert await found(api, shop=shop_of(other), first=1) == ["order 2002", "order 2001"]
    assert await found(api, shop=shop_of(other), words="#1001") == []
    assert await found(api, shop=shop_of(api.mine), words="#1001") == ["order 1001"]
    (first, *_) = (await api.ask(ORDERS, shop=shop_of(other)))["orders"]["nodes"]
    assert first["connection"]["shop"]["name"] == other.joined.domain.partition(".")[0]


async def problems(api: Api, **where: Any) -> dict[str, tuple[int, set[str]]]:
    """By code: how many, and of which shops."""
    told = (await api.ask(PROBLEMS, **where))["overview"]["problems"]
    return {
        each["code"]: (each["count"], {of["shop"]["domain"] for of in each["connections"]}) for each in told
    }


async def test_a_problem_says_whose_records_wait_and_is_told_of_one_shop_or_connection_alone(
    api: Api,
) -> None:
    other = await beside(api)
    await api.orders(2, state="held", code="item.unknown")
    await api.orders(3, of=other, first=2001, state="held", code="item.unknown")
    await api.orders(1, of=other, first=3001, state="held", code="order.test")
    await api.orders(5, of=api.theirs, first=9001, state="held", code="item.unknown")
    here, there = api.mine.joined.domain, other.joined.domain
    assert await problems(api) == {"item.unknown": (5, {here, there}), "order.test": (1, {there})}
    assert await problems(api, shop=shop_of(api.mine)) == {"item.unknown": (2, {here})}
    assert await problems(api, id=of(other)) == {"item.unknown": (3, {there}), "order.test": (1, {there})}
    assert await problems(api, shop=shop_of(api.mine), id=of(other)) == {}
    assert await problems(api, shop=shop_of(api.theirs)) == {}


async def test_whose_records_wait_is_loaded_once_for_all_problems(api: Api) -> None:
    other, spent = await beside(api), list[int]()
    for number in range(30):
        for whose, first in ((api.mine, 1000), (other, 2000)):
            await api.orders(1, of=whose, first=first + number, state="held", code=f"code.{number}")
        if number in {0, 29}:
            api.counted.said.clear()
            assert len(await problems(api)) == number + 1
            spent.append(len(api.counted.said))
    assert spent[0] == spent[1] <= 4


async def test_what_was_resolved_is_told_of_one_shop_alone(api: Api) -> None:
    other = await beside(api)
    await api.orders(2)
    await api.orders(1, of=other, first=2001)
    await api.owner.execute(HELD, "item.unknown", ["1001", "1002", "2001"])

    async def told(**where: Any) -> list[tuple[int, list[str]]]:
        rows = (await api.ask(RESOLVED, **where))["resolvedProblems"]
        return [(each["count"], sorted(of["shop"]["domain"] for of in each["connections"])) for each in rows]

    assert await told() == [(3, sorted([api.mine.joined.domain, other.joined.domain]))]
    assert await told(shop=shop_of(other)) == [(1, [other.joined.domain])]
    assert await told(id=of(api.mine)) == [(2, [api.mine.joined.domain])]
    assert await told(shop=shop_of(api.theirs)) == []


async def test_one_shop_s_records_are_run_again_and_the_other_s_are_left(api: Api) -> None:
    other = await beside(api)
    for whose, first in ((api.mine, 1001), (other, 2001)):
        await api.orders(2, of=whose, state="held", code="item.unknown", first=first)

    async def asked() -> list[str]:
        rows = await api.owner.fetch(
            "SELECT source_key FROM record WHERE tenant_id = $1 AND wanted > done ORDER BY source_key",
            api.mine.joined.tenant,
        )
        return [row["source_key"] for row in rows]

    before = await asked()
    refused = (await api.ask(RETRY, code="item.unknown", shop=shop_of(api.theirs)))["problemRetry"]
    assert refused == {"count": None, "userErrors": [{"field": ["shop"], "code": "shop.unknown"}]}
    crossed = (await api.ask(RETRY, code="item.unknown", shop=shop_of(api.mine), id=of(other)))[
        "problemRetry"
    ]
    assert (crossed["count"], await asked()) == (None, before)
    done = (await api.ask(RETRY, code="item.unknown", shop=shop_of(other)))["problemRetry"]
    assert done == {"count": 2, "userErrors": []}
    assert sorted(set(await asked()) - set(before)) == ["2001", "2002"]
