"""Prices as both sides speak of them: what the ERP asks, what the store shows, and one price that is to be written."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

from app.domain.ids import StoreKey
from app.domain.money import minor_unit

BASE = StoreKey("")
"""The list of the store's own prices, beside the lists of markets and business customers."""
_MOST = Decimal(10) ** 15
"""Past this no store takes a price."""


@dataclass(frozen=True, kw_only=True)
class PriceReading:
    """What the ERP asks for an item. `tier` None: the list price; else the ERP's name of a group of customers.

    `price` None: it says none, which clears nothing.
    """

    item: str
    price: Decimal | None
    currency: str
    observed_at: datetime
    tier: str | None = None


@dataclass(frozen=True, kw_only=True)
class PriceKey:
    """One price of the store: of a variant on a list."""

    list: StoreKey
    variant: StoreKey


@dataclass(frozen=True, kw_only=True)
class Shown:
    """What buyers see: `price` is paid, `was` is struck through beside it."""

    price: Decimal
    was: Decimal | None = None

    @property
    def on_sale(self) -> bool:
        return self.was is not None and self.was > self.price

    @property
    def listed(self) -> Decimal:
        """The list price behind what is shown: during a sale the one that is struck through."""
        return self.was if self.was is not None and self.was > self.price else self.price


@dataclass(frozen=True, kw_only=True)
class PriceSeen:
    """A price as the store shows it. `shown` None: the list has none of its own. `at` None: read just now.

    `sku` None: this reading does not say it.
    """

    key: PriceKey
    product: StoreKey
    shown: Shown | None
    sku: str | None = None
    at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class PriceWrite:
    """What is to be sent for one variant; None is left out, as sending nothing is the only way to leave a field alone."""

    key: PriceKey
    price: Decimal | None = None
    was: Decimal | None = None


def rounded(price: Decimal, currency: str) -> Decimal | None:
    """To the currency's minor unit, half away from zero. None: no store takes such a price."""
    if not price.is_finite() or price < 0 or price >= _MOST:
        return None
    return price.quantize(minor_unit(currency), ROUND_HALF_UP)
