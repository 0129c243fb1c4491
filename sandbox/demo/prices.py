"""Prices that change in the ERP during the run, sales and edits by people in the shop, and how it all ended.

The rule is written down here once more, on purpose: what is not on sale shows the ERP's price, a sale stays as it was
set, a person's price and a zero or a leap wait. Nothing of the product's own reckoning is asked.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Protocol

BASE = ""
STEEP = Decimal("0.5")
SETTINGS: Mapping[str, Any] = {"changed": 0.9, "zeroed": 0.9, "sale": "was_price", "changed_by_person": "ask"}
"""What the judged connection is set up with: so small a shop changes by more than a shop's guard allows."""

Place = tuple[str, str]
"""A list (empty: the shop's own prices) and a SKU."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """A change in the shop's book of prices. `was` is struck through."""

    by: str
    list: str
    sku: str
    price_before: Decimal | None
    price: Decimal
    was_before: Decimal | None
    was: Decimal | None

    @property
    def was_on_sale(self) -> bool:
        return (
            self.price_before is not None
            and self.was_before is not None
            and self.was_before > self.price_before
        )


@dataclass(frozen=True, kw_only=True)
class PriceScene:
    """`asked` is what the ERP asks in the end, `placed` what was changed there during the run, `shown` price and was-price in

    the shop. `asks` are those that must wait for a person, as the plan has it.
    """

    asked: Mapping[Place, Decimal]
    placed: frozenset[Place]
    shown: Mapping[Place, tuple[Decimal, Decimal | None]]
    book: Sequence[Row]
    asks: frozenset[Place]


@dataclass(kw_only=True)
class PriceVerdict:
    """`held_unexpected`: right to wait for, but nobody planned it. `details` name what went wrong."""

    placed: int = 0
    settled: int = 0
    held_expected: int = 0
    held_unexpected: int = 0
    missing: int = 0
    duplicates: int = 0
    wrong: int = 0
    details: list[dict[str, Any]] = field(default_factory=list)

    @property
    def clean(self) -> bool:
        return bool(self.placed) and not (
            self.held_unexpected or self.missing or self.duplicates or self.wrong
        )

    def counts(self) -> Mapping[str, int]:
        names = ("placed", "settled", "held_expected", "held_unexpected", "missing", "duplicates", "wrong")
        return {name: getattr(self, name) for name in names}


def judge_prices(scene: PriceScene) -> PriceVerdict:
    found = PriceVerdict(placed=len(scene.placed))
    written = {(row.list, row.sku) for row in scene.book if row.by == "app"}
    for place in sorted(scene.placed):
        _end(found, scene, place, place in written)
    for row in scene.book:
        _write(found, row)
    return found


def _end(found: PriceVerdict, scene: PriceScene, place: Place, written: bool) -> None:
    asked, shown = scene.asked[place], scene.shown.get(place)
    listed = _listed(shown)
    if place in scene.asks:
        found.held_expected += listed != asked
        if listed == asked:
            _note(found, "wrong", place, asked, shown, "this one was to wait for a person")
    elif listed == asked:
        found.settled += 1
    elif listed is not None and _strange(asked, listed):
        _note(found, "held_unexpected", place, asked, shown, "too strange to be written, and not planned")
    else:
        _note(found, "wrong" if written else "missing", place, asked, shown, "not what the ERP asks")


def _listed(shown: tuple[Decimal, Decimal | None] | None) -> Decimal | None:
    if shown is None:
        return None
    price, was = shown
    return was if was is not None and was > price else price


def _strange(asked: Decimal, listed: Decimal) -> bool:
    return asked == 0 or abs(asked - listed) > listed * STEEP


def _write(found: PriceVerdict, row: Row) -> None:
    """Our own writes alone: none twice, none to what is paid during a sale, none that ends or begins one."""
    if row.by != "app":
        return
    place, shown = (row.list, row.sku), (row.price, row.was)
    if (row.price_before, row.was_before) == shown:
        _note(found, "duplicates", place, row.price, shown, "written a second time")
    if row.was_on_sale and row.price != row.price_before:
        _note(found, "wrong", place, row.price, shown, "a sale was overwritten")
    if row.was_before is not None and row.was is None:
        _note(found, "wrong", place, row.price, shown, "a compare-at price was cleared")


def _note(found: PriceVerdict, kind: str, place: Place, asked: Decimal, shown: object, why: str) -> None:
    setattr(found, kind, getattr(found, kind) + 1)
    if len(found.details) < 50:
        found.details.append(
            {
                "kind": kind,
                "list": place[0],
                "sku": place[1],
                "erp": str(asked),
                "shop": str(shown),
                "why": why,
            }
        )


# --- what happens ----------------------------------------------------------------------------------------------------


class PriceBooks(Protocol):
    """An ERP whose people change prices."""

    def price(self, prices: Mapping[str, Decimal], *, currency: str, tier: str = "") -> None: ...


class PriceShop(Protocol):
    """The shop's control place."""

    def prices(self, list: str = "") -> Mapping[str, tuple[Decimal, Decimal | None]]: ...

    def edit_prices(self, prices: Sequence[Mapping[str, Any]]) -> None: ...

    def price_book(self) -> Sequence[Row]: ...


@dataclass(kw_only=True)
class PriceTrade:
    """`tier` and its `list`: None where the ERP has no tiers. Call `begin` before the first plan, `edit` once after it was

    pushed, `move` as often as you like, and `strange` once near the end.
    """

    shop: PriceShop
    books: PriceBooks
    skus: Sequence[str]
    currency: str
    seed: int
    tier: str | None = None
    list: str | None = None
    asked: dict[Place, Decimal] = field(default_factory=dict)
    placed: set[Place] = field(default_factory=set)
    asks: set[Place] = field(default_factory=set)
    origin: dict[Place, Decimal] = field(default_factory=dict)
    sales: tuple[str, ...] = ()
    edited: tuple[str, ...] = ()

    def begin(self) -> None:
        """Most prices are right at first, some are a little off; a tenth of the items is on sale in the shop."""
        chance = random.Random(self.seed)
        shown = self.shop.prices()
        some = chance.sample(sorted(self.skus), len(self.skus))
        self.sales, self.edited = (
            tuple(some[: max(1, len(some) // 10)]),
            tuple(some[-max(1, len(some) // 20) :]),
        )
        self.shop.edit_prices(
            [
                {"sku": s, "price": str(_cents(shown[s][0] * Decimal("0.8"))), "was": str(shown[s][0])}
                for s in self.sales
            ]
        )
        base = {sku: shown[sku][0] for sku in self.skus}
        self.origin |= {(BASE, sku): price for sku, price in base.items()}
        off = {
            sku: self._near(chance, (BASE, sku))
            for sku in some[len(self.sales) : -len(self.edited)]
            if chance.random() < 0.3
        }
        self._price(base | off, changed=off)
        if self.tier is not None:
            own = {
                sku: _cents(price * Decimal("0.7")) for sku, price in base.items() if sku not in self.edited
            }
            self.origin |= {(self.list or "", sku): price for sku, price in own.items()}
            self._price(own, changed=own, tier=True)

    def move(self, chance: random.Random, *, count: int = 20) -> None:
        """The ERP's people change some prices, those of sales included, in every tier."""
        free = sorted(set(self.skus) - set(self.edited) - {sku for _, sku in self.asks})
        chosen = chance.sample(free, min(count, len(free)))
        moved = {sku: self._near(chance, (BASE, sku)) for sku in chosen}
        self._price(moved, changed=moved)
        if self.tier is not None and self.list is not None:
            own = {sku: self._near(chance, (self.list, sku)) for sku in chosen[: count // 4]}
            self._price(own, changed=own, tier=True)

    def edit(self) -> None:
        """People change some prices in the shop, and then the ERP's people change the same ones: these wait."""
        shown = self.shop.prices()
        self.shop.edit_prices(
            [{"sku": sku, "price": str(_cents(shown[sku][0] * Decimal("1.07")))} for sku in self.edited]
        )
        after = {sku: _cents(self.asked[BASE, sku] * Decimal("1.15")) for sku in self.edited}
        self.asks |= {(BASE, sku) for sku in self.edited}
        self._price(after, changed=after)

    def strange(self, chance: random.Random) -> None:
        """A slip of somebody's finger in the ERP: one item for nothing, one for ten times as much; these wait."""
        free = sorted(set(self.skus) - set(self.edited) - set(self.sales))
        nothing, leap = chance.sample(free, 2)
        prices = {nothing: Decimal("0.00"), leap: self.asked[BASE, leap] * 10}
        self.asks |= {(BASE, sku) for sku in prices}
        self._price(prices, changed=prices)

    def scene(self) -> PriceScene:
        """What is there now, for `judge_prices`."""
        shown = {(BASE, sku): found for sku, found in self.shop.prices().items()}
        if self.list is not None:
            shown |= {(self.list, sku): found for sku, found in self.shop.prices(self.list).items()}
        return PriceScene(
            asked=dict(self.asked),
            placed=frozenset(self.placed),
            shown=shown,
            book=self.shop.price_book(),
            asks=frozenset(self.asks),
        )

    def _near(self, chance: random.Random, place: Place) -> Decimal:
        """Another price than now, no further than a fifth from the first one: however often it moves, it never leaps."""
        wanted = [_cents(self.origin[place] * factor / 100) for factor in (92, 95, 97, 103, 106, 112, 118)]
        return chance.choice([price for price in wanted if price != self.asked.get(place)])

    def _price(
        self, prices: Mapping[str, Decimal], *, changed: Mapping[str, Decimal], tier: bool = False
    ) -> None:
        where = (self.list or "") if tier else BASE
        self.books.price(prices, currency=self.currency, tier=(self.tier or "") if tier else "")
        self.asked |= {(where, sku): price for sku, price in prices.items()}
        self.placed |= {(where, sku) for sku in changed}


def _cents(price: Decimal) -> Decimal:
    return price.quantize(Decimal("0.01"))
