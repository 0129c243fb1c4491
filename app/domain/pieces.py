"""A line's exact net amount as quantity times unit price, for an ERP that takes it in no other way; pure."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal

from app.domain.money import minor_unit


@dataclass(frozen=True, kw_only=True)
class Part:
    """A stretch of a line at one unit price."""

    quantity: Decimal
    unit_price: Decimal


def parts(quantity: Decimal, net: Decimal, currency: str, *, step: Decimal | None = None) -> tuple[Part, ...]:
    """One part where one price gives the amount, else all pieces but one, and one at what is left.

    `step`: the finest price that the ERP keeps; None: the currency's minor unit. The ERP rounds quantity times price to
    the currency; half a unit off is out of reach of either way of rounding.
    """
    unit = minor_unit(currency)
    price = (net / quantity).quantize(step or unit, ROUND_HALF_UP)
    if abs(quantity * price - net) < unit / 2 or quantity <= 1:
        return (Part(quantity=quantity, unit_price=price),)
    each = (net / quantity).quantize(unit, ROUND_DOWN)
    rest = net - (quantity - 1) * each
    return (Part(quantity=quantity - 1, unit_price=each), Part(quantity=Decimal(1), unit_price=rest))
