"""What people put right in the store, and orders that come late: neither hides a sale whose order is still to come."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from app.models import connections
from app.models.records import Claim
from tests.models.world import LONG_AGO, TABLES, VAULT
from tests.sync.stock.conftest import StockWorld
from tests.sync.stock.test_stock_units import heard, holds, seen, state


async def passed(world: StockWorld, *, hours: int) -> None:
    """So long ago by now is the last that was seen of any level."""
    await world.owner.execute(
        "UPDATE stock_level SET unexplained_at = unexplained_at - $2 * interval '1 hour' WHERE tenant_id = $1",
        world.joined.tenant,
        hours,
    )


async def test_what_nobody_explains_counts_as_a_correction_after_a_while(world: StockWorld) -> None:
    await world.live(3)
    world.shop.sell("1", 3)
    await seen(world, 1, 7)
    await passed(world, hours=1)
    await world.run()
    assert world.level(1) == 10


async def test_an_order_that_comes_after_its_fall_was_given_up_hides_no_later_sale(world: StockWorld) -> None:
    """Three were sold, and nobody told of it for an hour; then two more were, and the first order is read at last."""
    await world.live(3)
    placed = datetime.now(UTC)
    world.shop.sell("1", 3)
    await seen(world, 1, 7)
    await passed(world, hours=1)
    world.shop.sell("1", 2)
    await seen(world, 1, 5)
    claim = await heard(world, "1")
    await holds(world, claim, placed_at=placed - timedelta(hours=1), _0001=3)
    await state(world, claim, sink_key="7", state="settled", state_since=datetime.now(UTC))
    world.erp.free["SKU-0001"] = 7
    await world.run()
    assert world.level(1) == 5


async def test_what_an_order_that_waits_to_be_read_may_explain_is_no_correction(world: StockWorld) -> None:
    """The order flow stood still for an hour: the fall is that order's, and is not given back in between."""
    await world.live(3)
    await world.set_up('{"warehouses": {"1": ["WH"]}, "stuck_after_seconds": 86400}')
    claim = await heard(world, "1")
    world.shop.sell("1", 3)
    await seen(world, 1, 7)
    await passed(world, hours=1)
    await state(world, claim, first_seen_at=datetime.now(UTC) - timedelta(hours=1))
    assert (await world.run()).counts.changed == 0
    await state(world, claim, state="held")
    await world.run()
    assert world.level(1) == 10


@pytest.mark.parametrize("put_right", [False, True])
async def test_a_level_that_a_person_raised_hides_no_later_sale(world: StockWorld, put_right: bool) -> None:
    await world.live(3)
    world.shop.sell("1", -5)
    await seen(world, 1, 15)
    if put_right:
        await world.run()
        assert world.level(1) == 10
    world.shop.sell("1", 3)
    await seen(world, 1, world.level(1))
    await world.run()
    assert world.level(1) == 7


async def bought(world: StockWorld) -> Claim:
    """Three, which was seen at the level, and then the order was read."""
    await world.live(3)
    claim = await heard(world, "1")
    world.shop.sell("1", 3)
    await seen(world, 1, 7)
    await holds(world, claim, _0001=3)
    return claim


async def accounts(world: StockWorld) -> list[tuple[int, int]]:
    """What the level lost and gained that nobody has explained."""
    rows = await world.own("unexplained, raised FROM stock_level", "AND item_key = '1'")
    return [(row["unexplained"], row["raised"]) for row in rows]


@pytest.mark.parametrize("first", ["goods", "word"])
async def test_a_cancelled_order_explains_what_it_gave_back_whichever_is_known_first(
    world: StockWorld, first: str
) -> None:
    claim = await bought(world)
    world.shop.sell("1", -3)
    if first == "goods":
        await seen(world, 1, 10)
        await holds(world, claim)
    else:
        await holds(world, claim)
        await seen(world, 1, 10)
    assert await accounts(world) == [(0, 0)]


async def test_a_cancelled_order_whose_goods_did_not_come_back_lowers_nothing_that_a_person_raised(
    world: StockWorld,
) -> None:
    claim = await bought(world)
    world.shop.sell("1", -4)
    await seen(world, 1, 11)
    await holds(world, claim)
    assert await accounts(world) == [(0, 1)]


async def test_an_order_that_explains_what_its_level_never_lost_hides_no_later_sale(
    world: StockWorld,
) -> None:
    """The level's first number held the sale, by the store's clock a moment before the order was placed."""
    await world.live(3)
    claim = await heard(world, "1")
    await holds(world, claim, _0001=3)
    await state(world, claim, sink_key="7", state="settled", state_since=datetime.now(UTC))
    world.erp.free["SKU-0001"] = 12
    await world.run()
    assert world.level(1) == 12
    world.shop.sell("1", 2)
    await seen(world, 1, 10)
    assert (await world.run()).counts.changed == 0
    assert world.level(1) == 10


async def test_an_order_that_is_known_before_its_level_moves_revives_nothing_that_was_given_up(
    world: StockWorld,
) -> None:
    """Three were counted down by hand long ago, and put right; a sale whose order comes first takes its own unit alone."""
    await world.live(3)
    world.shop.sell("1", 3)
    await seen(world, 1, 7)
    await passed(world, hours=1)
    await world.run()
    assert world.level(1) == 10
    claim = await heard(world, "1")
    world.shop.sell("1", 1)
    await holds(world, claim, _0001=1)
    await seen(world, 1, 9)
    await world.run()
    assert world.level(1) == 9


async def another(world: StockWorld, *, kind: str) -> StockWorld:
    """One more connection of the same shop, to another ERP, that takes its orders too: `stock`, `orders` alone, `practice`."""
    connection = uuid4()
    async with world.database.tenant(world.joined.tenant) as tx:
        await connections.create(
            tx,
            tenant=world.joined.tenant,
            id=connection,
            shop=world.joined.shop,
            host="odoo",
            name="Another",
            sealed_credentials=VAULT.seal(b"{}", tenant=world.joined.tenant, purpose="credentials"),
            flows={"orders": True},
            options={},
            practice=kind == "practice",
        )
        await connections.publish(
            tx, tenant=world.joined.tenant, connection=connection, tables=TABLES, by="test"
        )
        await connections.go_live(
            tx, tenant=world.joined.tenant, connection=connection, at=LONG_AGO + timedelta(days=1)
        )
    beside = replace(world, joined=replace(world.joined, connection=connection))
    if kind != "orders":
        await beside.set_up()
    return beside


@pytest.mark.parametrize("kind", ["stock", "orders", "practice"])
async def test_an_order_that_several_connections_take_is_explained_once_and_not_before_all_that_write_stock_know_it(
    world: StockWorld, kind: str
) -> None:
    await world.live(3)
    beside = await another(world, kind=kind)
    ours, theirs = await heard(world, "1"), await heard(beside, "1")
    world.shop.sell("1", 3)
    await seen(world, 1, 7)
    await holds(beside, theirs, _0001=3)
    assert (await world.run()).counts.changed == 0, "what another has read is no order of this connection yet"
    await holds(world, ours, _0001=3)
    world.shop.sell("1", 3)
    await seen(world, 1, 4)
    await world.run()
    assert world.level(1) == 4
    rows = await world.own("unexplained FROM stock_level", "AND item_key = '1'")
    assert rows[0]["unexplained"] == 3


@pytest.mark.parametrize("kind", ["orders", "practice"])
async def test_a_connection_that_writes_no_stock_and_reads_no_order_keeps_nobody_from_explaining(
    world: StockWorld, kind: str
) -> None:
    await world.live(3)
    beside = await another(world, kind=kind)
    ours, _ = await heard(world, "1"), await heard(beside, "1")
    world.shop.sell("1", 3)
    await seen(world, 1, 7)
    await holds(world, ours, _0001=3)
    await state(world, ours, sink_key="7", state="settled", state_since=datetime.now(UTC))
    world.erp.free["SKU-0001"] = 7
    await world.run()
    assert world.level(1) == 7
