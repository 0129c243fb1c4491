"""Stock as an ERP tells it and as a shop shows it: readings, links, levels and bundles; unknown is never zero."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import ROUND_FLOOR, Decimal
from enum import StrEnum
from typing import TypeVar

from app.domain.ids import StoreKey

_T = TypeVar("_T")


class StockMode(StrEnum):
    """AVAILABLE: we write what may be sold. ON_HAND: we write what is there, and the store subtracts its own orders."""

    AVAILABLE = "available"
    ON_HAND = "on_hand"


@dataclass(frozen=True, kw_only=True)
class StockReading:
    """What the ERP explicitly said of one item in one warehouse; a quantity it did not tell is None, never 0.

    `available`: free to sell. `physical`: on the shelf. `reserved`: promised to others than the shop's own orders.
    `observed_at`: our clock before the ERP was asked, so nothing later can be in it. `own`: what the ERP knows the item by,
    where it may have two of one SKU; `several`: it has, so that nobody can say which quantity is meant, and none is.
    """

    warehouse: str
    item: str
    observed_at: datetime
    available: Decimal | None = None
    physical: Decimal | None = None
    reserved: Decimal | None = None
    own: str = ""
    several: bool = False


def told_once(readings: Iterable[StockReading]) -> list[StockReading]:
    """One of each item and warehouse, by their names. A row that is told again as it was is no second item."""
    found: dict[tuple[str, str], StockReading] = {}
    for reading in readings:
        key = reading.item, reading.warehouse
        there = found.get(key)
        found[key] = reading if there is None else _both(there, reading)
    return [found[key] for key in sorted(found)]


def _both(one: StockReading, other: StockReading) -> StockReading:
    alike = one.own == other.own if one.own or other.own else _quantities(one) == _quantities(other)
    return replace(other, several=one.several or other.several or not alike)


def _quantities(reading: StockReading) -> tuple[Decimal | None, ...]:
    return reading.available, reading.physical, reading.reserved


@dataclass(frozen=True, kw_only=True)
class Component:
    """So many of one ERP item are in each unit of a bundle."""

    item: str
    quantity: int


@dataclass(frozen=True, kw_only=True)
class LevelKey:
    """One item at one location of the store."""

    item: StoreKey
    location: StoreKey


@dataclass(frozen=True, kw_only=True)
class LevelSeen:
    """What the store showed of one level at `at`. `on_hand` and `committed` None: this message does not tell."""

    key: LevelKey
    available: int
    at: datetime
    on_hand: int | None = None
    committed: int | None = None

    def quantity(self, mode: StockMode) -> int | None:
        return self.available if mode is StockMode.AVAILABLE else self.on_hand


@dataclass(frozen=True, kw_only=True)
class ItemSeen:
    """A stocked item of the store with its SKU and its levels. `sku` is as the merchant wrote it, blanks included.

    `tracked` None: this message does not tell whether its stock is counted. `at`: when the store said so, on its own
    clock; None: it was asked just now.
    """

    key: StoreKey
    sku: str
    tracked: bool | None = None
    levels: tuple[LevelSeen, ...] = ()
    at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class StoreLocation:
    """A place where the store keeps goods. A closed one (`active` False) has levels that nobody writes.

    `at`: when the store said so, on its own clock; None: it did not tell.
    """

    key: StoreKey
    name: str
    active: bool = True
    at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class LevelWrite:
    """One level that is to become `new`. `old` is what the store must still show for the write to count;

    None gives that protection up and is for approved first loads of levels that nobody knows.
    """

    key: LevelKey
    new: int
    old: int | None


@dataclass(frozen=True, kw_only=True)
class Safety:
    """Units that are kept back per location and SKU; `*` is the default of the location, or of all of them."""

    units: Mapping[tuple[str, str], int] = field(default_factory=dict)

    def of(self, location: str, sku: str) -> int:
        """The most particular word counts: SKU at location, SKU anywhere, location, everything."""
        return _most_particular(self.units, location, sku) or 0

    def own(self, location: str, sku: str) -> int | None:
        """What was set for this very SKU; None: nothing was."""
        folded = sku.casefold()
        return self.units.get((location, folded), self.units.get(("*", folded)))


@dataclass(frozen=True, kw_only=True)
class Allocation:
    """What of the ERP's stock a location may offer: a `share` of what is free, from 0 to 1, and never more than `cap` units."""

    share: Decimal = Decimal(1)
    cap: int | None = None

    def of(self, free: int) -> int:
        """Whole units, rounded down: shares that come to one together never offer more than there is."""
        part = int((free * self.share).to_integral_value(ROUND_FLOOR))
        return part if self.cap is None else min(part, self.cap)


WHOLE = Allocation()


@dataclass(frozen=True, kw_only=True)
class Allocations:
    """By location and SKU, read as `Safety` is; `*` is every one. Where nothing is said a location may offer all of it."""

    rules: Mapping[tuple[str, str], Allocation] = field(default_factory=dict)

    def of(self, location: str, sku: str) -> Allocation:
        return _most_particular(self.rules, location, sku) or WHOLE

    def skus(self) -> frozenset[str]:
        """Every SKU that is named, folded, and `*` for the others."""
        return frozenset({"*", *(sku for _, sku in self.rules)})


def _most_particular(said: Mapping[tuple[str, str], _T], location: str, sku: str) -> _T | None:
    folded = sku.casefold()
    for key in ((location, folded), ("*", folded), (location, "*"), ("*", "*")):
        if key in said:
            return said[key]
    return None
