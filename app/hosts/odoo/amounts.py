"""Writes a line's exact net amount as quantity times unit price, the only way Odoo takes it; pure."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal

from app.domain.money import minor_unit


@dataclass(frozen=True, kw_only=True)
class Part:
    """A stretch of a line at one unit price."""

    quantity: Decimal
    unit_price: Decimal


def parts(quantity: Decimal, net: Decimal, currency: str) -> tuple[Part, ...]:
    """One part where a price in whole minor units gives the amount, else all pieces but one, and one at what is left.

    Odoo keeps prices to its accuracy “Product Price”, two decimals as it comes; finer ones would be cut there.
    """
    unit = minor_unit(currency)
    price = (net / quantity).quantize(unit, ROUND_HALF_UP)
    if quantity * price == net or quantity <= 1:
        return (Part(quantity=quantity, unit_price=price),)
    each = (net / quantity).quantize(unit, ROUND_DOWN)
    rest = net - (quantity - 1) * each
    return (Part(quantity=quantity - 1, unit_price=each), Part(quantity=Decimal(1), unit_price=rest))
