"""What changes between a plan and its push: SKUs, places, settings, switches, and what other plans found out since."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from app.domain.ids import StoreKey
from app.domain.inventory import ItemSeen, StoreLocation
from app.domain.stock_plan import RunState
from app.errors import StockbridgeError
from app.models import stock_links
from app.ports import BulkFrom
from app.settings import Timing
from tests.fakes.bulk import FakeBulk
from tests.fakes.stock import key
from tests.sync.stock.conftest import StockWorld


async def older(world: StockWorld, run: UUID) -> None:
    """It was planned ten minutes ago, so the ERP is asked once more before it is written."""
    await world.owner.execute("UPDATE run SET started_at = now() - interval '10 minutes' WHERE id = $1", run)


async def renamed(world: StockWorld, item: str, sku: str) -> None:
    """The store tells that an item has another SKU."""
    world.shop.skus[item] = sku
    async with world.database.tenant(world.joined.tenant) as tx:
        await stock_links.save_items(
            tx,
            tenant=world.joined.tenant,
            shop=world.joined.shop,
            found=[ItemSeen(key=StoreKey(item), sku=sku)],
        )


async def test_an_item_that_took_another_items_sku_since_the_plan_is_not_sold_twice(
    world: StockWorld,
) -> None:
    await world.live()
    world.erp.free["SKU-0001"] = 5
    view = await world.plan()
    await older(world, view.id)
    world.erp.free["SKU-0002"] = 99
    await renamed(world, "1", "SKU-0002")
    await world.push(view.id)
    assert world.level(1) == 10, "two items of one SKU: nobody knows whose stock it is"
    assert await world.lines(view) == {"SKU-0001": "held"}


async def test_a_location_that_was_closed_since_the_plan_is_written_no_more(world: StockWorld) -> None:
    world.shop.places = (
        StoreLocation(key=StoreKey("1"), name="Main"),
        StoreLocation(key=StoreKey("2"), name="Shop"),
    )
    world.stocked(20)
    world.shop.shown[key(1, "2")] = 10
    await world.set_up('{"warehouses": {"2": ["WH"]}}')
    await world.run()
    world.shop.applied.clear()
    world.erp.free["SKU-0001"] = 5
    view = await world.plan()
    assert view.state is RunState.RUNNING
    await world.set_up('{"warehouses": {"1": ["WH"]}}')
    view = await world.push(view.id)
    assert (world.shop.shown[key(1, "2")], view.state) == (10, RunState.DONE)


async def test_a_location_that_an_event_closes_between_plan_and_push_is_left_and_its_lines_say_why(
    world: StockWorld,
) -> None:
    both = (StoreLocation(key=StoreKey("1"), name="Main"), StoreLocation(key=StoreKey("2"), name="Shop"))
    world.shop.places = both
    world.stocked(20)
    for item in (1, 2):
        world.shop.shown[key(item, "2")] = 10
    half = '[{"location": "1", "sku": "", "share": 0.5}, {"location": "2", "sku": "", "share": 0.5}]'
    await world.set_up(f'{{"warehouses": {{"1": ["WH"], "2": ["WH"]}}, "allocations": {half}}}')
    await world.run()
    world.erp.free["SKU-0001"] = 4
    view = await world.plan()
    told = StoreLocation(key=StoreKey("2"), name="Shop", active=False, at=datetime.now(UTC))
    async with world.database.tenant(world.joined.tenant) as tx:
        await stock_links.fold_locations(tx, tenant=world.joined.tenant, shop=world.joined.shop, seen=[told])
    world.shop.calls.clear()
    view = await world.push(view.id)
    assert {each.location for call in world.shop.calls for each in call} == {"1"}
    lines = await world.flow().lines(world.joined.tenant, view.id, most=2000)
    assert {(line.key.location, line.state.value, line.code) for line in lines} == {
        ("1", "done", None),
        ("2", "held", "stock.location_closed"),
    }
    assert view.state is RunState.DONE


async def test_an_old_plan_of_a_location_that_was_closed_since_comes_to_its_end(world: StockWorld) -> None:
    world.shop.places = (
        StoreLocation(key=StoreKey("1"), name="Main"),
        StoreLocation(key=StoreKey("2"), name="Shop"),
    )
    world.stocked(20)
    world.shop.shown[key(1, "2")] = 10
    await world.set_up('{"warehouses": {"2": ["WH"]}}')
    await world.run()
    world.erp.free["SKU-0001"] = 5
    view = await world.plan()
    await older(world, view.id)
    await world.set_up('{"warehouses": {"1": ["WH"]}}')
    view = await world.push(view.id)
    assert (world.shop.shown[key(1, "2")], view.state) == (10, RunState.DONE)


async def test_a_first_plan_of_one_sku_opens_the_door_for_that_one_alone(world: StockWorld) -> None:
    world.stocked(20)
    world.erp.free["SKU-0001"] = 9
    world.erp.free["SKU-0002"] = 9
    await world.set_up()
    one = await world.plan(only="SKU-0001")
    assert one.needs_approval
    await world.approved(one)
    assert (world.level(1), world.level(2)) == (9, 10)
    everything = await world.plan()
    assert everything.needs_approval, "nobody has seen what a first push of everything would do"


async def test_a_full_read_is_compared_with_a_full_read(world: StockWorld) -> None:
    """Not with the one row that a plan of one SKU has asked for, whoever approved that."""
    await world.live()
    world.stocked(20)
    world.erp.free["SKU-0001"] = 9
    one = await world.plan(only="SKU-0001")
    await world.owner.execute("UPDATE run SET state = 'planned' WHERE id = $1", one.id)
    await world.flow().approve(world.joined.tenant, one.id, by="me")
    (row,) = await world.own("rows_accepted FROM stock_setting")
    assert row["rows_accepted"] == 20


async def test_a_plan_that_a_newer_one_overtook_goes_by_what_the_erp_says_now(world: StockWorld) -> None:
    """Two plans at once, a person's and the schedule's: the ERP's word of the first is the older one."""
    await world.live()
    world.erp.free["SKU-0001"] = 15
    one = await world.plan()
    world.erp.free["SKU-0001"] = 10
    two = await world.plan()
    assert (one.state, two.state) == (RunState.RUNNING, RunState.DONE)
    await world.push(one.id)
    assert world.level(1) == 10, "the newer reading said ten, and the level shows ten"


async def test_of_two_plans_that_are_both_open_neither_overwrites_what_the_other_found_since(
    world: StockWorld,
) -> None:
    await world.live()
    world.erp.free |= {"SKU-0001": 15, "SKU-0002": 15}
    one = await world.plan()
    two = await world.plan()
    assert (one.state, two.state) == (RunState.RUNNING, RunState.RUNNING)
    world.erp.free |= {"SKU-0001": 10, "SKU-0002": 10}
    await world.push(one.id)
    await world.push(two.id)
    assert (world.level(1), world.level(2)) == (10, 10)


async def test_settings_that_were_changed_since_the_plan_count_when_it_is_written(world: StockWorld) -> None:
    await world.live()
    world.erp.free["SKU-0001"] = 15
    view = await world.plan()
    await world.set_up('{"warehouses": {"1": ["WH"]}, "safety": [{"location": "", "sku": "", "units": 4}]}')
    await world.push(view.id)
    assert world.level(1) == 11


async def test_the_switch_stops_a_push_that_is_under_way(world: StockWorld) -> None:
    world.shop.size, world.shop.at_once = 1, 1
    await world.live()
    for sku in ("SKU-0001", "SKU-0002", "SKU-0003", "SKU-0004"):
        world.erp.free[sku] = 9
    view = await world.plan()

    async def thrown() -> None:
        await world.owner.execute("UPDATE connection SET no_writes = true")

    written = world.shop.write

    async def write(name: str, payload: Any) -> Any:
        answer = await written(name, payload)
        await thrown()
        return answer

    world.shop.write = write  # type: ignore[method-assign]
    try:
        view = await world.push(view.id)
    except StockbridgeError:
        view = await world.flow().run_progress(world.joined.tenant, view.id)
    assert len(world.shop.calls) == 1
    assert view.state is RunState.RUNNING, "it goes on when the switch is off again"


@pytest.mark.parametrize("load", [100, 1_000_000])
async def test_a_first_plan_whose_levels_the_erp_emptied_since_asks_again(
    world: StockWorld, load: int
) -> None:
    world.files = FakeBulk(shop=world.shop, most_bytes=8_000)
    world.timing = Timing(bulk_look=timedelta(0), bulk_settle=timedelta(0))
    world.bulk = BulkFrom(link=1_000_000, load=load)
    world.shop.size = 50
    world.stocked(300, erp=7)
    await world.set_up()
    view = await world.plan()
    await world.flow().approve(world.joined.tenant, view.id, by="me")
    await older(world, view.id)
    for sku in world.erp.free:
        world.erp.free[sku] = 0
    for _ in range(20):
        view = await world.push(view.id) if view.state is not RunState.PLANNED else view
    assert view.needs_approval
    assert set(world.shop.shown.values()) == {10}
