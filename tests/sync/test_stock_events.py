"""From the inbox to the levels: the body is the news, nothing is read, and an odd one spoils no batch."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import asyncpg
import orjson
import pytest

from app.domain.ids import StoreKey
from app.domain.inventory import StoreLocation
from app.inbox import Event, Inbox
from app.models import stock_links, stock_settings
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


async def told(world: World, inbox: Inbox, topic: str, **body: Any) -> None:
    await inbox.receive(
        Event(shop_domain=world.joined.domain, topic=topic, webhook_id=uuid4().hex, body=orjson.dumps(body))
    )


async def level(world: World, inbox: Inbox, available: int, at: str) -> None:
    await told(
        world,
        inbox,
        "inventory_levels/update",
        inventory_item_id=7,
        location_id=8,
        available=available,
        updated_at=at,
    )


async def turned_on(world: World) -> None:
    async with world.database.tenant(world.joined.tenant) as tx:
        await stock_settings.save(
            tx, tenant=world.joined.tenant, connection=world.joined.connection, settings="{}"
        )


async def shown(world: World) -> list[int]:
    return [row["available"] for row in await world.owner.fetch("SELECT available FROM stock_level")]


async def test_the_newest_event_of_a_level_counts_in_whatever_order_they_come(
    world: World, inbox: Inbox
) -> None:
    await turned_on(world)
    await level(world, inbox, 5, "2026-11-20T10:00:02Z")
    await level(world, inbox, 9, "2026-11-20T10:00:01Z")
    await world.drain()
    assert await shown(world) == [5]
    await level(world, inbox, 8, "2026-11-20T10:00:01Z")
    await world.drain()
    assert await shown(world) == [5]
    await level(world, inbox, 4, "2026-11-20T10:00:03Z")
    await world.drain()
    assert await shown(world) == [4]
    assert await world.owner.fetchval("SELECT unexplained FROM stock_level") == 1


async def place(
    world: World, inbox: Inbox, what: str, at: str | None, *, active: bool = True, **more: Any
) -> None:
    body = {"id": 8, "name": "Outlet", "active": active, "updated_at": at, **more}
    await told(world, inbox, f"locations/{what}", **body)


async def places(world: World) -> dict[str, bool]:
    """What is known of locations: whether each is open, by name."""
    rows = await world.owner.fetch("SELECT name, active FROM store_location ORDER BY name")
    return {row["name"]: row["active"] for row in rows}


async def listed(world: World, *found: StoreLocation, at: datetime) -> None:
    """The store's whole list was read, as it was at an instant."""
    about = {"tenant": world.joined.tenant, "shop": world.joined.shop}
    async with world.database.tenant(world.joined.tenant) as tx:
        await stock_links.save_locations(tx, **about, found=found, read_at=at)


async def test_the_newest_word_about_a_location_counts_in_whatever_order_and_however_often_it_comes(
    world: World, inbox: Inbox
) -> None:
    first, noon = datetime(2026, 11, 20, 9, tzinfo=UTC), datetime(2026, 11, 20, 12, tzinfo=UTC)
    await listed(world, StoreLocation(key=StoreKey("1"), name="Main"), at=first)
    await place(world, inbox, "create", "2026-11-20T10:00:00Z")
    await world.drain()
    assert await places(world) == {"Main": True, "Outlet": True}
    for _ in range(2):
        await place(world, inbox, "deactivate", "2026-11-20T10:00:02Z", active=False)
        await place(world, inbox, "update", "2026-11-20T10:00:01Z", name="Old name")
    await world.drain()
    await place(world, inbox, "update", "2026-11-20T10:00:01Z", name="Old name")
    await place(world, inbox, "update", None, name="No time")
    await world.drain()
    assert await places(world) == {"Main": True, "Outlet": False}
    both = [StoreLocation(key=StoreKey("1"), name="Main"), StoreLocation(key=StoreKey("8"), name="Outlet")]
    await listed(world, *both, at=first)
    assert await places(world) == {"Main": True, "Outlet": False}, "that was read before it was closed"
    await place(world, inbox, "activate", "2026-11-20T10:00:03Z")
    await world.drain()
    assert await places(world) == {"Main": True, "Outlet": True}
    await listed(world, both[0], at=noon)
    assert await places(world) == {"Main": True, "Outlet": False}, "what is not listed is closed"


async def test_a_location_that_was_deleted_stays_closed_whatever_is_still_to_come(
    world: World, inbox: Inbox
) -> None:
    outlet = StoreLocation(key=StoreKey("8"), name="Outlet")
    await listed(world, outlet, at=datetime(2026, 11, 20, 9, tzinfo=UTC))
    await place(world, inbox, "delete", None)
    await place(world, inbox, "update", "2026-11-20T10:00:01Z")
    await world.drain()
    await place(world, inbox, "activate", "2026-11-20T10:00:02Z")
    await world.drain()
    assert await places(world) == {"Outlet": False}


async def test_of_a_shop_whose_locations_were_never_read_one_alone_is_not_taken_for_the_whole(
    world: World, inbox: Inbox
) -> None:
    await place(world, inbox, "create", "2026-11-20T10:00:00Z")
    await world.drain()
    assert await places(world) == {}


async def test_events_keep_links_fresh_and_a_deleted_item_goes_with_its_levels(
    world: World, inbox: Inbox
) -> None:
    await turned_on(world)
    await told(world, inbox, "inventory_items/create", id=7, sku="A", tracked=False)
    await told(world, inbox, "products/update", id=1, variants=[{"inventory_item_id": 7, "sku": "B"}])
    await level(world, inbox, 5, "2026-11-20T10:00:00Z")
    await world.drain()
    row = await world.owner.fetchrow("SELECT sku, tracked FROM stock_item")
    assert row is not None
    assert (row["sku"], row["tracked"]) == ("B", False)
    await told(world, inbox, "inventory_items/delete", id=7)
    await world.drain()
    assert (await shown(world), await world.owner.fetchval("SELECT count(*) FROM stock_item")) == ([], 0)


async def test_a_shop_without_stock_keeps_nothing_of_it(world: World, inbox: Inbox) -> None:
    await level(world, inbox, 5, "2026-11-20T10:00:00Z")
    await world.drain()
    assert await shown(world) == []
    assert await world.owner.fetchval("SELECT count(*) FROM inbox_work") == 0


async def test_an_odd_body_is_held_and_the_rest_of_its_batch_is_folded(world: World, inbox: Inbox) -> None:
    await turned_on(world)
    await level(world, inbox, 99_999_999_999, "2026-11-20T10:00:00Z")
    await told(world, inbox, "inventory_items/update", id=7, sku="A\x00B", tracked=True)
    await level(world, inbox, 5, "0001-01-01T00:00:00+14:00")
    await level(world, inbox, 3, "2026-11-20T10:00:00Z")
    await world.drain()
    assert await shown(world) == [3]
    assert await world.owner.fetchval("SELECT sku FROM stock_item") == "AB"
    held = await world.owner.fetch("SELECT held_code FROM inbox_work")
    assert {row["held_code"] for row in held} == {"event.malformed"}


async def sku(world: World) -> list[str]:
    rows = await world.owner.fetch(
        "SELECT sku FROM stock_item WHERE tenant_id = $1 ORDER BY item_key", world.joined.tenant
    )
    return [row["sku"] for row in rows]


async def test_a_variant_is_followed_from_its_first_day_to_its_last(world: World, inbox: Inbox) -> None:
    await turned_on(world)
    noon, later = "2026-11-20T12:00:00Z", "2026-11-20T13:00:00Z"
    await told(
        world,
        inbox,
        "products/create",
        id=1,
        updated_at=noon,
        variants=[{"inventory_item_id": 7, "sku": "NEW"}],
    )
    await world.drain()
    assert await sku(world) == ["NEW"]
    await told(world, inbox, "inventory_items/update", id=7, sku="RENAMED", tracked=True, updated_at=later)
    await world.drain()
    await told(world, inbox, "inventory_items/create", id=7, sku="NEW", tracked=True, updated_at=noon)
    await world.drain()
    assert await sku(world) == ["RENAMED"]
    await told(world, inbox, "inventory_items/delete", id=7)
    await world.drain()
    assert await sku(world) == []


async def test_a_level_that_is_no_longer_stocked_is_forgotten_unless_it_was_heard_of_since(
    world: World, inbox: Inbox
) -> None:
    await turned_on(world)
    own = "SELECT available FROM stock_level WHERE tenant_id = $1"
    await level(world, inbox, 5, "2026-11-20T12:00:00Z")
    await told(world, inbox, "inventory_levels/disconnect", inventory_item_id=7, location_id=8)
    await world.drain()
    assert await world.owner.fetch(own, world.joined.tenant) == []
    await told(world, inbox, "inventory_levels/disconnect", inventory_item_id=7, location_id=8)
    await level(world, inbox, 3, "2026-11-20T12:05:00Z")
    await world.drain()
    assert [row["available"] for row in await world.owner.fetch(own, world.joined.tenant)] == [3]


async def test_the_end_of_a_bulk_operation_brings_the_turn_of_who_waits_for_it(
    world: World, inbox: Inbox
) -> None:
    await turned_on(world)
    tenant, shop = world.joined.tenant, world.joined.shop
    await world.owner.execute(
        "INSERT INTO stock_bulk (tenant_id, id, connection_id, shop_id, purpose, state, operation)"
        " VALUES ($1, gen_random_uuid(), $2, $3, 'link', 'running', 'gid://shopify/BulkOperation/1')",
        tenant,
        world.joined.connection,
        shop,
    )
    await world.owner.execute(
        "UPDATE schedule SET due_at = now() + interval '1 hour' WHERE flow = 'inventory' AND tenant_id = $1",
        tenant,
    )
    await told(world, inbox, "bulk_operations/finish", admin_graphql_api_id="gid://shopify/BulkOperation/1")
    await world.drain()
    due = await world.owner.fetchval(
        "SELECT due_at <= now() FROM schedule WHERE flow = 'inventory' AND tenant_id = $1", tenant
    )
    assert due is True
