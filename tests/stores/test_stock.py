"""Orders and stock together on real servers: a simulated shop that sells while its stock is written from the demo ERP."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

import asyncpg
import orjson
import pytest

from app.domain.stock_plan import RunState
from tests.conftest import Addresses
from tests.hosts.memory.rig import MemoryUnderTest, running
from tests.patience import FAR
from tests.shopify.conftest import InstalledShop
from tests.stores.conftest import STORES
from tests.stores.shopify_rig import ShopifyUnderTest
from tests.stores.world import Joined, joined, settings, web

MAIN = "Main warehouse"


@pytest.fixture(scope="module")
def erp(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MemoryUnderTest]:
    with running(tmp_path_factory.mktemp("erp") / "erp.sqlite", items="any") as under:
        yield under


@pytest.fixture
async def world(
    shop: InstalledShop, erp: MemoryUnderTest, addresses: Addresses, valkey_url: str
) -> AsyncIterator[Joined]:
    under = ShopifyUnderTest(shop)
    made = settings(addresses, valkey_url, shopify_address=shop.template, endpoints=frozenset({erp.endpoint}))
    owner = await asyncpg.connect(addresses.owner)
    async with joined(under, erp, made, owner, STORES) as one, web(one.core) as address:
        await under.send_events_to(address)
        yield one
        await under.send_events_to(None)
    await owner.close()


def shop_of(world: Joined) -> InstalledShop:
    assert isinstance(world.under, ShopifyUnderTest)
    return world.under.shop


async def levels(world: Joined) -> dict[str, dict[str, Any]]:
    rows = (await shop_of(world).tell("GET", "/stock", location=MAIN))["levels"]
    return {row["sku"]: row for row in rows}


async def free(world: Joined) -> dict[str, int]:
    found = (await world.erp.ask("GET", "/v1/stock"))["shelves"]
    return {shelf["item"]: int(float(shelf["available"])) for shelf in found}


async def on_shelves(world: Joined, **physical: int) -> None:
    shelves = [
        {"item": sku.replace("_", "-"), "warehouse": "MAIN", "physical": str(count)}
        for sku, count in physical.items()
    ]
    await world.erp.ask("PUT", "/control/stock", {"shelves": shelves})


async def set_up(world: Joined) -> None:
    """The ERP has what the shop shows; the first plan is approved."""
    rows = await levels(world)
    place = str(next(iter(rows.values()))["location_id"])
    await on_shelves(world, **{sku: row["available"] for sku, row in rows.items()})
    flow = world.core.stock("test")
    wanted = orjson.dumps({"warehouses": {place: ["MAIN"]}, "every_seconds": 0.2}).decode()
    await flow.set_up(world.tenant, world.connection, wanted)
    view = await flow.plan_stock(world.tenant, world.connection, started_by="test")
    await flow.approve(world.tenant, view.id, by="test")
    assert (await flow.push(world.tenant, view.id)).state is RunState.DONE


async def work_on(world: Joined, stop: asyncio.Event) -> None:
    """What a worker does, until told to stop."""
    while not stop.is_set():
        await asyncio.gather(world.turn(reconcile=False), world.clock("inventory"))
        await asyncio.sleep(0.05)


async def test_sales_during_pushes_are_never_given_back_and_both_sides_end_alike(world: Joined) -> None:
    await set_up(world)
    before = await levels(world)
    stop = asyncio.Event()
    working = asyncio.create_task(work_on(world, stop))
    sold = 0
    for n in range(12):
        await on_shelves(world, SKU_0003=before["SKU-0003"]["available"] - n)
        await world.under.place(1)
        sold += 1
        shown = await levels(world)
        assert shown["SKU-0001"]["available"] <= before["SKU-0001"]["available"] - 2 * sold
        assert shown["SKU-0002"]["available"] <= before["SKU-0002"]["available"] - sold
        await asyncio.sleep(0.1)
    async with asyncio.timeout(FAR):
        while True:
            there, said = await levels(world), await free(world)
            open_orders = await world.owner.fetchval(
                "SELECT count(*) FROM record WHERE tenant_id = $1 AND state <> 'settled'", world.tenant
            )
            if not open_orders and all(there[sku]["available"] == said[sku] for sku in said):
                break
            assert there["SKU-0001"]["available"] <= before["SKU-0001"]["available"] - 2 * sold
            await asyncio.sleep(0.3)
    stop.set()
    await working
    assert said["SKU-0001"] == before["SKU-0001"]["available"] - 24
    assert said["SKU-0003"] == before["SKU-0003"]["available"] - 11


async def test_held_orders_raise_no_level(world: Joined) -> None:
    await set_up(world)
    before = await levels(world)
    await world.erp.ask(
        "POST", "/control/faults", {"seed": 1, "rates": {"error": 1.0}, "verbs": ["find", "create"]}
    )
    try:
        placed = await world.under.place(5)
        async with asyncio.timeout(FAR):
            while any([await world.state(order.key) is None for order in placed]):
                await world.turn(reconcile=False)
                await asyncio.sleep(0.1)
        for _ in range(3):
            await world.turn(reconcile=False)
            view = await world.core.stock("test").plan_stock(
                world.tenant, world.connection, started_by="test"
            )
            if view.state is RunState.RUNNING:
                await world.core.stock("test").push(world.tenant, view.id)
    finally:
        await world.erp.ask("POST", "/control/faults", {"seed": 1, "rates": {}})
    after = await levels(world)
    assert after["SKU-0001"]["available"] == before["SKU-0001"]["available"] - 10
    assert after["SKU-0002"]["available"] == before["SKU-0002"]["available"] - 5
