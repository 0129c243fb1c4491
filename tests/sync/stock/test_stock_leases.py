"""A connection's turn is one worker's for as long as it takes, and nobody's once that worker is gone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta

from app.domain.stock_plan import RunState
from app.mapping.stock import USUAL
from app.models import schedules
from tests.sync.stock.conftest import StockWorld

_SHORT = timedelta(seconds=0.4)


async def due(world: StockWorld) -> None:
    await world.owner.execute(
        "UPDATE schedule SET due_at = CASE WHEN connection_id = $1 THEN now() - interval '1 second'"
        " ELSE now() + interval '1 day' END WHERE flow = 'inventory'",
        world.joined.connection,
    )


async def is_due(world: StockWorld) -> bool:
    return any(
        connection == world.joined.connection
        for _, connection in await schedules.due(world.database, flow="inventory", writes=True, most=100)
    )


async def turn(world: StockWorld, worker: str) -> None:
    await world.flow(worker, turn_lease=_SHORT).turn(world.joined.tenant, world.joined.connection)


@asynccontextmanager
async def slow_reader(world: StockWorld, worker: str = "one") -> AsyncIterator[asyncio.Task[None]]:
    """A worker in the middle of reading an ERP that does not answer before the block is over."""
    world.erp.gate = asyncio.Event()
    pages = world.erp.pages
    running = asyncio.create_task(turn(world, worker))
    while world.erp.pages == pages:  # noqa: ASYNC110  the fake counts, it does not call
        await asyncio.sleep(0.01)
    try:
        yield running
    finally:
        world.erp.gate.set()
        world.erp.gate = None
        with suppress(asyncio.CancelledError):
            await running


async def test_a_hint_during_a_turn_starts_no_second_one_but_the_next(world: StockWorld) -> None:
    await world.live()
    await due(world)
    async with slow_reader(world):
        pages = world.erp.pages
        await world.flow().hint(world.joined.tenant, world.joined.connection)
        assert not await is_due(world)
        world.erp.gate, gate = None, world.erp.gate
        await turn(world, "two")
        assert world.erp.pages == pages
        world.erp.gate = gate
    assert await is_due(world)


async def test_a_turn_that_takes_longer_than_its_lease_stays_with_its_worker(world: StockWorld) -> None:
    await world.live()
    await due(world)
    world.erp.free["SKU-0001"] = 8
    async with slow_reader(world):
        pages = world.erp.pages
        await asyncio.sleep(3 * _SHORT.total_seconds())
        assert not await is_due(world)
        world.erp.gate, gate = None, world.erp.gate
        await turn(world, "two")
        assert world.erp.pages == pages
        world.erp.gate = gate
    runs = await world.flow().runs(world.joined.tenant, world.joined.connection)
    assert [run.state for run in runs] == [RunState.DONE, RunState.DONE]
    assert world.level(1) == 8


async def test_the_turn_of_a_worker_that_died_is_taken_up_when_its_lease_has_run_out(
    world: StockWorld,
) -> None:
    await world.live()
    await due(world)
    async with world.database.tenant(world.joined.tenant) as tx:
        assert await schedules.claim(
            tx, tenant=world.joined.tenant, connection=world.joined.connection, flow="inventory",
            usual=USUAL, lease=_SHORT,
        )  # fmt: skip
    assert not await is_due(world)
    await turn(world, "two")
    assert world.erp.pages == 1
    await asyncio.sleep(_SHORT.total_seconds() + 0.1)
    assert await is_due(world)
    await turn(world, "two")
    assert world.erp.pages == 2
    assert not await is_due(world)


async def test_a_worker_that_comes_back_after_its_lease_does_not_end_its_heirs_turn(
    world: StockWorld,
) -> None:
    await world.live()
    await due(world)
    about = {
        "tenant": world.joined.tenant,
        "connection": world.joined.connection,
        "flow": "inventory",
        "usual": USUAL,
    }
    every = timedelta(minutes=10)
    async with world.database.tenant(world.joined.tenant) as tx:
        zombie = await schedules.claim(tx, **about, lease=timedelta(0))
    async with world.database.tenant(world.joined.tenant) as tx:
        heir = await schedules.claim(tx, **about, lease=every)
    assert zombie
    assert heir
    async with world.database.tenant(world.joined.tenant) as tx:
        assert not await schedules.extend(tx, zombie, lease=every)
        await schedules.end(tx, zombie, usual=USUAL, soon=timedelta(0))
        assert await schedules.claim(tx, **about, lease=every) is None
        assert await schedules.extend(tx, heir, lease=every)
