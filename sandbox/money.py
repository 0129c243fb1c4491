"""Money as the simulated shop counts it: one amount in two currencies, rounded to each one's minor unit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from typing import Any

ZERO = Decimal(0)
_DECIMALS = {
    "JPY": 0,
    "KRW": 0,
    "ISK": 0,
    "CLP": 0,
    "VND": 0,
    "KWD": 3,
    "BHD": 3,
    "OMR": 3,
    "TND": 3,
    "JOD": 3,
}


def decimals(currency: str) -> int:
    return _DECIMALS.get(currency, 2)


def rounded(amount: Decimal, currency: str) -> Decimal:
    return amount.quantize(Decimal(1).scaleb(-decimals(currency)), rounding=ROUND_HALF_UP)


@dataclass(frozen=True, kw_only=True)
class Bag:
    """The same amount on the shop's side and on the buyer's side."""

    shop: Decimal
    presentment: Decimal

    def __add__(self, other: Bag) -> Bag:
        return Bag(shop=self.shop + other.shop, presentment=self.presentment + other.presentment)

    def __sub__(self, other: Bag) -> Bag:
        return self + (-other)

    def __neg__(self) -> Bag:
        return Bag(shop=-self.shop, presentment=-self.presentment)

    def times(self, factor: int) -> Bag:
        return Bag(shop=self.shop * factor, presentment=self.presentment * factor)


NOTHING = Bag(shop=ZERO, presentment=ZERO)


def total(bags: Sequence[Bag]) -> Bag:
    return sum(bags, NOTHING)


@dataclass(frozen=True, kw_only=True)
class Exchange:
    """Turns the buyer's amounts into the shop's: `rate` is buyer's money for one unit of the shop's."""

    shop: str
    presentment: str
    rate: Decimal

    def bag(self, amount: Decimal) -> Bag:
        presentment = rounded(amount, self.presentment)
        if self.shop == self.presentment:
            return Bag(shop=presentment, presentment=presentment)
        return Bag(shop=rounded(presentment / self.rate, self.shop), presentment=presentment)

    def part(self, amount: Decimal, rest: Bag) -> Bag:
        """A part of `rest` that never takes more than there is, on either side."""
        wanted = self.bag(amount)
        if wanted.presentment >= rest.presentment:
            return rest
        return Bag(shop=min(wanted.shop, rest.shop), presentment=wanted.presentment)


def spread(amount: Decimal, weights: Sequence[Decimal], currency: str) -> list[Decimal]:
    """Divide an amount by weight so that the parts sum exactly; the largest remainders get the last units."""
    whole = sum(weights, ZERO)
    if not whole:
        return [ZERO for _ in weights]
    unit = Decimal(1).scaleb(-decimals(currency))
    exact = [amount * weight / whole for weight in weights]
    parts = [share.quantize(unit, rounding=ROUND_DOWN) for share in exact]
    missing = int((amount - sum(parts, ZERO)) / unit)
    by_remainder = sorted(range(len(parts)), key=lambda i: (parts[i] - exact[i], i))
    for i in by_remainder[:missing]:
        parts[i] += unit
    return parts


def graphql_amount(amount: Decimal) -> str:
    """The Admin API prints 10 as "10.0" and 10.50 as "10.5"."""
    text = format(amount.normalize(), "f")
    return text if "." in text else text + ".0"


def rest_amount(amount: Decimal, currency: str) -> str:
    return format(rounded(amount, currency), "f")


def money(amount: Decimal, currency: str) -> dict[str, object]:
    return {"__typename": "MoneyV2", "amount": graphql_amount(amount), "currencyCode": currency}


def money_bag(bag: Bag, exchange: Exchange) -> dict[str, object]:
    return {
        "__typename": "MoneyBag",
        "shopMoney": money(bag.shop, exchange.shop),
        "presentmentMoney": money(bag.presentment, exchange.presentment),
    }


def read_bag(record: Mapping[str, Any]) -> Bag:
    return Bag(
        shop=Decimal(record["shopMoney"]["amount"]),
        presentment=Decimal(record["presentmentMoney"]["amount"]),
    )
