"""Money: exact decimals with a currency, and the arithmetic that a document's total rests on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from enum import StrEnum

# ISO 4217 minor units other than two.
_DIGITS = {
    **dict.fromkeys(
        (
            "BIF",
            "CLP",
            "DJF",
            "GNF",
            "ISK",
            "JPY",
            "KMF",
            "KRW",
            "PYG",
            "RWF",
            "UGX",
            "UYI",
            "VND",
            "VUV",
            "XAF",
        ),
        0,
    ),
    **dict.fromkeys(("XOF", "XPF"), 0),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
}


class CurrencySide(StrEnum):
    """Which of the two amounts of an order a document is made in."""

    SHOP = "shop"
    PRESENTMENT = "presentment"


def digits(currency: str) -> int:
    """How many decimals the currency's minor unit has (ISO 4217): 0 for JPY, 3 for KWD, 2 for most."""
    return _DIGITS.get(currency, 2)


def minor_unit(currency: str) -> Decimal:
    """The smallest amount of the currency: 1 JPY, 0.01 EUR, 0.001 KWD."""
    return Decimal(1).scaleb(-digits(currency))


@dataclass(frozen=True, kw_only=True)
class Money:
    """An exact amount of one currency; adding another currency is a mistake and raises ValueError."""

    amount: Decimal
    currency: str

    def __add__(self, other: Money) -> Money:
        if other.currency != self.currency:
            raise ValueError(f"{self.currency} and {other.currency} can't be added")
        return Money(amount=self.amount + other.amount, currency=self.currency)

    def __sub__(self, other: Money) -> Money:
        return self + Money(amount=-other.amount, currency=other.currency)

    def rounded(self) -> Money:
        """To the minor unit, half away from zero."""
        return Money(
            amount=self.amount.quantize(minor_unit(self.currency), ROUND_HALF_UP), currency=self.currency
        )

    def __str__(self) -> str:
        return f"{self.amount:f} {self.currency}"


@dataclass(frozen=True, kw_only=True)
class BothMoney:
    """One amount in the shop's currency and in the currency the buyer saw."""

    shop: Money
    presentment: Money

    def on(self, side: CurrencySide) -> Money:
        return self.shop if side is CurrencySide.SHOP else self.presentment


def total(amounts: Iterable[Decimal]) -> Decimal:
    """The exact sum; zero for nothing."""
    return sum(amounts, start=Decimal(0))


def spread(amount: Decimal, weights: Sequence[Decimal], unit: Decimal) -> tuple[Decimal, ...]:
    """Splits `amount` by `weights` into multiples of `unit` that add up exactly; the largest remainders get the rest.

    With no weight at all the parts are equal. Raises ValueError when there is nothing to spread over.
    """
    if not weights:
        raise ValueError("nothing to spread over")
    whole = total(weights)
    shares = [amount * w / whole for w in weights] if whole else [amount / len(weights)] * len(weights)
    parts = [share.quantize(unit, ROUND_DOWN) for share in shares]
    left = amount - total(parts)
    step = unit if left >= 0 else -unit
    order = sorted(range(len(parts)), key=lambda i: (-abs(shares[i] - parts[i]), i))
    for turn in range(int(abs(left) // unit)):
        parts[order[turn % len(order)]] += step
    rest = amount - total(parts)
    parts[order[0]] += rest
    return tuple(parts)
