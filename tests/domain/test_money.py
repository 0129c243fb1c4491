"""Money's arithmetic: nothing is lost, nothing is invented, and every currency has its own smallest unit."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.money import BothMoney, CurrencySide, Money, digits, minor_unit, spread, total

UNITS = st.sampled_from([Decimal(1), Decimal("0.01"), Decimal("0.001")])


@st.composite
def shares(draw: st.DrawFn) -> tuple[Decimal, list[Decimal], Decimal]:
    unit = draw(UNITS)
    weights = draw(st.lists(st.integers(0, 10**7), min_size=1, max_size=30))
    amount = draw(st.integers(-(10**9), 10**9)) * unit
    return amount, [w * unit for w in weights], unit


@given(shares())
def test_what_is_spread_adds_up_to_the_unit(case: tuple[Decimal, list[Decimal], Decimal]) -> None:
    amount, weights, unit = case
    parts = spread(amount, weights, unit)
    assert total(parts) == amount
    assert len(parts) == len(weights)
    assert all(part % unit == 0 for part in parts)


@given(shares())
def test_no_part_is_further_than_one_unit_from_its_fair_share(
    case: tuple[Decimal, list[Decimal], Decimal],
) -> None:
    amount, weights, unit = case
    whole = total(weights)
    for part, weight in zip(spread(amount, weights, unit), weights, strict=True):
        fair = amount * weight / whole if whole else amount / len(weights)
        assert abs(part - fair) < unit


@given(shares())
def test_no_part_has_the_other_sign(case: tuple[Decimal, list[Decimal], Decimal]) -> None:
    amount, weights, unit = case
    assert all(part * amount >= 0 for part in spread(amount, weights, unit))


def test_the_largest_remainder_gets_the_rest() -> None:
    assert spread(Decimal("1.00"), [Decimal(1), Decimal(1), Decimal(1)], Decimal("0.01")) == (
        Decimal("0.34"),
        Decimal("0.33"),
        Decimal("0.33"),
    )
    assert spread(Decimal(-10), [Decimal(2), Decimal(1)], Decimal(1)) == (Decimal(-7), Decimal(-3))


def test_equal_parts_when_nothing_weighs_anything() -> None:
    assert spread(Decimal(5), [Decimal(0), Decimal(0)], Decimal(1)) == (Decimal(3), Decimal(2))


def test_there_must_be_something_to_spread_over() -> None:
    with pytest.raises(ValueError, match="nothing to spread over"):
        spread(Decimal(1), [], Decimal(1))


@pytest.mark.parametrize(
    ("currency", "unit"), [("EUR", "0.01"), ("JPY", "1"), ("KRW", "1"), ("KWD", "0.001"), ("XOF", "1")]
)
def test_every_currency_has_its_own_smallest_unit(currency: str, unit: str) -> None:
    assert minor_unit(currency) == Decimal(unit)


@given(st.decimals("-1e9", "1e9", places=6), st.sampled_from(["EUR", "JPY", "KWD"]))
def test_rounding_moves_by_half_a_unit_at_most(amount: Decimal, currency: str) -> None:
    rounded = Money(amount=amount, currency=currency).rounded().amount
    assert abs(rounded - amount) <= minor_unit(currency) / 2
    assert -rounded.as_tuple().exponent == digits(currency)  # type: ignore[operator]


def test_half_a_unit_is_rounded_away_from_zero() -> None:
    assert Money(amount=Decimal("0.125"), currency="EUR").rounded().amount == Decimal("0.13")
    assert Money(amount=Decimal("-0.125"), currency="EUR").rounded().amount == Decimal("-0.13")


def test_two_currencies_are_never_added() -> None:
    one, other = Money(amount=Decimal(1), currency="EUR"), Money(amount=Decimal(1), currency="USD")
    with pytest.raises(ValueError, match="EUR and USD"):
        one + other
    with pytest.raises(ValueError, match="EUR and USD"):
        one - other


def test_both_amounts_are_reached_by_their_side() -> None:
    both = BothMoney(
        shop=Money(amount=Decimal(1), currency="EUR"), presentment=Money(amount=Decimal(2), currency="USD")
    )
    assert both.on(CurrencySide.SHOP).currency == "EUR"
    assert both.on(CurrencySide.PRESENTMENT).currency == "USD"
