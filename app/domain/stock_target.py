"""The stock rule, pure: what one level of the store should show, given what the ERP said and what it can't know yet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_FLOOR, Decimal

from app.domain.inventory import WHOLE, Allocation, Component, StockMode, StockReading

MOST = 1_000_000_000
"""Past this no store takes a quantity."""


@dataclass(frozen=True, kw_only=True)
class Target:
    """`quantity` may be written; `observed_at` is the oldest reading in it, which orders it among targets."""

    quantity: int
    observed_at: datetime


@dataclass(frozen=True, kw_only=True)
class ItemStock:
    """What is known of one ERP item for one location: a reading for every warehouse that feeds it.

    `unknown_units`: units of orders that those readings can't reflect yet. `whole`: every warehouse has told.
    """

    readings: Sequence[StockReading]
    unknown_units: int = 0
    whole: bool = True


def target(
    *, mode: StockMode, parts: Mapping[str, ItemStock], components: Sequence[Component], safety: int,
    component_safety: Mapping[str, int] | None = None, allocation: Allocation = WHOLE,
) -> Target | None:  # fmt: skip
    """The quantity of an item that is made of `components` (itself alone, when it is no bundle).

    `allocation` is of what is left when `safety` was kept back. None when anything in it is unknown: what nobody said is
    never taken for zero.
    """
    kept_back = component_safety or {}
    counts: list[int] = []
    oldest: list[datetime] = []
    for component in components:
        stock = parts.get(component.item)
        free = None if stock is None else net(mode, stock)
        if stock is None or free is None:
            return None
        left = free - kept_back.get(component.item, 0)
        counts.append(int((left / component.quantity).to_integral_value(ROUND_FLOOR)))
        oldest += [reading.observed_at for reading in stock.readings]
    if not counts:
        return None
    offered = allocation.of(max(0, min(counts) - safety))
    return Target(quantity=min(MOST, offered), observed_at=min(oldest))


def net(mode: StockMode, stock: ItemStock) -> Decimal | None:
    """What the warehouses hold together for this shop, less what they don't know is sold; may be below zero."""
    if not stock.whole or not stock.readings:
        return None
    total = Decimal(-stock.unknown_units)
    for reading in stock.readings:
        one = _quantity(mode, reading)
        if one is None or not one.is_finite():
            return None
        total += one
    return total


def _quantity(mode: StockMode, reading: StockReading) -> Decimal | None:
    if mode is StockMode.AVAILABLE:
        return reading.available
    if reading.physical is None or reading.reserved is None:
        return None
    return reading.physical - reading.reserved
