"""A shop linked by a bulk query and loaded by bulk mutations: our flow on real PostgreSQL against the simulated shop."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from app.domain.stock_plan import RunState, RunView
from app.errors import Retry
from app.models.connections import Connection
from app.models.database import Database
from app.ports import BulkFrom
from app.settings import PROFILES
from app.shopify.stock_bulk import ShopBulk
from app.steps import points
from app.sync.sides import Sides
from app.sync.stock.flow import StockFlow
from tests.conftest import Addresses
from tests.fakes.stock import FakeErpStock, FakeShopStock, stock_sides
from tests.models.world import VAULT, Joined, join
from tests.patience import FAR
from tests.shopify.conftest import InstalledShop

LEVELS = 1_000
QUICK = replace(PROFILES["short"], bulk_look=timedelta(0), bulk_settle=timedelta(0))


@dataclass(kw_only=True)
class Stage:
    shop: InstalledShop
    erp: FakeErpStock
    joined: Joined
    flow: StockFlow
    owner: asyncpg.Connection
    files: ShopBulk
    turns: int = field(default=0)

    async def levels(self) -> dict[str, dict[str, Any]]:
        rows = (await self.shop.tell("GET", "/stock", location="Main warehouse"))["levels"]
        return {row["sku"]: row for row in rows if row["sku"].startswith("STK")}

    async def approved(self) -> UUID:
        async def plan() -> RunView | None:
            try:
                return await self.flow.plan_stock(
                    self.joined.tenant, self.joined.connection, started_by="test"
                )
            except Retry:
                return None

        view = await self.until(plan)
        await self.flow.approve(self.joined.tenant, view.id, by="me")
        return view.id

    async def done(self, run: UUID) -> RunView:
        async def push() -> RunView | None:
            view = await self.flow.push(self.joined.tenant, run)
            return view if view.state is not RunState.RUNNING else None

        return await self.until(push)

    async def until(self, step: Callable[[], Awaitable[RunView | None]]) -> RunView:
        async with asyncio.timeout(FAR):
            while (view := await step()) is None:
                self.turns += 1
                await asyncio.sleep(0.1)
        return view

    def calls(self, name: str) -> int:
        return len([each for each, _ in self.shop.pace.taken if each == name])

    async def told(self, kind: str) -> list[str]:
        rows = await self.owner.fetch("SELECT code FROM timeline WHERE kind = $1 ORDER BY id", kind)
        return [row["code"] for row in rows]


@pytest.fixture
async def stage(shop: InstalledShop, database: Database, addresses: Addresses) -> AsyncIterator[Stage]:
    files = shop.store.stock_bulk
    assert isinstance(files, ShopBulk)
    files.most_bytes = 75_000
    await shop.tell("POST", "/stock", levels=LEVELS, seed=5, low=20, high=90, locations=["Main warehouse"])
    erp, joined = FakeErpStock(size=400), await join(database)

    async def sides(connection: Connection) -> Sides:
        made = stock_sides(connection, shop=FakeShopStock(), erp=erp, timing=QUICK)
        store = replace(made.store, stock=shop.store.stock, stock_bulk=files)
        return replace(made, store=store)

    owner = await asyncpg.connect(addresses.owner)
    flow = StockFlow(
        database=database,
        vault=VAULT,
        open=sides,
        worker="one",
        bulk=BulkFrom(link=0, load=500, lines=100),
    )
    made = Stage(shop=shop, erp=erp, joined=joined, flow=flow, owner=owner, files=files)
    rows = await made.levels()
    place = str(next(iter(rows.values()))["location_id"])
    erp.free = {sku: row["available"] + 5 for sku, row in rows.items()}
    await flow.set_up(joined.tenant, joined.connection, f'{{"warehouses": {{"{place}": ["WH"]}}}}')
    yield made
    await owner.close()


def wrong(stage: Stage, rows: dict[str, dict[str, Any]]) -> dict[str, tuple[int, int]]:
    return {
        sku: (row["available"], stage.erp.free[sku])
        for sku, row in rows.items()
        if row["available"] != stage.erp.free[sku]
    }


async def test_a_first_load_costs_a_few_points_and_leaves_every_level_right(stage: Stage) -> None:
    stage.files.most_bytes = 1_000_000
    view = await stage.done(await stage.approved())
    assert (view.state, view.done, view.held) == (RunState.DONE, LEVELS, 0)
    assert wrong(stage, await stage.levels()) == {}
    assert (stage.calls("stock_items"), stage.calls("stock_set")) == (0, 0)
    assert stage.calls("bulk_write") == 1
    assert view.points_spent == 22 < 10 * LEVELS / 250
    assert await stage.told("stock_link") == await stage.told("stock_load") == []


async def test_sales_during_the_load_are_not_given_back(stage: Stage) -> None:
    await stage.shop.control.post(
        "/control/bulk", json={"type": "MUTATION", "seconds_per_line": 0.1, "times": 3}
    )
    run = await stage.approved()
    sold = sorted(await stage.levels())[::40]
    await stage.shop.tell("POST", "/stock/squeeze", skus=sold, quantity=2, location="Main warehouse")
    view = await stage.done(run)
    assert view.state is RunState.DONE
    late = await stage.levels()
    assert all(late[sku]["available"] <= stage.erp.free[sku] - 2 for sku in sold), (
        "what was sold was given back"
    )
    rest = {sku: row for sku, row in late.items() if sku not in sold}
    assert wrong(stage, rest) == {}


async def test_a_load_that_fails_halfway_is_finished_call_by_call(stage: Stage) -> None:
    await stage.shop.control.post("/control/bulk", json={"type": "MUTATION", "fail_after": 1})
    view = await stage.done(await stage.approved())
    assert (view.done, wrong(stage, await stage.levels())) == (LEVELS, {})
    assert await stage.told("stock_load") == ["stock.bulk_broken"]
    assert stage.calls("stock_set") > 0


async def test_a_link_that_fails_is_made_by_pages(stage: Stage) -> None:
    await stage.shop.control.post("/control/bulk", json={"type": "QUERY", "fail_after": 100})
    await stage.approved()
    assert await stage.told("stock_link") == ["stock.bulk_broken"]
    assert stage.calls("stock_items") > 0


@pytest.mark.parametrize("document", ["BulkAsk", "BulkWrite"])
@pytest.mark.parametrize("kind", ["lost", "before", "failed", "throttled"])
async def test_whatever_becomes_of_a_start_everything_ends_right(
    stage: Stage, document: str, kind: str
) -> None:
    await stage.shop.next_fault(where="graphql", kind=kind, document=document)
    view = await stage.done(await stage.approved())
    assert (view.done, wrong(stage, await stage.levels())) == (LEVELS, {})
    assert await stage.told("stock_link") == await stage.told("stock_load") == []


async def test_a_load_cancelled_by_a_person_is_finished_call_by_call(stage: Stage) -> None:
    await stage.shop.control.post("/control/bulk", json={"type": "MUTATION", "seconds_per_line": 0.3})
    run = await stage.approved()
    await stage.flow.push(stage.joined.tenant, run)
    operation = await stage.owner.fetchval("SELECT operation FROM stock_bulk WHERE purpose = 'load'")
    token = await stage.shop.tokens.token()
    cancelled = await stage.shop.control.post(
        f"/shops/{stage.shop.name}/admin/api/2026-10/graphql.json",
        headers={"x-shopify-access-token": token},
        json={
            "query": "mutation C($id: ID!) { bulkOperationCancel(id: $id) { userErrors { message } } }",
            "variables": {"id": operation},
        },
    )
    assert cancelled.json()["data"]["bulkOperationCancel"]["userErrors"] == []
    view = await stage.done(run)
    assert (view.done, wrong(stage, await stage.levels())) == (LEVELS, {})
    assert "stock.bulk_broken" in await stage.told("stock_load")


async def test_a_file_is_stored_a_hundred_lines_at_a_time_however_long_it_is(stage: Stage) -> None:
    stored: list[int] = []

    async def look(name: str) -> None:
        if name == "bulk.staged":
            stored.append(await stage.owner.fetchval("SELECT lines FROM stock_bulk WHERE purpose = 'link'"))

    points.install(look)
    try:
        await stage.approved()
    finally:
        points.install(None)
    assert stored[-1] >= 2 * LEVELS
    assert all(later - before <= 100 for before, later in pairwise([0, *stored]))
