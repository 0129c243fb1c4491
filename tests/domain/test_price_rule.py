"""The price rule: what is written, what is left alone, and what waits for a person."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from app.domain.money import digits, minor_unit
from app.domain.price import Shown, rounded
from app.domain.price_rule import (
    Answer,
    Asked,
    Decision,
    Fate,
    Past,
    PriceRule,
    SalePolicy,
    Winner,
    decide,
)

NOW = datetime(2026, 11, 20, tzinfo=UTC)
EVERY_RULE = st.builds(PriceRule, sale=st.sampled_from(SalePolicy), changed_by_person=st.sampled_from(Winner))
CURRENCIES = st.sampled_from(["EUR", "JPY", "KWD"])
RAW = st.decimals(min_value=0, max_value=10_000, places=4)


@st.composite
def cases(draw: st.DrawFn) -> tuple[Asked, Shown, Past, PriceRule, str]:
    """Anything that may stand on both sides, in a currency of any number of decimals."""
    currency = draw(CURRENCIES)
    amounts = st.builds(lambda raw: raw.quantize(minor_unit(currency)), RAW)
    shown = Shown(price=draw(amounts), was=draw(st.none() | amounts))
    past = Past(
        written=draw(st.none() | amounts | st.just(shown.listed)),
        observed_at=draw(
            st.none() | st.just(NOW - timedelta(minutes=5)) | st.just(NOW + timedelta(minutes=5))
        ),
        answer=draw(st.none() | st.builds(Answer, winner=st.just(Winner.ERP), erp=amounts, store=amounts)),
    )
    return Asked(price=draw(RAW), currency=currency, observed_at=NOW), shown, past, draw(EVERY_RULE), currency


def decided(case: tuple[Asked, Shown, Past, PriceRule, str]) -> Decision:
    asked, shown, past, rule, currency = case
    return decide(asked, shown, past, rule, currency=currency)


def applied(shown: Shown, decision: Decision) -> Shown:
    return Shown(
        price=shown.price if decision.price is None else decision.price,
        was=shown.was if decision.was is None else decision.was,
    )


@given(cases())
def test_what_is_paid_during_a_sale_is_never_touched(case: tuple[Asked, Shown, Past, PriceRule, str]) -> None:
    shown, decision = case[1], decided(case)
    if shown.on_sale:
        assert decision.price is None
    if decision.fate is Fate.WRITE:
        assert applied(shown, decision).on_sale == shown.on_sale


@given(cases())
def test_once_written_there_is_nothing_left_to_write(case: tuple[Asked, Shown, Past, PriceRule, str]) -> None:
    asked, shown, past, rule, currency = case
    decision = decided(case)
    if decision.fate is Fate.WRITE:
        after = applied(shown, decision)
        assert decide(asked, after, past, rule, currency=currency).fate is Fate.UNCHANGED


@given(cases())
def test_only_a_write_says_what_to_write_and_a_question_says_why(
    case: tuple[Asked, Shown, Past, PriceRule, str],
) -> None:
    decision = decided(case)
    assert (decision.reason is not None) == (decision.fate is Fate.ASKS)
    if decision.fate is Fate.WRITE:
        assert (decision.price is None) != (decision.was is None)


@given(cases())
def test_a_price_is_written_in_the_currencys_own_decimals(
    case: tuple[Asked, Shown, Past, PriceRule, str],
) -> None:
    decision, currency = decided(case), case[4]
    for amount in (decision.price, decision.was):
        if amount is not None:
            assert -amount.as_tuple().exponent == digits(currency)


@given(cases())
def test_an_older_observation_never_replaces_a_newer_one(
    case: tuple[Asked, Shown, Past, PriceRule, str],
) -> None:
    asked, shown, past, rule, currency = case
    late = replace(past, observed_at=asked.observed_at + timedelta(seconds=1))
    assert decide(asked, shown, late, rule, currency=currency).fate is Fate.OUTDATED


@given(cases())
def test_zero_and_a_leap_are_asked_about_unless_a_person_has_answered(
    case: tuple[Asked, Shown, Past, PriceRule, str],
) -> None:
    decision, shown, past = decided(case), case[1], case[2]
    if decision.fate is not Fate.WRITE or decision.listed is None:
        return
    answered = past.answer is not None and (past.answer.erp, past.answer.store) == (
        decision.listed,
        shown.listed,
    )
    steep = abs(decision.listed - shown.listed) * 2 > shown.listed
    assert answered or not (decision.listed == 0 or (shown.listed > 0 and steep))


@given(cases())
def test_a_silent_erp_clears_nothing(case: tuple[Asked, Shown, Past, PriceRule, str]) -> None:
    asked, shown, past, rule, currency = case
    for silent in (
        None,
        replace(asked, price=None),
        replace(asked, price=Decimal("NaN")),
        replace(asked, price=Decimal(-1)),
    ):
        assert decide(silent, shown, past, rule, currency=currency) == Decision(fate=Fate.UNKNOWN)


def decision(
    erp: str, price: str, was: str | None = None, *, past: Past | None = None, rule: PriceRule | None = None,
    currency: str = "EUR",
) -> Decision:  # fmt: skip
    shown = Shown(price=Decimal(price), was=Decimal(was) if was else None)
    asked = Asked(price=Decimal(erp), currency=currency, observed_at=NOW)
    return decide(asked, shown, past or Past(), rule or PriceRule(), currency="EUR")


def test_a_price_without_a_sale_becomes_the_erps() -> None:
    found = decision("12", "10")
    assert (found.fate, found.price, found.was) == (Fate.WRITE, Decimal("12.00"), None)


def test_during_a_sale_the_was_price_follows_or_nothing_does() -> None:
    assert decision("12", "8", "10").fate is Fate.ON_SALE
    follows = decision("12", "8", "10", rule=PriceRule(sale=SalePolicy.WAS_PRICE))
    assert (follows.fate, follows.price, follows.was) == (Fate.WRITE, None, Decimal("12.00"))


def test_a_list_price_no_higher_than_the_sale_price_is_asked_about() -> None:
    found = decision("8", "8", "10", rule=PriceRule(sale=SalePolicy.WAS_PRICE))
    assert found.reason
    assert found.reason.code == "price.below_sale"


def test_an_idle_compare_at_price_never_becomes_a_sale_by_our_write() -> None:
    found = decision("9", "10", "10")
    assert found.reason
    assert found.reason.code == "price.makes_sale"


def test_what_a_person_changed_follows_the_policy() -> None:
    past = Past(written=Decimal("10.00"))
    asks = decision("12", "11", past=past)
    assert asks.reason
    assert (asks.fate, asks.reason.code) == (Fate.ASKS, "price.changed_by_person")
    assert (asks.reason.facts["store"], asks.reason.facts["erp"]) == ("11", "12.00")
    keeps = PriceRule(changed_by_person=Winner.STORE)
    assert decision("12", "11", past=past, rule=keeps).fate is Fate.KEPT
    wins = PriceRule(changed_by_person=Winner.ERP)
    assert decision("12", "11", past=past, rule=wins).price == Decimal("12.00")


def test_a_sale_that_a_person_began_is_no_change_of_the_list_price() -> None:
    past = Past(written=Decimal("10.00"))
    rule = PriceRule(sale=SalePolicy.WAS_PRICE, changed_by_person=Winner.ASK)
    assert decision("12", "8", "10.00", past=past, rule=rule).fate is Fate.WRITE


def test_an_answer_holds_between_its_two_prices_only() -> None:
    answered = Past(
        written=Decimal("10.00"),
        answer=Answer(winner=Winner.ERP, erp=Decimal("30.00"), store=Decimal("11.00")),
    )
    assert decision("30", "11", past=answered).price == Decimal("30.00")
    assert decision("31", "11", past=answered).fate is Fate.ASKS
    kept = replace(answered, answer=Answer(winner=Winner.STORE, erp=Decimal(30), store=Decimal(11)))
    assert decision("30", "11", past=kept).fate is Fate.KEPT


def test_another_currency_is_asked_about() -> None:
    found = decision("12", "10", currency="USD")
    assert found.reason
    assert found.reason.code == "price.other_currency"


def test_prices_are_rounded_to_the_minor_unit_half_up() -> None:
    assert rounded(Decimal("9.995"), "EUR") == Decimal("10.00")
    assert rounded(Decimal("10.5"), "JPY") == Decimal(11)
    assert rounded(Decimal("1.2345"), "KWD") == Decimal("1.235")
    assert rounded(Decimal("Infinity"), "EUR") is None
