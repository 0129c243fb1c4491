"""One tenant's prices: real PostgreSQL, a shop and an ERP in memory."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from app.domain.price import Shown
from app.domain.stock_plan import RunView
from app.models.connections import Connection
from app.models.database import Database
from app.ports import BulkFrom, PriceFiles
from app.settings import Timing
from app.sync.prices.flow import PriceFlow
from app.sync.sides import Sides
from tests.fakes.prices import FakeErpPrices, FakeShopPrices, base, price_sides
from tests.models.world import VAULT, Joined, join


@dataclass(kw_only=True)
class PriceWorld:
    database: Database
    owner: asyncpg.Connection
    joined: Joined
    erp: FakeErpPrices = field(default_factory=FakeErpPrices)
    shop: FakeShopPrices = field(default_factory=FakeShopPrices)
    timing: Timing = field(default_factory=lambda: Timing(price_settle=timedelta(seconds=30)))
    files: PriceFiles | None = None
    bulk: BulkFrom = field(default_factory=BulkFrom)

    async def sides(self, connection: Connection) -> Sides:
        sides = price_sides(connection, shop=self.shop, erp=self.erp, timing=self.timing)
        return replace(sides, store=replace(sides.store, price_files=self.files))

    def flow(self, worker: str = "one", *, turn_lease: timedelta = timedelta(minutes=1)) -> PriceFlow:
        return PriceFlow(
            database=self.database,
            vault=VAULT,
            open=self.sides,
            worker=worker,
            turn_lease=turn_lease,
            bulk=self.bulk,
        )

    # --- verbs -----------------------------------------------------------------------------------------------------

    def priced(self, count: int, *, of_a_product: int = 10, price: str = "10.00") -> None:
        """So many SKUs with the same price on both sides."""
        for n in range(1, count + 1):
            sku = f"SKU-{n:04}"
            self.erp.set(sku, price)
            self.shop.offer(sku, price, variant=f"{n:04}", product=str((n - 1) // of_a_product))

    async def set_up(self, settings: str = "{}") -> None:
        await self.flow().set_up(self.joined.tenant, self.joined.connection, settings)

    async def plan(self, **options: Any) -> RunView:
        return await self.flow().plan_prices(
            self.joined.tenant, self.joined.connection, started_by="test", **options
        )

    async def push(self, run: UUID, *, worker: str = "one") -> RunView:
        return await self.flow(worker).push(self.joined.tenant, run)

    async def run(self, **options: Any) -> RunView:
        """Plans, approves where that is asked for, and pushes."""
        view = await self.plan(**options)
        if view.needs_approval:
            await self.flow().approve(self.joined.tenant, view.id, by="me")
        return await self.push(view.id)

    async def live(self, count: int = 20, settings: str = "{}") -> None:
        """Set up with so many SKUs whose first plan was approved."""
        self.priced(count)
        await self.set_up(settings)
        await self.run()
        self.shop.calls.clear()

    async def settle_passes(self) -> None:
        """What is out could have happened by now."""
        await self.owner.execute("UPDATE effect SET settle_at = now() - interval '1 second'")

    def shown(self, variant: int) -> Shown:
        return self.shop.prices[base(f"{variant:04}")]

    def price(self, variant: int) -> str:
        return str(self.shown(variant).price)

    async def lines(self, view: RunView) -> dict[str, tuple[str, str | None]]:
        found = await self.flow().lines(self.joined.tenant, view.id, most=2000)
        return {line.sku: (line.state.value, line.code) for line in found}


@pytest.fixture
async def world(database: Database, eye: asyncpg.Connection) -> PriceWorld:
    return PriceWorld(database=database, owner=eye, joined=await join(database))
