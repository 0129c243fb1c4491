"""What a difference between the store's total and the ERP's means."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.document import DocumentState, FoundDocument, FoundLine, SalesDocument
from app.domain.ids import SinkKey
from app.domain.totals import Rounding, judge_payments, judge_total
from app.errors import Reason, Verdict
from tests.examples import ROUNDING_ITEM, document, line

ORDER = document([line("TEA", "9.99", "VAT20"), line("MUG", "3.33", "VAT7"), line("MUG", "1.11", "VAT7")])


def found(order: SalesDocument, **changes: object) -> FoundDocument:
    made = FoundDocument(
        sink_key=SinkKey("1"),
        number="SO-1",
        external_id=order.external_id,
        state=DocumentState.OPEN,
        total=order.total,
        tax_total=order.tax_total,
        currency=order.currency,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize("computes_tax", [True, False])
def test_equal_totals_need_nothing(computes_tax: bool) -> None:
    assert judge_total(ORDER, found(ORDER), computes_tax=computes_tax) is None


@given(st.integers(-20, 20).filter(bool))
def test_an_exact_host_may_not_differ_at_all(cents: int) -> None:
    theirs = found(ORDER, total=ORDER.total + cents * Decimal("0.01"))
    reason = judge_total(ORDER, theirs, computes_tax=False)
    assert isinstance(reason, Reason)
    assert reason.code == "total.differs"
    assert Decimal(reason.facts["difference"]) == cents * Decimal("0.01")
    assert str(ORDER.total) in reason.sentence


@given(st.integers(-20, 20).filter(bool))
def test_a_computing_host_may_differ_by_a_minor_unit_per_tax_line(cents: int) -> None:
    gap = cents * Decimal("0.01")
    theirs = found(ORDER, total=ORDER.total - gap, tax_total=ORDER.tax_total - gap)
    verdict = judge_total(ORDER, theirs, computes_tax=True)
    if abs(cents) <= ORDER.tax_lines:
        assert verdict == Rounding(item=ROUNDING_ITEM, amount=gap)
    else:
        assert isinstance(verdict, Reason)
        assert verdict.code == "total.differs"


@pytest.mark.parametrize(("currency", "unit"), [("JPY", "1"), ("KWD", "0.001")])
def test_the_tolerance_is_the_currencys_own_unit(currency: str, unit: str) -> None:
    order = replace(ORDER, currency=currency)
    inside = found(order, total=order.total - 3 * Decimal(unit))
    outside = found(order, total=order.total - 4 * Decimal(unit))
    assert isinstance(judge_total(order, inside, computes_tax=True), Rounding)
    assert isinstance(judge_total(order, outside, computes_tax=True), Reason)


def test_without_a_rounding_item_a_small_difference_needs_a_mapping() -> None:
    order = replace(ORDER, rounding_item=None)
    reason = judge_total(order, found(order, total=order.total - Decimal("0.01")), computes_tax=True)
    assert isinstance(reason, Reason)
    assert (reason.code, reason.verdict) == ("total.rounding_unmapped", Verdict.NEEDS_MAPPING)


def test_a_difference_is_rounded_away_once_only() -> None:
    lines = (FoundLine(item=ROUNDING_ITEM, quantity=Decimal(1), net=Decimal("0.01")),)
    theirs = found(ORDER, total=ORDER.total - Decimal("0.01"), lines=lines)
    reason = judge_total(ORDER, theirs, computes_tax=True)
    assert isinstance(reason, Reason)
    assert reason.code == "total.differs"


def test_after_rounding_the_tax_may_keep_its_small_difference() -> None:
    assert (
        judge_total(ORDER, found(ORDER, tax_total=ORDER.tax_total - Decimal("0.02")), computes_tax=True)
        is None
    )
    reason = judge_total(ORDER, found(ORDER, tax_total=ORDER.tax_total - Decimal("0.04")), computes_tax=True)
    assert isinstance(reason, Reason)
    assert reason.code == "tax.differs"


def test_equal_totals_with_another_tax_are_no_match_on_an_exact_host() -> None:
    reason = judge_total(ORDER, found(ORDER, tax_total=Decimal(0)), computes_tax=False)
    assert isinstance(reason, Reason)
    assert reason.code == "tax.differs"


def test_a_host_that_tells_no_tax_is_judged_by_its_total() -> None:
    assert judge_total(ORDER, found(ORDER, tax_total=None), computes_tax=False) is None


def test_another_currency_or_no_total_is_never_a_match() -> None:
    other = judge_total(ORDER, found(ORDER, currency="USD"), computes_tax=True)
    unknown = judge_total(ORDER, found(ORDER, total=None), computes_tax=True)
    assert isinstance(other, Reason)
    assert isinstance(unknown, Reason)
    assert (other.code, unknown.code) == ("currency.differs", "total.unknown")


def test_a_payment_of_another_amount_is_told_with_the_difference() -> None:
    (paid,) = ORDER.payments
    assert judge_payments(ORDER, found(ORDER)) is None
    assert judge_payments(ORDER, found(ORDER, amounts={paid.key: paid.amount, "theirs": Decimal(5)})) is None
    reason = judge_payments(ORDER, found(ORDER, amounts={paid.key: paid.amount - 2}))
    assert reason is not None
    assert (reason.code, reason.facts["difference"]) == ("payment.differs", "-2.00 EUR")
