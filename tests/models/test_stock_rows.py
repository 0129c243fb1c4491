"""The hot questions about stock use their indexes as the app's role, among thousands of rows of two tenants."""

from __future__ import annotations

from datetime import timedelta

import asyncpg
import pytest

from app.models import stock_levels, stock_links
from app.models.database import Database, Tx
from tests.conftest import Addresses
from tests.models.world import Joined, join

_ITEMS = """
INSERT INTO stock_item (tenant_id, shop_id, item_key, sku, sku_search)
SELECT $1, $2, n::text, 'SKU-' || n, 'sku-' || lpad(n::text, 6, '0') FROM generate_series(1, $3) n
"""
_LEVELS = """
INSERT INTO stock_level (tenant_id, shop_id, item_key, location_key, available, seen_at)
SELECT $1, $2, n::text, '1', 5, now() FROM generate_series(1, $3) n
"""


@pytest.fixture
async def one(database: Database, addresses: Addresses) -> Joined:
    worlds = [await join(database) for _ in range(2)]
    owner = await asyncpg.connect(addresses.owner)
    for world in worlds:
        for fill in (_ITEMS, _LEVELS):
            await owner.execute(fill, world.tenant, world.shop, 6_000)
    await owner.execute("ANALYZE")
    await owner.close()
    return worlds[0]


async def plan_of(tx: Tx, sql: str, *values: object) -> str:
    return "\n".join(row[0] for row in await tx.rows("EXPLAIN " + sql, *values))


async def test_items_are_walked_by_the_index_of_skus(database: Database, one: Joined) -> None:
    async with database.tenant(one.tenant) as tx:
        shown = await plan_of(
            tx,
            "SELECT item_key FROM stock_item WHERE tenant_id = $1 AND shop_id = $2"
            " AND (sku_search, item_key) > ($3, $4) ORDER BY sku_search, item_key LIMIT 500",
            one.tenant,
            one.shop,
            "sku-003000",
            "",
        )
        found = await stock_links.page(
            tx, tenant=one.tenant, shop=one.shop, after=("sku-005998", "5998"), most=500
        )
    assert "stock_item_by_sku" in shown
    assert "Sort" not in shown
    assert [item.sku for item in found] == ["SKU-5999", "SKU-6000"]


async def test_the_levels_of_a_slice_are_found_by_their_key(database: Database, one: Joined) -> None:
    async with database.tenant(one.tenant) as tx:
        shown = await plan_of(
            tx,
            "SELECT * FROM stock_level WHERE tenant_id = $1 AND shop_id = $2 AND item_key = ANY ($3::text[])",
            one.tenant,
            one.shop,
            [str(n) for n in range(50)],
        )
        known = await stock_levels.known(
            tx, tenant=one.tenant, shop=one.shop, items=["7", "8", "none"], trust=timedelta(minutes=1)
        )
    assert "stock_level_pkey" in shown
    assert {key.item for key in known} == {"7", "8"}
