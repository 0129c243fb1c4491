"""Quantity times price gives a line's amount exactly, however fine an ERP keeps its prices."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal

from hypothesis import given
from hypothesis import strategies as st

from app.domain.money import minor_unit
from app.domain.pieces import Part, parts


@given(
    quantity=st.integers(1, 5_000),
    minor_units=st.integers(0, 10_000_000),
    currency=st.sampled_from(["EUR", "JPY", "KWD"]),
)
def test_whole_minor_units_give_every_amount_however_the_erp_rounds(
    quantity: int, minor_units: int, currency: str
) -> None:
    unit = minor_unit(currency)
    made = parts(Decimal(quantity), minor_units * unit, currency)
    assert sum(part.quantity for part in made) == quantity
    assert all(part.unit_price == part.unit_price.quantize(unit) for part in made)
    for rounding in (ROUND_HALF_EVEN, ROUND_HALF_UP):
        amounts = [(part.quantity * part.unit_price).quantize(unit, rounding) for part in made]
        assert sum(amounts, Decimal(0)) == minor_units * unit


def test_what_no_minor_unit_divides_is_two_parts_and_one_with_a_finer_price() -> None:
    three, ten = Decimal(3), Decimal("10.00")
    one = Part(quantity=Decimal(1), unit_price=Decimal("3.34"))
    assert parts(three, ten, "EUR") == (Part(quantity=Decimal(2), unit_price=Decimal("3.33")), one)
    assert len(parts(three, ten, "EUR", step=Decimal("0.0001"))) == 1
