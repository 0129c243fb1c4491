"""Goods given in exchange: out of stock from the moment the shop shows them, credited once, with a refund or without."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.domain.ids import StoreKey
from app.domain.refund import Refund
from app.errors import Retry
from app.models import demand_lines
from app.ports import ReservesAt
from tests.fakes.orders import both, line, order, tax
from tests.fakes.refunds import back, refund
from tests.fakes.world import World

ALONE = StoreKey("1001x77")
MUG = line("MUG", "20.00", tax("4.00"))


def swap(**changes: Any) -> Refund:
    """The tea comes back and a mug of the same price goes out; no money moves."""
    of = order()
    made = refund(of, back(of.lines[0], "20.00", "4.00"), adds_up=False, key=ALONE, sent=(MUG,))
    return replace(made, total=both("0"), **changes)


async def exchanged(world: World, made: Refund, *, from_where: str | None = None) -> None:
    """The shop shows the exchange with the order, and tells of the order alone."""
    given = world.refunds.give(made)
    there = replace(MUG, location_key=StoreKey(from_where)) if from_where else MUG
    world.store.change(made.order_key, refund_keys=(given.key,), exchanged={given.key: (there,)})
    await world.hear(made.order_key, version=world.store.now(made.order_key).updated_at)
    await world.drain()


async def unknown(world: World, sku: str = "mug") -> list[tuple[str, int]]:
    """Units that no reading of the ERP can hold yet, by the location they leave."""
    about: dict[str, Any] = {"tenant": world.joined.tenant, "connections": [world.joined.connection]}
    async with world.database.tenant(world.joined.tenant) as tx:
        await demand_lines.settle(tx, **about, at=ReservesAt.CONFIRM)
        found = await demand_lines.unknown_since(
            tx, **about, skus=[sku], since=datetime.now(UTC) + timedelta(minutes=1), skipped=True
        )
    return [(each.location, each.quantity) for each in found]


async def test_an_exchange_without_a_refund_is_credited_once(world: World) -> None:
    await world.placed(order())
    await exchanged(world, swap())
    await world.drain()
    assert await world.state(ALONE) == ("settled", None)
    (credit,) = world.credits.real
    assert credit.external_id == "refund-goods-1001x77"
    await world.ask(ALONE)
    await world.drain()
    assert len(world.credits.real) == 1


async def test_what_goes_out_in_exchange_counts_from_its_orders_run_until_the_erp_has_its_credit(
    world: World,
) -> None:
    await world.placed(order())
    world.credits.fails_to_look(Retry("host.unreachable", "The ERP does not answer."))
    await exchanged(world, swap(), from_where="1")
    assert await unknown(world) == [("1", 1)]
    await world.drain()
    assert (await world.state(ALONE))[0] == "waiting"
    assert await unknown(world) == [("1", 1)]
    await world.time_passes(300)
    await world.drain()
    assert (await world.state(ALONE))[0] == "settled"
    assert await unknown(world) == []


@pytest.mark.parametrize("off", ["switched off", "no power"])
async def test_it_counts_as_long_as_nobody_tells_the_erp(world: World, off: str) -> None:
    await world.placed(order())
    if off == "no power":
        world.takes_refunds = False
    else:
        await world.set(flows='{"refunds": false}')
    await exchanged(world, swap(), from_where="1")
    await world.drain()
    assert (await world.state(ALONE))[0] == "skipped"
    assert await unknown(world) == [("1", 1)]


async def test_what_was_exchanged_and_came_back_too_counts_no_longer(world: World) -> None:
    await world.placed(order())
    await world.set(flows='{"refunds": false}')
    await exchanged(world, swap(), from_where="1")
    world.store.change("1001", exchanged={ALONE: (replace(MUG, current_quantity=0),)})
    await world.hear("1001", version=world.store.now(StoreKey("1001")).updated_at)
    await world.drain()
    assert await unknown(world) == []


async def test_a_refund_that_is_heard_before_its_order_moves_counts_everywhere_and_then_where_it_left(
    world: World,
) -> None:
    await world.placed(order())
    away = Retry("host.unreachable", "The ERP does not answer.")
    world.credits.fails_to_look(away, away)
    world.refunds.give(swap())
    await world.hear(ALONE, kind="refund")
    await world.drain()
    assert await unknown(world) == [("", 1)]
    await exchanged(world, swap(), from_where="1")
    assert await unknown(world) == [("1", 1)]


async def test_an_exchange_that_its_refund_tells_is_left_to_it(world: World) -> None:
    await world.placed(order())
    await exchanged(world, swap(told_with=StoreKey("501")))
    await world.drain()
    assert await world.state(ALONE) == ("skipped", "refund.with_refund")
    assert (world.credits.sent, await unknown(world)) == ([], [])


async def test_a_refund_of_an_exchange_that_was_told_before_it_is_held(world: World) -> None:
    await world.placed(order())
    await exchanged(world, swap())
    await world.drain()
    of = order()
    late = refund(
        of,
        back(of.lines[0], "20.00", "4.00"),
        adds_up=False,
        key=StoreKey("501"),
        sent=(MUG,),
        apart=(ALONE,),
    )
    world.refunds.give(late)
    await world.hear("501", kind="refund")
    await world.drain()
    assert await world.state("501") == ("held", "refund.exchanged_before")
    assert len(world.credits.real) == 1
