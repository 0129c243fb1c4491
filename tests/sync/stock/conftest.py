"""One tenant's stock: real PostgreSQL, a shop and an ERP in memory."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from app.domain.stock_plan import RunView
from app.models import connections
from app.models.connections import Connection
from app.models.database import Database
from app.ports import BulkFrom
from app.settings import Timing
from app.steps import points
from app.sync.sides import Sides
from app.sync.stock.flow import StockFlow
from tests.fakes.bulk import FakeBulk
from tests.fakes.stock import FakeErpStock, FakeShopStock, key, stock_sides
from tests.models.world import VAULT, Joined, join
from tests.patience import FAR

SETTINGS = '{"warehouses": {"1": ["WH"]}}'


@dataclass(kw_only=True)
class StockWorld:
    database: Database
    owner: asyncpg.Connection
    joined: Joined
    erp: FakeErpStock = field(default_factory=FakeErpStock)
    shop: FakeShopStock = field(default_factory=FakeShopStock)
    timing: Timing = field(default_factory=Timing)
    files: FakeBulk | None = None
    bulk: BulkFrom = field(default_factory=BulkFrom)

    async def sides(self, connection: Connection) -> Sides:
        sides = stock_sides(connection, shop=self.shop, erp=self.erp, timing=self.timing)
        return replace(sides, store=replace(sides.store, stock_bulk=self.files))

    def flow(self, worker: str = "one", *, turn_lease: timedelta = timedelta(minutes=1)) -> StockFlow:
        return StockFlow(
            database=self.database,
            vault=VAULT,
            open=self.sides,
            worker=worker,
            turn_lease=turn_lease,
            bulk=self.bulk,
        )

    # --- verbs -----------------------------------------------------------------------------------------------------

    def stocked(self, count: int, *, erp: int = 10, shop: int = 10) -> None:
        """So many SKUs on both sides."""
        for n in range(1, count + 1):
            self.erp.free[f"SKU-{n:04}"] = erp
            self.shop.stock(f"SKU-{n:04}", shop, item=str(n))

    async def set_up(self, settings: str = SETTINGS) -> None:
        await self.flow().set_up(self.joined.tenant, self.joined.connection, settings)

    async def plan(self, **options: Any) -> RunView:
        return await self.flow().plan_stock(
            self.joined.tenant, self.joined.connection, started_by="test", **options
        )

    async def approved(self, view: RunView) -> RunView:
        await self.flow().approve(self.joined.tenant, view.id, by="me")
        return await self.push(view.id)

    async def push(self, run: UUID, *, worker: str = "one") -> RunView:
        return await self.flow(worker).push(self.joined.tenant, run)

    async def run(self, **options: Any) -> RunView:
        """Plans, approves where that is asked for, and pushes."""
        view = await self.plan(**options)
        return await self.approved(view) if view.needs_approval else await self.push(view.id)

    async def live(self, count: int = 20) -> None:
        """Set up with so many SKUs whose first plan was approved."""
        self.stocked(count)
        await self.set_up()
        await self.run()
        self.shop.calls.clear()
        self.shop.applied.clear()

    def level(self, item: int | str) -> int:
        return self.shop.shown[key(item)]

    async def lines(self, view: RunView) -> dict[str, str]:
        found = await self.flow().lines(self.joined.tenant, view.id, most=2000)
        return {line.sku: line.state.value for line in found}

    async def own(self, what: str, then: str = "", *values: Any) -> list[asyncpg.Record]:
        """This tenant's rows, as they rest: `what` is columns and their one table."""
        return list(
            await self.owner.fetch(
                f"SELECT {what} WHERE tenant_id = $1 {then}",
                self.joined.tenant,
                *values,
            )
        )

    async def connection(self) -> Connection:
        async with self.database.tenant(self.joined.tenant) as tx:
            found = await connections.one(tx, tenant=self.joined.tenant, connection=self.joined.connection)
        assert found is not None
        return found


async def dies_at(step: str, work: Coroutine[Any, Any, Any], *, nth: int = 1) -> None:
    """A worker that is killed when it passes a step for the nth time."""
    there, left = asyncio.Event(), [nth]

    async def barrier(name: str) -> None:
        left[0] -= name == step
        if not left[0]:
            there.set()
            await asyncio.Event().wait()

    points.install(barrier)
    task = asyncio.create_task(work)
    try:
        async with asyncio.timeout(FAR):
            await asyncio.wait({task, asyncio.create_task(there.wait())}, return_when=asyncio.FIRST_COMPLETED)
        assert there.is_set(), f"{step} was never passed"
    finally:
        points.install(None)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@pytest.fixture
async def world(database: Database, eye: asyncpg.Connection) -> StockWorld:
    return StockWorld(database=database, owner=eye, joined=await join(database))
