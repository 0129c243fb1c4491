"""Orders the ERP can't know of yet: their units are taken off, and a sale seen at the level before its order counts too."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Protocol

from app.domain.ids import StoreKey
from app.domain.inventory import LevelKey, LevelSeen
from app.models import demand, demand_lines, records, stock_levels
from app.models.database import Database
from app.models.demand_lines import Unit
from app.models.records import Claim
from app.ports import Flow, Hint
from app.steps import points
from tests.fakes.stock import key
from tests.models.world import Joined
from tests.sync.stock.conftest import StockWorld

TRUST = timedelta(minutes=45)


class Shop(Protocol):
    """A shop of an organisation in the database."""

    @property
    def database(self) -> Database: ...
    @property
    def joined(self) -> Joined: ...


async def heard(world: Shop, order: str, *, kind: str = "order") -> Claim:
    """An order, or a refund, that was heard of and is being run."""
    async with world.database.tenant(world.joined.tenant) as tx:
        await demand.want(
            tx,
            tenant=world.joined.tenant,
            connection=world.joined.connection,
            shop=world.joined.shop,
            kind=kind,
            hints=[Hint(flow=Flow.ORDERS, key=StoreKey(order))],
            echo_within=timedelta(0),
        )
        claims = await records.claim(
            tx,
            tenant=world.joined.tenant,
            shop=world.joined.shop,
            worker="one",
            lease=timedelta(seconds=30),
            most=10,
            kinds=[kind],
        )
    return next(claim for claim in claims if claim.source_key == order)


async def holds(world: StockWorld, claim: Claim, *, placed_at: datetime | None = None, **units: int) -> None:
    """The order was read: so many of SKU-000n from location 1. It was placed just now, unless said otherwise."""
    async with world.database.tenant(world.joined.tenant) as tx:
        found = [Unit(sku=f"SKU-{n[1:]}", location="1", quantity=count) for n, count in units.items()]
        await demand_lines.keep(
            tx, claim, {claim.record: found}, placed_at=placed_at or datetime.now(UTC), trust=TRUST
        )


async def seen(world: StockWorld, item: int, available: int, *, at: datetime | None = None) -> None:
    """The store's event about a level."""
    level = LevelSeen(
        key=LevelKey(item=StoreKey(str(item)), location=StoreKey("1")),
        available=available,
        at=at or datetime.now(UTC),
    )
    async with world.database.tenant(world.joined.tenant) as tx:
        await stock_levels.fold(
            tx, tenant=world.joined.tenant, shop=world.joined.shop, seen=[level], read=False, trust=TRUST
        )


async def state(world: StockWorld, claim: Claim, **columns: object) -> None:
    for name, value in columns.items():
        await world.owner.execute(f"UPDATE record SET {name} = $2 WHERE id = $1", claim.record, value)


async def test_fifty_held_orders_raise_no_level(world: StockWorld) -> None:
    await world.live(60)
    for n in range(1, 51):
        claim = await heard(world, str(n))
        world.shop.sell(str(n), 1)
        await holds(world, claim, **{f"_{n:04}": 1})
        await state(world, claim, state="held", lease_until=None)
    await world.owner.execute("UPDATE record SET first_seen_at = now(), due_at = NULL")
    await world.run()
    assert [world.level(n) for n in range(1, 51)] == [9] * 50
    assert await world.run()
    assert [world.level(n) for n in range(1, 61)] == [9] * 50 + [10] * 10


async def test_an_order_counts_until_its_reserving_step_ended_before_the_erp_was_read(
    world: StockWorld,
) -> None:
    await world.live(3)
    claim = await heard(world, "1")
    world.shop.sell("1", 4)
    await holds(world, claim, _0001=4)
    await world.run()
    assert world.level(1) == 6
    await state(world, claim, sink_key="7", state="settled", state_since=datetime.now(UTC))
    world.erp.free["SKU-0001"] = 6
    view = await world.run()
    assert (view.counts.changed, world.level(1)) == (0, 6)


async def test_goods_given_in_exchange_are_not_given_back_before_the_erp_has_their_credit(
    world: StockWorld,
) -> None:
    await world.live(3)
    claim = await heard(world, "501", kind="refund")
    world.shop.sell("1", 2)
    await holds(world, claim, _0001=2)
    await state(world, claim, state="held")
    await world.run()
    assert world.level(1) == 8
    await state(world, claim, sink_key="7", state="settled", state_since=datetime.now(UTC))
    world.erp.free["SKU-0001"] = 8
    view = await world.run()
    assert (view.counts.changed, world.level(1)) == (0, 8)


async def test_what_is_kept_anew_of_an_order_of_long_ago_hides_no_sale_of_today(world: StockWorld) -> None:
    await world.live(3)
    claim = await heard(world, "1")
    old = datetime.now(UTC) - timedelta(days=3)
    await state(world, claim, sink_key="7", state="settled", state_since=old, reserved_at=old)
    await holds(world, claim, _0001=5)
    world.shop.sell("1", 3)
    await seen(world, 1, 7)
    view = await world.run()
    assert (view.counts.changed, world.level(1)) == (0, 7)


async def test_a_sale_that_is_seen_before_its_order_is_not_given_back(world: StockWorld) -> None:
    await world.live(3)
    world.shop.sell("1", 3)
    await seen(world, 1, 7)
    view = await world.run()
    assert (view.counts.changed, world.level(1)) == (0, 7)
    claim = await heard(world, "1")
    await holds(world, claim, _0001=3)
    assert (await world.run()).counts.changed == 0
    await state(world, claim, sink_key="7", state="settled", state_since=datetime.now(UTC))
    world.erp.free["SKU-0001"] = 7
    assert (await world.run()).counts.changed == 0
    assert world.level(1) == 7


async def test_an_order_known_before_its_level_moves_counts_once(world: StockWorld) -> None:
    await world.live(3)
    claim = await heard(world, "1")
    world.shop.sell("1", 3)
    await holds(world, claim, _0001=3)
    view = await world.run()
    assert (view.held, world.level(1)) == (0, 7)


async def test_an_order_that_the_first_number_of_a_level_holds_hides_no_later_sale(world: StockWorld) -> None:
    """The shop sold before we ever looked: that sale was never seen to leave, so it has nothing to explain."""
    await world.live(3)
    claim = await heard(world, "1")
    await holds(world, claim, _0001=3, placed_at=datetime(2025, 12, 31, tzinfo=UTC))
    await state(world, claim, sink_key="7", state="settled", state_since=datetime.now(UTC))
    world.shop.sell("1", 2)
    await seen(world, 1, 8)
    await world.run()
    assert world.level(1) == 8


async def test_what_an_order_of_before_gained_after_a_level_was_known_is_explained(world: StockWorld) -> None:
    await world.live(3)
    claim = await heard(world, "1")
    before = datetime(2025, 12, 31, tzinfo=UTC)
    await holds(world, claim, _0001=1, placed_at=before)
    world.shop.sell("1", 2)
    await seen(world, 1, 8)
    await holds(world, claim, _0001=3, placed_at=before)
    rows = await world.own("unexplained FROM stock_level", "AND item_key = '1'")
    assert rows[0]["unexplained"] == 0


async def test_units_that_an_edit_added_after_the_document_are_not_given_back(world: StockWorld) -> None:
    await world.live(3)
    claim = await heard(world, "1")
    world.shop.sell("1", 2)
    await holds(world, claim, _0001=2)
    await state(world, claim, told='{"units": {"sku-0001": 2}}')
    await state(world, claim, sink_key="7", state="settled", state_since=datetime.now(UTC))
    world.erp.free["SKU-0001"] = 8
    await world.run()
    world.shop.sell("1", 5)
    await holds(world, claim, _0001=7)
    await state(world, claim, state="held")
    await world.run()
    assert world.level(1) == 3
    await state(world, claim, state="settled")
    world.erp.free["SKU-0001"] = 3
    view = await world.run()
    assert (view.counts.changed, world.level(1)) == (0, 3)


async def test_an_edit_that_ends_after_the_erp_was_read_is_not_given_back_by_that_reading(
    world: StockWorld,
) -> None:
    await world.live(3)
    claim = replace(await heard(world, "1"), told={"units": {"sku-0001": 2}})
    world.shop.sell("1", 2)
    await holds(world, claim, _0001=2)
    await state(world, claim, told='{"units": {"sku-0001": 2}}')
    await state(world, claim, sink_key="7", state="settled", state_since=datetime.now(UTC))
    world.erp.free["SKU-0001"] = 8
    await world.run()

    async def edited(step: str) -> None:
        """Right after the ERP said eight, five more are in its document."""
        if step != "stock.read":
            return
        points.install(None)
        world.shop.sell("1", 5)
        await holds(world, claim, _0001=7)
        await state(world, claim, told='{"units": {"sku-0001": 7}}')
        async with world.database.tenant(world.joined.tenant) as tx:
            await demand_lines.grew(tx, claim, {"units": {"sku-0001": 7}})

    points.install(edited)
    try:
        await world.run()
    finally:
        points.install(None)
    assert world.level(1) == 3
    world.erp.free["SKU-0001"] = 3
    view = await world.run()
    assert (view.counts.changed, world.level(1)) == (0, 3)


async def test_units_that_an_edit_took_away_stay_with_the_document_that_holds_them(world: StockWorld) -> None:
    await world.live(3)
    claim = await heard(world, "1")
    world.shop.sell("1", 4)
    await holds(world, claim, _0001=4)
    await state(world, claim, told='{"units": {"sku-0001": 4}}')
    await state(world, claim, sink_key="7", state="settled", state_since=datetime.now(UTC))
    world.erp.free["SKU-0001"] = 6
    await world.run()
    world.shop.sell("1", -1)
    await holds(world, claim, _0001=3)
    await state(world, claim, state="held")
    await world.run()
    assert world.level(1) == 6


async def test_a_cancelled_order_gives_its_units_back(world: StockWorld) -> None:
    await world.live(3)
    claim = await heard(world, "1")
    world.shop.sell("1", 3)
    await holds(world, claim, _0001=3)
    await world.run()
    await holds(world, claim)
    await state(world, claim, state="cancelled")
    world.shop.sell("1", -3)
    await world.run()
    assert world.level(1) == 10


async def test_an_event_older_than_what_we_know_changes_nothing(world: StockWorld) -> None:
    await world.live(3)
    await seen(world, 1, 4, at=datetime(2020, 1, 1, tzinfo=UTC))
    assert (await world.plan()).counts.changed == 0


async def test_the_echo_of_our_own_write_explains_itself(world: StockWorld) -> None:
    await world.live(3)
    world.erp.free["SKU-0001"] = 4
    await world.run()
    await seen(world, 1, 4)
    assert (
        await world.owner.fetchval(
            "SELECT sum(unexplained) FROM stock_level WHERE tenant_id = $1", world.joined.tenant
        )
        == 0
    )
    assert (await world.run()).counts.changed == 0
    assert key(1) in world.shop.shown


async def test_an_order_nobody_has_read_keeps_a_first_push_from_raising(world: StockWorld) -> None:
    world.stocked(3, erp=12)
    await world.set_up()
    await heard(world, "1")
    view = await world.plan()
    assert (view.counts.deferred, view.counts.changed) == (3, 0)


async def test_a_bundle_that_was_sold_takes_its_components_with_it(world: StockWorld) -> None:
    world.stocked(2)
    world.shop.stock("SET", 5, item="9")
    await world.set_up('{"warehouses": {"1": ["WH"]}, "bundles": {"SET": {"SKU-0001": 2}}}')
    await world.run()
    claim = await heard(world, "1")
    world.shop.sell("9", 1)
    async with world.database.tenant(world.joined.tenant) as tx:
        await demand_lines.keep(
            tx,
            claim,
            {claim.record: [Unit(sku="SET", location="1", quantity=1)]},
            placed_at=datetime.now(UTC),
            trust=TRUST,
        )
    await world.run()
    assert (world.level(1), world.level(9)) == (8, 4)


async def test_while_a_write_is_under_way_the_events_of_its_level_are_passed_over(world: StockWorld) -> None:
    await world.live(3)
    world.erp.free["SKU-0001"] = 12
    view = await world.plan()
    await world.owner.execute("UPDATE stock_line SET state = 'sent' WHERE run_id = $1", view.id)
    await seen(world, 1, 9)
    row = await world.owner.fetchrow(
        "SELECT available, unexplained FROM stock_level WHERE shop_id = $1 AND item_key = '1'",
        world.joined.shop,
    )
    assert row is not None
    assert (row["available"], row["unexplained"]) == (10, 0)


async def test_a_write_that_went_through_puts_right_what_we_believed_before_it(world: StockWorld) -> None:
    await world.live(3)
    world.erp.free["SKU-0001"] = 12
    view = await world.plan()
    await seen(world, 1, 9)
    await world.push(view.id)
    row = await world.owner.fetchrow(
        "SELECT available, unexplained FROM stock_level WHERE shop_id = $1 AND item_key = '1'",
        world.joined.shop,
    )
    assert row is not None
    assert (row["available"], row["unexplained"], world.level(1)) == (12, 0, 12)
