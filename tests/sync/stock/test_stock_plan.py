"""A plan before a push: what differs is written, a strange answer of the ERP changes nothing and asks."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from app.domain.ids import StoreKey
from app.domain.inventory import StoreLocation
from app.domain.stock_guard import Concern
from app.domain.stock_plan import RunState
from app.errors import Misconfigured, Refused, Retry
from app.models import connections
from tests.fakes.stock import key
from tests.models.world import TABLES
from tests.patience import FAR
from tests.sync.stock.conftest import StockWorld


async def test_the_first_push_waits_for_a_person_and_then_only_what_differs_is_written(
    world: StockWorld,
) -> None:
    world.stocked(30)
    world.erp.free["SKU-0007"] = 4
    await world.set_up()
    view = await world.plan()
    assert (view.state, view.concerns, view.needs_approval) == (RunState.PLANNED, (Concern.FIRST,), True)
    assert (view.counts.levels, view.counts.changed, view.counts.calls, view.counts.points) == (30, 1, 1, 10)
    with pytest.raises(Refused):
        await world.push(view.id)
    assert world.shop.calls == []
    done = await world.approved(view)
    assert (done.state, done.done, done.calls_made, world.level(7)) == (RunState.DONE, 1, 1, 4)


async def test_a_plan_that_changes_nothing_makes_no_call(world: StockWorld) -> None:
    await world.live()
    view = await world.plan()
    assert (view.state, view.counts.changed, view.counts.unchanged) == (RunState.DONE, 0, 20)
    assert world.shop.calls == []


async def test_a_small_change_goes_by_itself(world: StockWorld) -> None:
    await world.live()
    world.erp.free["SKU-0003"] = 8
    view = await world.run()
    assert (view.state, view.approved_by, world.level(3)) == (RunState.DONE, None, 8)


@pytest.mark.parametrize("silence", ["nothing", "half", "zeros"])
async def test_a_strange_answer_of_the_erp_changes_nothing_and_asks(world: StockWorld, silence: str) -> None:
    await world.live()
    before = dict(world.shop.shown)
    if silence == "nothing":
        world.erp.hide = True
    elif silence == "half":
        world.erp.free = dict(list(world.erp.free.items())[:10])
    else:
        world.erp.free = dict.fromkeys(world.erp.free, 0)
    view = await world.plan()
    assert view.needs_approval
    assert world.shop.shown == before
    assert world.shop.calls == []


async def test_an_item_the_erp_leaves_out_is_unknown_and_keeps_its_level(world: StockWorld) -> None:
    await world.live()
    del world.erp.free["SKU-0001"]
    world.erp.free["SKU-0002"] = 9
    view = await world.run()
    assert (view.counts.unknown, world.level(1), world.level(2)) == (1, 10, 9)


async def test_of_two_items_of_one_sku_nothing_is_written_until_one_has_it_alone(world: StockWorld) -> None:
    """The second stands on another page of the list, and again among those that are asked for by name."""
    await world.live()
    world.erp.size = 7
    world.erp.twins["SKU-0003"] = 4
    world.erp.free["SKU-0002"] = 9
    view = await world.run()
    assert (view.counts.unknown, world.level(3), world.level(2)) == (1, 10, 9)
    assert await problems(world) == {"SKU-0003": "several SKU-0003"}
    assert (await world.plan(only="SKU-0003")).counts.changed == 0
    del world.erp.twins["SKU-0003"]
    world.erp.free["SKU-0003"] = 8
    await world.run()
    assert (world.level(3), await problems(world)) == (8, {})


async def test_a_newer_plan_takes_the_place_of_one_that_waits(world: StockWorld) -> None:
    world.stocked(5)
    await world.set_up()
    first = await world.plan()
    second = await world.plan()
    with pytest.raises(Refused):
        await world.flow().approve(world.joined.tenant, first.id, by="me")
    assert (await world.approved(second)).state is RunState.DONE


async def test_an_erp_that_is_busy_for_a_moment_is_asked_for_the_same_page_again(world: StockWorld) -> None:
    world.stocked(450)
    world.erp.free["SKU-0450"] = 3
    await world.set_up()
    world.erp.busy, world.erp.stumbles = 3, 2
    view = await world.plan()
    assert (view.counts.changed, world.erp.pages) == (1, 3)
    world.erp.busy = 6
    with pytest.raises(Retry):
        await world.plan()


async def test_an_erp_that_asks_for_a_long_rest_keeps_no_other_shop_waiting(world: StockWorld) -> None:
    world.stocked(5)
    await world.set_up()
    world.erp.busy, world.erp.rest = 1, timedelta(minutes=10)
    async with asyncio.timeout(FAR):
        with pytest.raises(Retry):
            await world.plan()


async def test_an_erp_that_is_away_ends_the_run_with_its_reason(world: StockWorld) -> None:
    await world.live()
    world.erp.silent = True
    with pytest.raises(Retry):
        await world.plan()
    latest = (await world.flow().runs(world.joined.tenant, world.joined.connection))[0]
    assert (latest.state, latest.code) == (RunState.FAILED, "connection.refused")


async def test_skus_that_can_not_be_stocked_are_reported_and_left_alone(world: StockWorld) -> None:
    world.stocked(3)
    for item, sku in (
        ("91", "TWICE"),
        ("92", "TWICE"),
        ("93", "Case"),
        ("94", "case"),
        ("95", " "),
        ("96", "GHOST"),
    ):
        world.shop.stock(sku, 5, item=item)
    world.erp.free |= {"TWICE": 1, "Case": 1}
    await world.set_up()
    view = await world.plan()
    assert view.counts.changed == 0
    assert await problems(world) == {
        "": "blank",
        "TWICE": "duplicate",
        "Case": "case",
        "GHOST": "missing GHOST",
    }


async def test_a_renamed_sku_and_a_bundle_are_missing_by_what_the_erp_calls_them(world: StockWorld) -> None:
    world.stocked(2)
    for item, sku in (("91", "RENAMED"), ("92", "SET"), ("93", "mug"), ("94", "OTHER")):
        world.shop.stock(sku, 5, item=item)
    world.erp.free |= {"TEA": 1, "Mug": 1, "ITEM-9": 1}
    items = {"renamed": "ITEM-9", "other": "ITEM-8"}
    async with world.database.tenant(world.joined.tenant) as tx:
        await connections.publish(
            tx,
            tenant=world.joined.tenant,
            connection=world.joined.connection,
            tables={**TABLES, "items": items},
            by="test",
        )
    await world.set_up('{"warehouses": {"1": ["WH"]}, "bundles": {"SET": {"TEA": 2, "CUP": 1}}}')
    await world.plan()
    assert await problems(world) == {"SET": "missing CUP", "mug": "case mug", "OTHER": "missing ITEM-8"}


async def test_problems_of_skus_are_paged_and_a_page_may_end_early(world: StockWorld) -> None:
    world.stocked(30)
    for n in (3, 4, 20):
        del world.erp.free[f"SKU-{n:04}"]
    await world.set_up()
    await world.plan()
    assert list(await problems(world, most=1)) == ["SKU-0003", "SKU-0004", "SKU-0020"]


async def problems(world: StockWorld, *, most: int = 200) -> dict[str, str]:
    """Every problem by its SKU, read page by page."""
    found: dict[str, str] = {}
    after: str | None = None
    while True:
        page = await world.flow().sku_problems(
            world.joined.tenant, world.joined.connection, after=after, most=most
        )
        assert len(page.found) <= most
        found |= {each.sku: " ".join([each.kind, *each.lacks]) for each in page.found}
        if page.after is None:
            return found
        after = page.after


async def test_one_sku_is_planned_and_pushed_alone(world: StockWorld) -> None:
    await world.live()
    world.erp.free |= {"SKU-0001": 5, "SKU-0002": 5}
    view = await world.run(only="sku-0001")
    assert (view.counts.changed, world.level(1), world.level(2)) == (1, 5, 10)


async def test_stock_is_not_carried_where_it_was_never_set_up(world: StockWorld) -> None:
    with pytest.raises(Misconfigured) as refused:
        await world.plan()
    assert refused.value.code == "stock.not_set_up"


async def test_on_hand_is_written_as_what_is_there_less_what_is_promised_to_others(world: StockWorld) -> None:
    world.stocked(3)
    world.erp.free["SKU-0001"] = 6
    await world.set_up('{"mode": "on_hand", "warehouses": {"1": ["WH"]}}')
    view = await world.run()
    assert (view.counts.changed, world.level(1)) == (1, 6)


async def test_safety_and_bundles_shape_the_targets(world: StockWorld) -> None:
    world.stocked(2)
    world.shop.stock("SET", 0, item="9")
    await world.set_up(
        '{"warehouses": {"1": ["WH"]}, "safety": [{"location": "1", "sku": "SKU-0001", "units": 3}],'
        ' "bundles": {"SET": {"SKU-0001": 2, "SKU-0002": 1}}}'
    )
    await world.run()
    assert (world.level(1), world.level(2), world.level(9)) == (7, 10, 3)


async def test_two_locations_share_a_warehouse_and_offer_no_more_than_it_has(world: StockWorld) -> None:
    world.stocked(2)
    world.erp.free["SKU-0001"] = 7
    world.shop.places = (*world.shop.places, StoreLocation(key=StoreKey("2"), name="Outlet"))
    for n in (1, 2):
        world.shop.stock(f"SKU-000{n}", 0, item=str(n), location="2")
    await world.set_up(
        '{"warehouses": {"1": ["WH"], "2": ["WH"]}, "allocations": [{"location": "1", "share": 0.5},'
        ' {"location": "2", "share": 0.5}, {"location": "2", "sku": "SKU-0002", "share": 0.5, "cap": 2}]}'
    )
    await world.run()
    shown = [[world.shop.shown[key(n, place)] for place in ("1", "2")] for n in (1, 2)]
    assert shown == [[3, 3], [5, 2]]


@pytest.mark.parametrize(
    ("column", "value", "code"),
    [
        ("no_writes", True, "connection.no_writes"),
        ("state", "paused", "stock.not_live"),
        ("flows", '{"inventory": false}', "stock.switched_off"),
        ("owners", '{"inventory": "store"}', "owner.refused"),
    ],
)
async def test_nothing_is_written_where_nothing_may_be(
    world: StockWorld, column: str, value: object, code: str
) -> None:
    await world.live()
    world.erp.free["SKU-0001"] = 8
    view = await world.plan()
    await world.owner.execute(
        f"UPDATE connection SET {column} = $2 WHERE id = $1", world.joined.connection, value
    )
    with pytest.raises(Misconfigured) as refused:
        await world.push(view.id)
    assert (refused.value.code, world.shop.calls) == (code, [])
