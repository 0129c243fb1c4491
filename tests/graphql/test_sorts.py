"""Lists that may be sorted: every page of one order is every page of the other, turned round."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.graphql.conftest import Api
from tests.graphql.test_stock import begun, connection, stocked
from tests.graphql.test_unmapped import held

ORDERS = "query ($after: String, $sort: OrderSort!) { orders(first: 2, after: $after, sort: $sort) { %s } }"
RUNS = "query ($after: String, $sort: RunSort!) { runs(first: 2, after: $after, sort: $sort) { %s } }"
LINES = """query ($after: String, $sort: EventSort!) { orders(first: 1) { nodes {
    timeline(first: 2, after: $after, sort: $sort) { %s } } } }"""
LEVELS = """query ($after: String, $sort: StockLevelSort!, $id: ID!) {
    stockLevels(connection: $id, first: 2, after: $after, sort: $sort) { %s } }"""
LACKING = """query ($after: String, $sort: UnmappedValueSort!, $id: ID!) {
    unmappedValues(connection: $id, first: 2, after: $after, sort: $sort) { %s } }"""
TOLD = "query ($after: String, $sort: NotificationSort!) { notifications(first: 2, after: $after, sort: $sort) { %s } }"
PAGE = "nodes { id } pageInfo { hasNextPage endCursor }"


async def ids(api: Api, document: str, sort: str, **given: str) -> list[str]:
    """Of every page, in order; of what has no id its value."""
    found: list[str] = []
    page: dict[str, Any] = {"pageInfo": {"hasNextPage": True, "endCursor": None}}
    while page["pageInfo"]["hasNextPage"]:
        wanted = PAGE.replace("id", "value") if document is LACKING else PAGE
        data = await api.ask(document % wanted, after=page["pageInfo"]["endCursor"], sort=sort, **given)
        (page,) = data.values()
        if "pageInfo" not in page:
            page = page["nodes"][0]["timeline"]
        found += [value for node in page["nodes"] for value in node.values()]
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


async def test_stock_is_sorted_by_sku_from_either_end(api: Api) -> None:
    await stocked(api, 5)
    forth = await ids(api, LEVELS, "SKU", id=connection(api.mine))
    assert len(set(forth)) == 5
    assert await ids(api, LEVELS, "SKU_BACKWARDS", id=connection(api.mine)) == forth[::-1]


async def test_what_is_lacking_is_sorted_by_table_and_value_from_either_end(api: Api) -> None:
    for at, (table, value) in enumerate(
        [
            ("payments", "Barter"),
            ("payments", "Shells"),
            ("taxes", "VAT 3"),
            ("taxes", "A"),
            ("shipping", "By sea"),
        ]
    ):
        await held(api, table, value, 1, first=1001 + at)
    forth = await ids(api, LACKING, "TABLE", id=connection(api.mine))
    assert forth == ["Barter", "Shells", "By sea", "A", "VAT 3"]
    assert await ids(api, LACKING, "TABLE_BACKWARDS", id=connection(api.mine)) == forth[::-1]


async def test_what_was_told_is_sorted_by_when_from_either_end(api: Api) -> None:
    await api.owner.execute(
        "INSERT INTO notification (tenant_id, kind, phase, cause, recipient_id, channel, title, state, at)"
        " SELECT $1, 'held', 'alarm', 'c', gen_random_uuid(), 'email', 't', 'done', now() - nth * interval '1 minute'"
        " FROM generate_series(1, 5) nth",
        api.mine.joined.tenant,
    )
    newest, oldest = await ids(api, TOLD, "NEWEST"), await ids(api, TOLD, "OLDEST")
    assert len(set(newest)) == 5
    assert oldest == newest[::-1]
