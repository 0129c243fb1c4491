"""Lists that may be sorted: every page of one order is every page of the other, turned round."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.graphql.conftest import Api
from tests.graphql.test_stock import begun

ORDERS = "query ($after: String, $sort: OrderSort!) { orders(first: 2, after: $after, sort: $sort) { %s } }"
RUNS = "query ($after: String, $sort: RunSort!) { runs(first: 2, after: $after, sort: $sort) { %s } }"
LINES = """query ($after: String, $sort: EventSort!) { orders(first: 1) { nodes {
    timeline(first: 2, after: $after, sort: $sort) { %s } } } }"""
PAGE = "nodes { id } pageInfo { hasNextPage endCursor }"


async def ids(api: Api, document: str, sort: str) -> list[str]:
    """Of every page, in order."""
    found: list[str] = []
    page: dict[str, Any] = {"pageInfo": {"hasNextPage": True, "endCursor": None}}
    while page["pageInfo"]["hasNextPage"]:
        data = await api.ask(document % PAGE, after=page["pageInfo"]["endCursor"], sort=sort)
        (page,) = data.values()
        if "pageInfo" not in page:
            page = page["nodes"][0]["timeline"]
        found += [node["id"] for node in page["nodes"]]
    return found


@pytest.mark.parametrize("document", [ORDERS, RUNS, LINES], ids=["orders", "runs", "timeline"])
async def test_the_oldest_first_is_the_newest_first_turned_round(api: Api, document: str) -> None:
    record, *_ = reversed(await api.orders(5))
    for _ in range(5):
        await begun(api, api.mine)
        await asyncio.sleep(0.002)
    await api.owner.execute(
        "INSERT INTO timeline (tenant_id, record_id, kind, sentence)"
        " SELECT $1, $2, 'read', 'Read.' FROM generate_series(1, 5)",
        api.mine.joined.tenant,
        record,
    )
    newest, oldest = await ids(api, document, "NEWEST"), await ids(api, document, "OLDEST")
    assert len(set(newest)) == 5
    assert oldest == newest[::-1]
