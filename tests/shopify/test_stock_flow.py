"""The whole stock flow on real PostgreSQL against the simulated shop, which sells while we write."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, cast

import pytest

from app.domain.document import SalesDocument
from app.domain.order import Order
from app.domain.stock_plan import RunState, RunView
from app.hosts.memory.spec import MEMORY
from app.models.connections import Connection
from app.models.database import Database
from app.ports import Health, Host, Sink, Source, Store
from app.settings import Timing
from app.sync.sides import Sides
from app.sync.stock.flow import StockFlow
from tests.fakes.erp import FakeErp
from tests.fakes.stock import FakeErpStock
from tests.fakes.store import FakeStore
from tests.fakes.world import FreePermits
from tests.models.world import VAULT, Joined, join
from tests.shopify.conftest import InstalledShop

LEVELS = 1_000


@dataclass(kw_only=True)
class Stage:
    shop: InstalledShop
    erp: FakeErpStock
    flow: StockFlow
    joined: Joined

    async def levels(self) -> dict[str, dict[str, Any]]:
        rows = (await self.shop.tell("GET", "/stock", location="Main warehouse"))["levels"]
        return {row["sku"]: row for row in rows if row["sku"].startswith("STK")}

    async def plan(self) -> RunView:
        return await self.flow.plan_stock(self.joined.tenant, self.joined.connection, started_by="test")

    async def push(self, view: RunView) -> RunView:
        if view.needs_approval:
            await self.flow.approve(self.joined.tenant, view.id, by="me")
        return await self.flow.push(self.joined.tenant, view.id)


@pytest.fixture
async def stage(shop: InstalledShop, database: Database) -> Stage:
    await shop.tell("POST", "/stock", levels=LEVELS, seed=5, low=20, high=90, locations=["Main warehouse"])
    erp, joined = FakeErpStock(size=400), await join(database)

    async def check() -> Health:
        return Health(account="fake")

    async def sides(connection: Connection) -> Sides:
        return Sides(
            connection=connection,
            store=Store(check=check, orders=cast("Source[Order]", FakeStore()), stock=shop.store.stock),
            host=Host(check=check, orders=cast("Sink[SalesDocument]", FakeErp()), inventory=erp),
            spec=replace(MEMORY, concurrency=16),
            account="fake:erp",
            timing=Timing(),
            permits=FreePermits(),
        )

    made = Stage(
        shop=shop,
        erp=erp,
        flow=StockFlow(database=database, vault=VAULT, open=sides, worker="one"),
        joined=joined,
    )
    rows = await made.levels()
    place = str(next(iter(rows.values()))["location_id"])
    erp.free = {sku: row["available"] for sku, row in rows.items()}
    await made.flow.set_up(joined.tenant, joined.connection, f'{{"warehouses": {{"{place}": ["WH"]}}}}')
    return made


async def test_what_is_in_step_already_costs_no_call(stage: Stage) -> None:
    done = await stage.push(await stage.plan())
    assert (done.counts.levels, done.counts.changed, done.calls_made) == (LEVELS + 40, 0, 0)
    assert not [name for name, _ in stage.shop.pace.taken if name == "stock_set"]


async def test_a_thousand_levels_are_four_calls_and_every_one_is_right(stage: Stage) -> None:
    stage.erp.free = {sku: free - 3 for sku, free in stage.erp.free.items()}
    done = await stage.push(await stage.plan())
    assert (done.state, done.done, done.calls_made, done.points_spent) == (RunState.DONE, LEVELS, 4, 40)
    assert {sku: row["available"] for sku, row in (await stage.levels()).items()} == stage.erp.free
    assert [cost["requested"] for cost in stage.shop.pace.settled[-4:]] == [10] * 4


async def test_one_poison_and_fifty_sales_during_the_push(stage: Stage) -> None:
    stage.erp.free = {sku: free + 5 for sku, free in stage.erp.free.items()}
    before = await stage.levels()
    skus = sorted(before)
    sold, poison = skus[::20], skus[505]
    view = await stage.plan()
    await stage.shop.tell("POST", "/stock/squeeze", skus=sold, quantity=2, location="Main warehouse")
    await stage.shop.tell("POST", "/stock/poison", skus=[poison], nameless=True)
    taken = len(stage.shop.pace.taken)
    done = await stage.push(view)
    calls = [name for name, _ in stage.shop.pace.taken[taken:] if name.startswith("stock_")]
    after = {sku: row["available"] for sku, row in (await stage.levels()).items()}
    right = [sku for sku in skus if after[sku] == stage.erp.free[sku] - (2 if sku in sold else 0)]
    assert len(right) == LEVELS - 1
    assert after[poison] == before[poison]["available"]
    assert len(calls) <= 30
    assert (done.state, done.held) == (RunState.DONE, 1)
    assert all(after[sku] <= stage.erp.free[sku] - 2 for sku in sold), "what was sold was given back"
