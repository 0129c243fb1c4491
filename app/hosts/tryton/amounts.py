"""Writes a line's exact net amount as quantity times unit price, the only way Tryton takes it; pure."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal

from app.domain.money import minor_unit

# `price_decimal` of Tryton's configuration, as it comes; a server set to more takes these too.
PRICE_STEP = Decimal("0.0001")


@dataclass(frozen=True, kw_only=True)
class Part:
    """A stretch of a line at one unit price."""

    quantity: Decimal
    unit_price: Decimal


def parts(quantity: Decimal, net: Decimal, currency: str) -> tuple[Part, ...]:
    """One part where a price of four decimals gives the amount, else all pieces but one, and one at what is left.

    Tryton rounds quantity times price to the currency; half a unit off is out of reach of either way of rounding.
    """
    unit = minor_unit(currency)
    price = (net / quantity).quantize(PRICE_STEP, ROUND_HALF_UP)
    if abs(quantity * price - net) < unit / 2 or quantity <= 1:
        return (Part(quantity=quantity, unit_price=price),)
    each = (net / quantity).quantize(unit, ROUND_DOWN)
    rest = net - (quantity - 1) * each
    return (Part(quantity=quantity - 1, unit_price=each), Part(quantity=Decimal(1), unit_price=rest))
