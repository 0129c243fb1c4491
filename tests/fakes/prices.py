"""A shop and an ERP with prices, in memory, with verbs: change by hand, poison, lose an answer, go silent."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, cast

from app.domain.document import SalesDocument
from app.domain.ids import StoreKey
from app.domain.order import Order
from app.domain.price import BASE, PriceKey, PriceReading, PriceSeen, PriceWrite, Shown
from app.errors import Reason, Retry, Throttled, Unclear
from app.hosts.memory.spec import MEMORY
from app.models.connections import Connection
from app.ports import (
    Choice,
    Health,
    Host,
    Json,
    Page,
    PriceList,
    PricePage,
    PricesWritten,
    Sink,
    Source,
    Store,
)
from app.settings import Timing
from app.sync.sides import Sides
from tests.fakes.erp import FakeErp
from tests.fakes.store import FakeStore
from tests.fakes.world import FreePermits

AT = datetime(2026, 1, 1, tzinfo=UTC)


def base(variant: int | str) -> PriceKey:
    return PriceKey(list=BASE, variant=StoreKey(str(variant)))


@dataclass(kw_only=True)
class FakeErpPrices:
    """Implements `PriceSource`. `asks`: by tier and item."""

    asks: dict[tuple[str, str], Decimal | None] = field(default_factory=dict)
    currency: str = "EUR"
    size: int = 200
    silent: bool = False
    busy: int = 0
    share: float = 1.0
    factor: Decimal = Decimal(1)

    def set(self, item: str, price: str | None, tier: str = "") -> None:
        self.asks[tier, item] = None if price is None else Decimal(price)

    async def page(self, cursor: str | None) -> PricePage:
        if self.silent:
            raise Retry("connection.refused", "The ERP is away.")
        if self.busy:
            self.busy -= 1
            raise Throttled("host.busy", "The ERP has enough to do.", after=timedelta(0))
        names = sorted(self.asks)[: round(len(self.asks) * self.share)]
        start = int(cursor or 0)
        more = start + self.size < len(names)
        shown = [self._reading(name) for name in names[start : start + self.size]]
        return PricePage(readings=tuple(shown), next=str(start + self.size) if more else None)

    async def of(self, items: Sequence[str]) -> tuple[PriceReading, ...]:
        return tuple(self._reading(name) for name in sorted(self.asks) if name[1] in items)

    def _reading(self, name: tuple[str, str]) -> PriceReading:
        price = self.asks[name]
        return PriceReading(
            item=name[1],
            tier=name[0] or None,
            price=None if price is None else price * self.factor,
            currency=self.currency,
            observed_at=AT,
        )

    async def tiers(self) -> Sequence[Choice]:
        return [Choice(code=tier, label=tier) for tier in sorted({tier for tier, _ in self.asks if tier})]


@dataclass(kw_only=True)
class FakeShopPrices:
    """Implements `PriceStore`: no compare-and-set, each variant of a call on its own merits."""

    size: int = 250
    read_size: int = 250
    points: int = 10
    at_once: int = 32
    skus: dict[str, str] = field(default_factory=dict)
    products: dict[str, str] = field(default_factory=dict)
    prices: dict[PriceKey, Shown] = field(default_factory=dict)
    more: tuple[PriceList, ...] = ()
    poisoned: set[str] = field(default_factory=set)
    calls: list[Mapping[str, Json]] = field(default_factory=list)
    reads: int = 0
    lose: int = 0
    lose_before: int = 0
    away: int = 0
    late: list[Callable[[], Any]] = field(default_factory=list)
    commits_late: bool = False
    before: list[Callable[[], Any]] = field(default_factory=list)
    read_at: dict[str, float] = field(default_factory=dict)
    gaps: list[float] = field(default_factory=list)
    under_way: set[str] = field(default_factory=set)
    latency: float = 0.0

    def offer(
        self, sku: str, price: str, *, variant: str, product: str = "1", was: str | None = None
    ) -> None:
        self.skus[variant], self.products[variant] = sku, product
        self.prices[base(variant)] = Shown(price=Decimal(price), was=Decimal(was) if was else None)

    def by_hand(self, variant: str | int, price: str, was: str | None = None) -> None:
        self.prices[base(variant)] = Shown(price=Decimal(price), was=Decimal(was) if was else None)

    async def lists(self) -> tuple[PriceList, ...]:
        return (PriceList(key=BASE, name="", currency="EUR"), *self.more)

    async def variants(self, cursor: str | None) -> AsyncIterator[Page[PriceSeen]]:
        names, start = sorted(self.skus), int(cursor or 0)
        while True:
            part = names[start : start + 100]
            start += 100
            done = start >= len(names)
            yield Page(items=tuple(self._seen(base(n)) for n in part), cursor="" if done else str(start))
            if done:
                return

    def _seen(self, key: PriceKey) -> PriceSeen:
        return PriceSeen(
            key=key,
            product=StoreKey(self.products[key.variant]),
            shown=self.prices.get(key),
            sku=self.skus[key.variant] if key.list == BASE else None,
        )

    async def seen(self, list: StoreKey, variants: Sequence[StoreKey]) -> tuple[PriceSeen, ...]:
        self.reads += 1
        self.read_at |= dict.fromkeys(variants, time.monotonic())
        found = [
            replace(self._seen(PriceKey(list=list, variant=v)), sku=None) for v in variants if v in self.skus
        ]
        for happen in self.before:
            happen()
        self.before.clear()
        return tuple(found)

    def payload(
        self, product: StoreKey, writes: Sequence[PriceWrite], *, currency: str
    ) -> Mapping[str, Json]:
        rows: list[Json] = [
            [w.key.variant, None if w.price is None else str(w.price), None if w.was is None else str(w.was)]
            for w in writes
        ]
        return {"list": writes[0].key.list, "product": product, "rows": rows, "currency": currency}

    async def write(self, payload: Mapping[str, Json], *, by: float) -> PricesWritten:
        if self.away:
            self.away -= 1
            raise Retry("shopify.unanswered", "Away.")
        product = f"{payload['list']}/{payload['product']}"
        assert product not in self.under_way, "two calls of one product at once"
        self.calls.append(payload)
        self.under_way.add(product)
        await asyncio.sleep(self.latency)
        self.under_way.discard(product)
        self.gaps += [time.monotonic() - self.read_at[row[0]] for row in _rows(payload)]
        if self.lose_before:
            self.lose_before -= 1
            if self.commits_late:
                self.late.append(lambda: self.take(payload))
            raise Unclear("connection.no_answer", "Lost.")
        answer = self.take(payload)
        if self.lose:
            self.lose -= 1
            raise Unclear("connection.no_answer", "Lost.")
        return answer

    def take(self, payload: Mapping[str, Json]) -> PricesWritten:
        shown: dict[PriceKey, Shown] = {}
        refused: dict[PriceKey, Reason] = {}
        for variant, price, was in _rows(payload):
            key = PriceKey(list=StoreKey(str(payload["list"])), variant=StoreKey(variant))
            if variant in self.poisoned:
                refused[key] = Reason(code="shopify.price_refused", sentence="No.")
                continue
            before = self.prices.get(key) or Shown(price=Decimal(0))
            self.prices[key] = shown[key] = Shown(
                price=Decimal(price) if price is not None else before.price,
                was=Decimal(was) if was is not None else before.was,
            )
        return PricesWritten(shown=shown, refused=refused)


def _rows(payload: Mapping[str, Json]) -> list[tuple[str, str | None, str | None]]:
    return cast("list[tuple[str, str | None, str | None]]", payload["rows"])


def price_sides(
    connection: Connection, *, shop: FakeShopPrices, erp: FakeErpPrices, timing: Timing | None = None
) -> Sides:
    """Both sides of a connection, in memory; its orders have fakes of their own and are not looked at."""

    async def check() -> Health:
        return Health(account="fake")

    return Sides(
        connection=connection,
        store=Store(check=check, orders=cast("Source[Order]", FakeStore()), prices=shop),
        host=Host(check=check, orders=cast("Sink[SalesDocument]", FakeErp()), prices=erp),
        spec=replace(MEMORY, concurrency=16),
        account="fake:erp",
        timing=timing or Timing(),
        permits=FreePermits(),
    )
