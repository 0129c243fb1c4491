"""Whatever happens between a shop and an ERP, and in whatever order we hear of it: what is sold is never given back."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import asyncpg
from hypothesis import given
from hypothesis import strategies as st

from app.domain.stock_plan import RunState, RunView
from app.models.database import Database
from app.models.records import Claim
from tests.drawing import tried
from tests.models.world import join
from tests.sync.stock.conftest import StockWorld
from tests.sync.stock.test_stock_units import heard, holds, seen, state

SKU, ITEM = "SKU-0001", 1
ACTS = ("buy", "buy", "hear", "hear", "miss", "read", "read", "reserve", "cancel", "lower", "raise", "plan", "push", "push",
        "lose", "deliver")  # fmt: skip


@dataclass(kw_only=True)
class Bought:
    units: int
    at: datetime
    claim: Claim | None = None
    reserved: bool = False
    cancelled: bool = False

    @property
    def unread(self) -> bool:
        return self.claim is None and not self.cancelled


@dataclass(kw_only=True)
class Trade:
    """One item in a shop that sells and an ERP that owns its stock, with what is on its way to us."""

    world: StockWorld
    orders: list[Bought] = field(default_factory=list)
    events: list[tuple[int, datetime]] = field(default_factory=list)
    plans: list[RunView] = field(default_factory=list)

    @property
    def shown(self) -> int:
        return self.world.level(ITEM)

    @property
    def allowed(self) -> int:
        """What the ERP has, less what was sold that it does not know of."""
        open_units = sum(each.units for each in self.orders if not each.reserved and not each.cancelled)
        return max(0, self.world.erp.free[SKU] - open_units)

    def moved(self, units: int) -> None:
        """The store's events tell whole seconds, so that several moves of one second can't be told apart."""
        self.world.shop.sell(str(ITEM), units)
        self.events.append((self.shown, datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=1)))

    async def act(self, what: str, pick: int) -> None:
        await getattr(self, what)(pick)

    async def buy(self, pick: int) -> None:
        units = min(1 + pick % 3, max(self.shown, 0))
        if units:
            self.moved(units)
            self.orders.append(Bought(units=units, at=datetime.now(UTC)))

    async def hear(self, pick: int) -> None:
        """Of any event, the newest or one that comes late."""
        if self.events:
            available, at = self.events.pop(pick % len(self.events))
            await seen(self.world, ITEM, available, at=at)

    async def miss(self, pick: int) -> None:
        if self.events:
            self.events.pop(pick % len(self.events))

    async def read(self, pick: int) -> None:
        unread = [each for each in self.orders if each.unread]
        if unread:
            order = unread[pick % len(unread)]
            order.claim = await heard(self.world, str(1 + self.orders.index(order)))
            await holds(self.world, order.claim, placed_at=order.at, _0001=order.units)

    async def reserve(self, pick: int) -> None:
        """The order's document is made; the ERP promises its goods."""
        ready = [each for each in self.orders if each.claim and not each.reserved and not each.cancelled]
        if ready:
            order = ready[pick % len(ready)]
            assert order.claim is not None
            self.world.erp.free[SKU] -= order.units
            order.reserved = True
            await state(self.world, order.claim, sink_key="7", state="settled", state_since=datetime.now(UTC))

    async def cancel(self, pick: int) -> None:
        """Before its document was made; the goods go back on the shelf of the shop."""
        open_ = [each for each in self.orders if not each.reserved and not each.cancelled]
        if open_:
            order = open_[pick % len(open_)]
            order.cancelled = True
            self.moved(-order.units)
            if order.claim is not None:
                await holds(self.world, order.claim, placed_at=order.at)
                await state(self.world, order.claim, state="cancelled")

    async def lower(self, pick: int) -> None:
        """A person counts fewer."""
        self.moved(1 + pick % 3)

    async def raise_(self, pick: int) -> None:
        """A person counts more, which is heard of and put right while no sale is waiting for its order to be read."""
        if not any(each.unread for each in self.orders):
            await self.all_heard()
            self.moved(-1 - pick % 5)
            await self.all_heard()
            await self.push(0)

    async def deliver(self, pick: int) -> None:
        """Goods come to the ERP."""
        self.world.erp.free[SKU] += pick % 7

    async def lose(self, pick: int) -> None:
        """The answer of the next call is lost, or that of all its repetitions."""
        self.world.shop.lose = 1 if pick % 3 else 4

    async def plan(self, _pick: int) -> None:
        self.plans.append(await self.world.plan())

    async def push(self, pick: int) -> None:
        """Any plan that is open, or a new one."""
        plan = self.plans.pop(pick % len(self.plans)) if self.plans and pick % 2 else await self.world.plan()
        before = len(self.world.shop.applied)
        if plan.needs_approval:
            view = await self.world.approved(plan)
        else:
            view = await self.world.push(plan.id)
        if len(self.world.shop.applied) > before:
            assert self.shown <= self.allowed
        if view.state is RunState.RUNNING:
            self.plans.append(view)

    async def all_heard(self) -> None:
        while self.events:
            await self.hear(0)


@given(acts=st.lists(st.tuples(st.sampled_from(ACTS), st.integers(0, 1000)), min_size=4, max_size=24))
@tried(10)
async def test_no_write_gives_back_what_was_sold(
    acts: list[tuple[str, int]], database: Database, eye: asyncpg.Connection
) -> None:
    world = StockWorld(database=database, owner=eye, joined=await join(database))
    await world.live(ITEM)
    trade = Trade(world=world)
    for what, pick in acts:
        await trade.act("raise_" if what == "raise" else what, pick)
