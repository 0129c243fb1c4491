"""A shop and an ERP with stock, in memory, with verbs: sell, correct, poison, lose an answer, go silent."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, cast

from app.domain.document import SalesDocument
from app.domain.ids import StoreKey
from app.domain.inventory import (
    ItemSeen,
    LevelKey,
    LevelSeen,
    LevelWrite,
    StockMode,
    StockReading,
    StoreLocation,
)
from app.domain.order import Order
from app.errors import Misconfigured, Reason, Retry, Throttled, Unclear
from app.hosts.memory.spec import MEMORY
from app.models.connections import Connection
from app.ports import Choice, Health, Host, Json, LevelsWritten, Page, Sink, Source, StockPage, Store
from app.settings import Timing
from app.sync.sides import Sides
from tests.fakes.erp import FakeErp
from tests.fakes.store import FakeStore
from tests.fakes.world import FreePermits

AT = datetime(2026, 1, 1, tzinfo=UTC)


def key(item: int | str, location: str = "1") -> LevelKey:
    return LevelKey(item=StoreKey(str(item)), location=StoreKey(location))


@dataclass(kw_only=True)
class FakeErpStock:
    """Implements `StockSource`: what is free of each item in warehouse WH."""

    free: dict[str, int] = field(default_factory=dict)
    size: int = 200
    lag: timedelta = timedelta(0)
    pages: int = 0
    asked: list[Sequence[str]] = field(default_factory=list)
    silent: bool = False
    busy: int = 0
    stumbles: int = 0
    rest: timedelta = timedelta(0)
    """How long it wants to be left alone when it is busy."""
    hide: bool = False
    twins: dict[str, int] = field(default_factory=dict)
    """What is free of a second item of a SKU, which stands at the end of the list."""
    gate: asyncio.Event | None = None

    async def page(self, cursor: str | None) -> StockPage:
        if self.silent:
            raise Retry("connection.refused", "The ERP is away.")
        if self.stumbles:
            self.stumbles -= 1
            raise Retry("connection.server_error", "The ERP has a problem of its own.", after=timedelta(0))
        if self.busy:
            self.busy -= 1
            raise Throttled("host.busy", "The ERP has enough to do.", after=self.rest)
        self.pages += 1
        if self.gate is not None:
            await self.gate.wait()
        names = [*sorted(self.free), *(f"{name}+" for name in sorted(self.twins))] if not self.hide else []
        start = int(cursor or 0)
        shown = names[start : start + self.size]
        more = start + self.size < len(names)
        return StockPage(readings=self._read(shown), next=str(start + self.size) if more else None)

    async def of(self, items: Sequence[str]) -> tuple[StockReading, ...]:
        self.asked.append(items)
        twins = [f"{item}+" for item in items if item in self.twins]
        return self._read([*(item for item in items if item in self.free), *twins])

    async def warehouses(self) -> Sequence[Choice]:
        return (Choice(code="WH", label="Warehouse"),)

    def _read(self, names: Sequence[str]) -> tuple[StockReading, ...]:
        return tuple(
            StockReading(
                warehouse="WH",
                item=name.removesuffix("+"),
                observed_at=AT,
                available=Decimal(self._free(name)),
                physical=Decimal(self._free(name) + 10),
                reserved=Decimal(10),
                own=name,
            )
            for name in names
        )

    def _free(self, name: str) -> int:
        return self.twins[name.removesuffix("+")] if name.endswith("+") else self.free[name]


@dataclass(kw_only=True)
class FakeShopStock:
    """Implements `StockStore` with compare-and-set and keys, as the platform keeps them."""

    size: int = 250
    points: int = 10
    key_life: timedelta = timedelta(hours=12)
    skus: dict[str, str] = field(default_factory=dict)
    shown: dict[LevelKey, int] = field(default_factory=dict)
    places: tuple[StoreLocation, ...] = (StoreLocation(key=StoreKey("1"), name="Main"),)
    poisoned: dict[str, bool] = field(default_factory=dict)
    answered: dict[str, tuple[Any, LevelsWritten]] = field(default_factory=dict)
    calls: list[list[LevelKey]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    applied: list[str] = field(default_factory=list)
    reads: int = 0
    lose: int = 0
    lose_before: int = 0
    shut_after_loss: bool = False
    """Whoever lost an answer finds the door shut the next time, once."""
    lost: bool = False
    concurrent: int = 0
    used_up: int = 0
    before: list[Any] = field(default_factory=list)
    compare: bool = True
    latency: float = 0.0
    at_once: int = 32
    under_way: int = 0
    most_under_way: int = 0
    clock: datetime = AT

    def stock(self, sku: str, quantity: int, *, item: str | None = None, location: str = "1") -> None:
        name = item or str(len(self.skus) + 1)
        self.skus[name] = sku
        self.shown[key(name, location)] = quantity

    def sell(self, item: str, units: int, location: str = "1") -> None:
        self.shown[key(item, location)] -= units

    async def locations(self) -> tuple[StoreLocation, ...]:
        return self.places

    async def items(self, cursor: str | None) -> AsyncIterator[Page[ItemSeen]]:
        names, start = sorted(self.skus), int(cursor or 0)
        while True:
            part = names[start : start + 100]
            start += 100
            done = start >= len(names)
            yield Page(items=tuple(self._item(name) for name in part), cursor="" if done else str(start))
            if done:
                return

    def _item(self, name: str) -> ItemSeen:
        levels = tuple(self._seen(k) for k in self.shown if k.item == name)
        return ItemSeen(key=StoreKey(name), sku=self.skus[name], levels=levels)

    def _seen(self, level: LevelKey) -> LevelSeen:
        self.clock += timedelta(milliseconds=1)
        return LevelSeen(key=level, available=self.shown[level], on_hand=self.shown[level], at=self.clock)

    async def levels(self, keys: Sequence[LevelKey]) -> tuple[LevelSeen, ...]:
        self.reads += 1
        return tuple(self._seen(level) for level in keys if level in self.shown)

    def payload(self, writes: Sequence[LevelWrite], *, mode: StockMode, reference: str) -> Mapping[str, Json]:
        rows: list[Json] = [[w.key.item, w.key.location, w.new, w.old] for w in writes]
        return {"mode": mode.value, "reference": reference, "rows": rows}

    async def write(self, key: str, payload: Mapping[str, Json]) -> LevelsWritten:
        rows = cast("list[tuple[str, str, int, int | None]]", payload["rows"])
        self.calls.append([LevelKey(item=StoreKey(r[0]), location=StoreKey(r[1])) for r in rows])
        self.keys.append(key)
        self.under_way += 1
        self.most_under_way = max(self.most_under_way, self.under_way)
        await asyncio.sleep(self.latency)
        self.under_way -= 1
        if self.lost and self.shut_after_loss:
            self.lost = self.shut_after_loss = False
            raise Misconfigured("shopify.access_lost", "The app may not write stock.")
        if self.lose_before:
            self.lose_before -= 1
            raise Unclear("connection.no_answer", "Lost.")
        if self.concurrent:
            self.concurrent -= 1
            return LevelsWritten(again=True)
        if self.used_up:
            self.used_up -= 1
            return LevelsWritten(again=True, anew=True)
        answer = self.take(key, payload)
        if self.lose:
            self.lose -= 1
            self.lost = True
            raise Unclear("connection.no_answer", "Lost.")
        return answer

    def take(self, key: str, payload: Mapping[str, Json]) -> LevelsWritten:
        """One call, however it came: the same key again has no second effect."""
        if key in self.answered:
            assert self.answered[key][0] == payload, "a key was used for another payload"
            return self.answered[key][1]
        for happen in self.before:
            happen()
        self.before.clear()
        answer = self._written(cast("list[tuple[str, str, int, int | None]]", payload["rows"]))
        if answer.done:
            self.answered[key] = (dict(payload), answer)
            self.applied.append(key)
        return answer

    def _written(self, rows: Sequence[tuple[str, str, int, int | None]]) -> LevelsWritten:
        reason = Reason(code="shopify.stock_refused", sentence="No.")
        stale, refused, bad = set(), {}, None
        for item, location, _, old in rows:
            level = key(item, location)
            if item in self.poisoned:
                if self.poisoned[item]:
                    refused[level] = reason
                else:
                    bad = reason
            elif self.compare and old is not None and self.shown.get(level, 0) != old:
                stale.add(level)
        if stale or refused or bad:
            return LevelsWritten(stale=frozenset(stale), refused=refused, bad=bad)
        for item, location, new, _ in rows:
            self.shown[key(item, location)] = new
        return LevelsWritten(done=True)


def stock_sides(
    connection: Connection, *, shop: FakeShopStock, erp: FakeErpStock, timing: Timing | None = None
) -> Sides:
    """Both sides of a connection, in memory; its orders have fakes of their own and are not looked at."""

    async def check() -> Health:
        return Health(account="fake")

    return Sides(
        connection=connection,
        store=Store(check=check, orders=cast("Source[Order]", FakeStore()), stock=shop),
        host=Host(check=check, orders=cast("Sink[SalesDocument]", FakeErp()), inventory=erp),
        spec=replace(MEMORY, concurrency=16),
        account="fake:erp",
        timing=timing or Timing(),
        permits=FreePermits(),
    )
