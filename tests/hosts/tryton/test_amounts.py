"""Quantity times price gives every amount exactly, whatever the currency, and is read back as one line."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal

from hypothesis import given
from hypothesis import strategies as st

from app.domain.money import minor_unit
from app.domain.pieces import parts
from app.hosts.tryton.payload import PRICE_STEP
from app.hosts.tryton.records import Coded, LineRow
from app.hosts.tryton.stage import joined
from app.hosts.tryton.wire import Number

CURRENCIES = st.sampled_from(["EUR", "JPY", "KWD"])


@given(quantity=st.integers(1, 5_000), minor_units=st.integers(0, 10_000_000), currency=CURRENCIES)
def test_the_parts_of_a_line_add_up_to_its_amount_however_tryton_rounds(
    quantity: int, minor_units: int, currency: str
) -> None:
    unit = minor_unit(currency)
    net = minor_units * unit
    made = parts(Decimal(quantity), net, currency, step=PRICE_STEP)
    assert sum(part.quantity for part in made) == quantity
    assert all(part.unit_price == part.unit_price.quantize(PRICE_STEP) for part in made)
    for rounding in (ROUND_HALF_EVEN, ROUND_HALF_UP):
        amounts = [(part.quantity * part.unit_price).quantize(unit, rounding) for part in made]
        assert sum(amounts, Decimal(0)) == net


def test_a_line_is_left_whole_where_one_price_does() -> None:
    assert len(parts(Decimal(3), Decimal("10.00"), "EUR", step=PRICE_STEP)) == 1


def test_rows_of_one_place_and_product_are_one_line_and_others_are_not() -> None:
    rows = [
        LineRow(
            id=i,
            type=kind,
            sequence=place,
            quantity=2.0,
            amount=Number("1.50"),
            product=Coded(id=9, code=code),
        )
        for i, (kind, place, code) in enumerate(
            [
                ("line", 1, "A"),
                ("line", 1, "A"),
                ("line", 2, "A"),
                ("line", None, "A"),
                ("line", None, "A"),
                ("title", 1, "A"),
            ]
        )
    ]
    assert [(each.item, each.quantity, each.net) for each in joined(rows)] == [
        ("A", Decimal(4), Decimal("3.00")),
        ("A", Decimal(2), Decimal("1.50")),
        ("A", Decimal(2), Decimal("1.50")),
        ("A", Decimal(2), Decimal("1.50")),
    ]
