"""One lost webhook among many of a real simulated shop is found and healed within one reconciliation, and nothing else runs."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from app.domain.ids import StoreKey
from app.models.database import Database
from app.shopify.store import SHOPIFY
from app.sync.reconcile import Reconcile
from tests.conftest import Addresses
from tests.fakes.world import World, new_world
from tests.shopify.conftest import InstalledShop
from tests.shopify.test_journey import Door, door
from tests.stores.rig import Placed
from tests.stores.shopify_rig import ShopifyUnderTest

__all__ = ["door"]


@pytest.fixture
async def world(database: Database, addresses: Addresses, shop: InstalledShop) -> AsyncIterator[World]:
    async with new_world(database, addresses, store=shop.store.orders) as made:
        yield made


async def dropped(shop: InstalledShop, share: float) -> None:
    answer = await shop.control.patch("/control/faults", json={"webhooks_dropped": share})
    assert answer.status_code == 200, answer.text


async def heard_of(world: World, under: ShopifyUnderTest) -> set[StoreKey]:
    """Every event that came in, as the drain would take it."""
    keys = set[StoreKey]()
    for topic, body in await under.told():
        for hint in SHOPIFY.hints(topic, body) if topic in SHOPIFY.topics else ():
            keys.add(StoreKey(hint.key))
            await world.hear(hint.key, version=hint.version, fingerprint=hint.fingerprint)
    return keys


async def placed(under: ShopifyUnderTest, count: int) -> list[Placed]:
    """Orders, a hundred at a time: their events have come in when they are all there."""
    made: list[Placed] = []
    while len(made) < count:
        made += await under.place(min(100, count - len(made)))
        await under.told()
    return made


async def drained(world: World) -> None:
    """Until nothing waits any more; what a slow machine put off is due again at once."""
    while await world.owner.fetchval("SELECT count(*) FROM record WHERE state IN ('waiting', 'running')"):
        if not await world.drain():
            await world.time_passes(10)


async def lost_among(world: World, shop: InstalledShop, door: Door, count: int) -> None:
    under = ShopifyUnderTest(shop, door)
    first = await placed(under, count // 2)
    await dropped(shop, 1.0)
    (lost,) = await under.place(1)
    await under.told()
    await dropped(shop, 0.0)
    rest = await placed(under, count - count // 2 - 1)
    keys = {each.key for each in (*first, lost, *rest)}
    assert keys - await heard_of(world, under) == {lost.key}
    await drained(world)
    rows = await world.owner.fetch("SELECT state, reason_code, count(*) FROM record GROUP BY 1, 2")
    assert [tuple(row) for row in rows] == [("settled", None, count - 1)]
    assert len(world.erp.real) == count - 1
    reads = await world.owner.fetchval("SELECT sum(wanted) FROM record")

    reconcile = Reconcile(database=world.database, now=lambda: datetime.now(UTC))
    assert await reconcile.run(await world.opened()) == 1
    assert await world.owner.fetchval("SELECT sum(wanted) FROM record") == reads + 1
    await drained(world)
    assert await world.state(lost.key) == ("settled", None)
    ids = [str(each.external_id) for each in world.erp.real]
    assert (len(ids), len(set(ids))) == (count, count)


async def test_one_lost_webhook_of_sixty_is_found_and_healed(
    world: World, shop: InstalledShop, door: Door
) -> None:
    await lost_among(world, shop, door, 60)


@pytest.mark.long
async def test_one_lost_webhook_of_a_thousand_is_found_and_healed(
    world: World, shop: InstalledShop, door: Door
) -> None:
    await lost_among(world, shop, door, 1000)
