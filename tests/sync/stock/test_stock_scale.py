"""Many levels: what a run costs the database grows with its calls, and as many calls are under way as the limits need."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import cast
from uuid import UUID

import pytest

from app.domain.stock_plan import RunState
from app.models.database import Database, Row, Tx, Value
from tests.sync.stock.conftest import StockWorld


@dataclass(frozen=True)
class CountedTx(Tx):
    said: list[str] = field(default_factory=list)

    async def rows(self, sql: str, *values: Value) -> list[Row]:
        self.said.append(sql)
        return await super().rows(sql, *values)

    async def row(self, sql: str, *values: Value) -> Row | None:
        self.said.append(sql)
        return await super().row(sql, *values)

    async def value(self, sql: str, *values: Value) -> object:
        self.said.append(sql)
        return await super().value(sql, *values)

    async def run(self, sql: str, *values: Value) -> int:
        self.said.append(sql)
        return await super().run(sql, *values)


@dataclass
class CountedDatabase:
    """A database that remembers what it was asked; the begin and the end of a transaction count as one."""

    inner: Database
    said: list[str] = field(default_factory=list)

    @asynccontextmanager
    async def tenant(self, tenant: UUID) -> AsyncIterator[Tx]:
        self.said.append("BEGIN and COMMIT")
        async with self.inner.tenant(tenant) as tx:
            yield CountedTx(connection=tx.connection, client=tx.client, kept=tx.kept, said=self.said)


async def statements(world: StockWorld, *, erp: int) -> tuple[int, int]:
    """What planning and pushing a change of everything asks of the database."""
    for sku in world.erp.free:
        world.erp.free[sku] = erp
    counted = CountedDatabase(world.database)
    plain, world.database = world.database, cast(Database, counted)
    try:
        view = await world.plan()
        planned = len(counted.said)
        counted.said.clear()
        done = await world.approved(view) if view.needs_approval else await world.push(view.id)
    finally:
        world.database = plain
    assert (done.state, done.done) == (RunState.DONE, len(world.erp.free))
    return planned, len(counted.said)


async def live(world: StockWorld, count: int) -> StockWorld:
    world.erp.size = 1000
    await world.live(count)
    return world


async def test_a_thousand_levels_are_some_dozens_of_statements_and_none_by_level(world: StockWorld) -> None:
    planned, pushed = await statements(await live(world, 1000), erp=7)
    assert planned < 50
    assert pushed < 110


async def test_twice_the_levels_are_twice_the_slices_and_calls(world: StockWorld) -> None:
    planned, pushed = await statements(await live(world, 2000), erp=7)
    assert planned < 75
    assert pushed < 170


@pytest.mark.parametrize("needed", [1, 3])
async def test_as_many_calls_are_under_way_as_the_stores_limits_need(world: StockWorld, needed: int) -> None:
    await world.live(1500)
    world.shop.at_once, world.shop.latency, world.shop.most_under_way = needed, 0.3, 0
    for sku in world.erp.free:
        world.erp.free[sku] = 3
    assert (await world.run()).calls_made == 6
    assert world.shop.most_under_way == needed


async def test_what_became_of_a_runs_levels_is_known_when_its_lines_are_gone(world: StockWorld) -> None:
    world.stocked(300, erp=7)
    world.shop.poisoned["9"] = True
    await world.set_up()
    done = await world.run()
    await world.owner.execute("DELETE FROM stock_line WHERE run_id = $1", done.id)
    again = await world.flow().run_progress(world.joined.tenant, done.id)
    assert (again.done, again.held, again.stale) == (done.done, done.held, done.stale) == (299, 1, 0)


async def test_a_run_that_is_over_is_not_counted_line_by_line(world: StockWorld) -> None:
    world.stocked(300, erp=7)
    await world.set_up()
    done = await world.run()
    await world.owner.execute("UPDATE stock_line SET state = 'held' WHERE run_id = $1", done.id)
    assert (await world.flow().runs(world.joined.tenant, world.joined.connection))[0].done == 300


async def test_a_call_that_is_settled_after_its_run_was_stopped_is_counted_there(world: StockWorld) -> None:
    await world.live()
    world.erp.free["SKU-0001"] = 5
    world.shop.lose_before = 9
    view = await world.run()
    assert (view.state, view.done) == (RunState.RUNNING, 0)
    await world.flow().stop(world.joined.tenant, view.id)
    world.shop.lose_before = 0
    world.erp.free["SKU-0002"] = 6
    await world.run()
    stopped = await world.flow().run_progress(world.joined.tenant, view.id)
    assert (stopped.state, stopped.done) == (RunState.STOPPED, 1)
