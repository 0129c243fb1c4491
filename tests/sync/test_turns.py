"""Turns of the clock in a worker: an order that no event told of, a stop in the middle, and flows that stand still."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from app.domain.ids import StoreKey
from app.errors import Misconfigured, Reason, Retry
from app.models import schedules
from app.models.schedules import Turn
from app.ports import Change, Page
from app.sync.order_turns import OrderTurns
from app.sync.reconcile import Reconcile
from app.sync.turns import Taker, Turns, take
from tests.fakes.orders import order
from tests.fakes.store import minutes_ago
from tests.fakes.world import World
from tests.patience import FAR

USUAL = timedelta(minutes=15)


async def unpoked(tenant: UUID, shop: UUID) -> None:
    """Nobody listens."""


def turns(world: World, paused: list[str]) -> Turns:
    async def pause(tenant: UUID, connection: UUID, reason: Reason) -> None:
        paused.append(reason.code)

    orders = OrderTurns(
        database=world.database,
        reconcile=Reconcile(database=world.database, now=lambda: datetime.now(UTC)),
        open=world.sides,
        poke=unpoked,
        timing=world.timing,
    )
    takers = {"orders": Taker(turn=orders.turn, writes=False)}
    return Turns(database=world.database, takers=takers, pause=pause, look_every=timedelta(seconds=0.05))


async def runs(world: World) -> list[tuple[str, str, bool, str | None]]:
    rows = await world.owner.fetch("SELECT state, counts, quiet, code FROM run ORDER BY started_at")
    return [(row["state"], row["counts"], row["quiet"], row["code"]) for row in rows]


async def stopped(world: World, kinds: tuple[str, ...] = ("order",)) -> None:
    async with world.database.tenant(world.joined.tenant) as tx:
        assert await schedules.stop(
            tx,
            tenant=world.joined.tenant,
            connection=world.joined.connection,
            flow="orders",
            kinds=kinds,
            by="me",
        )


async def resumed(world: World) -> None:
    async with world.database.tenant(world.joined.tenant) as tx:
        assert await schedules.resume(
            tx, tenant=world.joined.tenant, connection=world.joined.connection, flow="orders"
        )


async def test_a_turn_is_a_run_that_says_what_it_found_and_a_quiet_one_that_it_found_nothing(
    world: World,
) -> None:
    world.store.place(order(), at=minutes_ago(3))
    await turns(world, []).due()
    await world.drain()
    assert await world.state() == ("settled", None)
    await world.time_passes(901)
    await turns(world, []).due()
    assert await runs(world) == [
        ("done", '{"wanted": 1}', False, None),
        ("done", '{"wanted": 0}', True, None),
    ]


async def test_a_turn_that_fails_says_why_and_comes_again_as_planned(world: World) -> None:
    async def away(cursor: str | None) -> AsyncIterator[Page[Change]]:
        raise Retry("connection.refused", "The shop is away.")
        yield

    world.store.changes = away  # type: ignore[method-assign,assignment]
    await turns(world, []).due()
    (found,) = await runs(world)
    assert (found[0], found[3]) == ("failed", "connection.refused")
    due = await schedules.due(world.database, flow="orders", writes=False, most=5)
    assert due == []


async def test_a_connection_that_is_set_up_wrongly_pauses_and_one_flows_own_trouble_pauses_nothing(
    world: World,
) -> None:
    paused: list[str] = []
    one = turns(world, paused)
    for code in ("host.key_refused", "owner.refused", "stock.not_set_up"):

        async def wrong(tenant: UUID, connection: UUID, code: str = code) -> None:
            raise Misconfigured(code, "Something is wrong.")

        await one._turn(
            "orders", Taker(turn=wrong, writes=False), world.joined.tenant, world.joined.connection
        )
    assert paused == ["host.key_refused"]


async def test_a_stopped_flow_keeps_everything_due_marks_nothing_failed_and_loses_nothing(
    world: World,
) -> None:
    await world.placed()
    await stopped(world)
    for n in (1002, 1003, 1004):
        await world.placed(order(key=StoreKey(str(n)), name=f"#{n}"))
    await world.drain()
    assert {(await world.state(str(n)))[0] for n in (1002, 1003, 1004)} == {"waiting"}
    assert len(world.erp.documents) == 1
    # Whoever sweeps is not sent to a shop that has nothing to do but wait.
    async with world.database.across() as tx:
        assert await tx.rows("SELECT * FROM shops_with_work(interval '0', 5)") == []
    await resumed(world)
    await world.drain()
    assert {await world.state(str(n)) for n in (1002, 1003, 1004)} == {("settled", None)}
    assert len(world.erp.documents) == 4
    assert set(await world.attempts()) == {"done"}


@pytest.mark.parametrize("way", ["stopped", "lost"])
async def test_a_turn_under_way_is_left_when_the_flow_is_stopped_or_an_heir_has_it(
    world: World, way: str
) -> None:
    began, left = asyncio.Event(), asyncio.Event()

    async def work(turn: Turn) -> timedelta | None:
        began.set()
        try:
            await asyncio.sleep(3_600)
        finally:
            left.set()
        return None

    taking = asyncio.create_task(
        take(
            world.database, tenant=world.joined.tenant, connection=world.joined.connection, flow="orders",
            usual=USUAL, lease=timedelta(seconds=0.6), work=work,
        )
    )  # fmt: skip
    await began.wait()
    if way == "stopped":
        await stopped(world)
    else:
        await world.owner.execute("UPDATE schedule SET turn_epoch = turn_epoch + 1")
    async with asyncio.timeout(FAR):
        await taking
    assert left.is_set()
    if way == "stopped":
        # What was left in the middle is taken up first thing when the flow goes on.
        await resumed(world)
        due = await schedules.due(world.database, flow="orders", writes=False, most=5)
        assert due == [(world.joined.tenant, world.joined.connection)]
