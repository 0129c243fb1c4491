"""From the inbox to what the shop shows: the newest event of a product counts, and nothing is read."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import uuid4

import asyncpg
import orjson
import pytest

from app.inbox import Event, Inbox
from app.models import price_settings
from tests.conftest import Addresses
from tests.fakes.world import World
from tests.models.world import VAULT


@pytest.fixture
async def inbox(addresses: Addresses) -> AsyncIterator[Inbox]:
    async def unheard(*_: object) -> None:
        """Nobody is poked."""

    pool = await asyncpg.create_pool(addresses.intake, min_size=1, max_size=2)
    box = Inbox(pool, VAULT, wait=timedelta(seconds=20), poke=unheard)
    box.start()
    yield box
    await box.stop()
    await pool.close()


async def product(world: World, inbox: Inbox, price: str, at: str) -> None:
    variant = {"id": 7, "inventory_item_id": 9, "sku": "MUG", "price": price, "compare_at_price": None}
    body = orjson.dumps({"id": 1, "updated_at": at, "variants": [variant]})
    await inbox.receive(
        Event(shop_domain=world.joined.domain, topic="products/update", webhook_id=uuid4().hex, body=body)
    )


async def shown(world: World) -> list[str]:
    return [str(row["price"]) for row in await world.owner.fetch("SELECT price FROM price_shown")]


async def test_the_newest_event_of_a_price_counts_in_whatever_order_they_come(
    world: World, inbox: Inbox
) -> None:
    await product(world, inbox, "1.00", "2026-11-20T10:00:00Z")
    await world.drain()
    assert await shown(world) == [], "prices are not carried here yet"
    async with world.database.tenant(world.joined.tenant) as tx:
        await price_settings.save(
            tx, tenant=world.joined.tenant, connection=world.joined.connection, settings="{}"
        )
    await product(world, inbox, "5.00", "2026-11-20T10:00:02Z")
    await product(world, inbox, "9.00", "2026-11-20T10:00:01Z")
    await world.drain()
    assert await shown(world) == ["5.00"]
    await product(world, inbox, "4.50", "2026-11-20T10:00:03Z")
    await world.drain()
    assert await shown(world) == ["4.50"]
    assert await world.owner.fetchval("SELECT sku FROM price_variant") == "MUG"


async def test_an_event_of_a_product_starts_no_plan_and_no_run(world: World, inbox: Inbox) -> None:
    async with world.database.tenant(world.joined.tenant) as tx:
        await price_settings.save(
            tx, tenant=world.joined.tenant, connection=world.joined.connection, settings="{}"
        )
    due = await world.owner.fetch("SELECT flow, due_at FROM schedule ORDER BY flow")
    await product(world, inbox, "5.00", "2026-11-20T10:00:02Z")
    await world.drain()
    assert await shown(world) == ["5.00"]
    assert await world.owner.fetch("SELECT flow, due_at FROM schedule ORDER BY flow") == due
    assert await world.owner.fetchval("SELECT count(*) FROM run") == 0
    assert await world.owner.fetchval("SELECT count(*) FROM record WHERE kind = 'product'") == 0
