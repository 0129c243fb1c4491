"""How refunds are judged, on books made by hand."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from sandbox.demo.refund_ends import Credited, FlowCount, Refunded, judge_refunds

REFUND = Refunded(
    key="9",
    order="5",
    name="#1-R9",
    made_of=frozenset({"lines"}),
    money=Decimal("12.50"),
    currency="EUR",
    pending=False,
)
CREDIT = Credited(
    id="CM-1", key="9", real=True, total=Decimal("12.50"), paid=Decimal("12.50"), currency="EUR"
)


def judged(
    *credited: Credited, refund: Refunded = REFUND, cancelled: set[str] | None = None, held: str | None = None
) -> FlowCount:
    return judge_refunds(
        [refund], credited, cancelled=cancelled or set(), held={refund.key: held} if held else {}
    )


def test_a_refund_with_one_credit_of_its_money_has_settled() -> None:
    count = judged(CREDIT)
    assert (count.placed, count.settled, count.clean) == (1, 1, True)


def test_a_draft_and_a_void_credit_count_for_nothing() -> None:
    count = judged(replace(CREDIT, real=False))
    assert (count.missing, count.clean) == (1, False)


def test_two_credits_and_one_of_no_refund_are_duplicates() -> None:
    assert judged(CREDIT, replace(CREDIT, id="CM-2")).duplicates == 1
    assert judged(CREDIT, replace(CREDIT, id="CM-3", key="77")).duplicates == 1


def test_another_amount_currency_or_payment_is_wrong() -> None:
    for other in (
        replace(CREDIT, total=Decimal("12.49")),
        replace(CREDIT, paid=Decimal(0)),
        replace(CREDIT, currency="USD"),
    ):
        assert judged(other).wrong == 1


def test_what_came_back_may_be_worth_more_than_the_money_where_goods_were_given_in_exchange() -> None:
    exchanged = replace(REFUND, made_of=frozenset({"lines", "exchange"}), money=Decimal("2.50"))
    assert judged(replace(CREDIT, paid=Decimal("2.50")), refund=exchanged).settled == 1
    assert judged(CREDIT, refund=exchanged).wrong == 1


def test_an_order_that_was_called_off_before_anything_was_paid_needs_no_credit() -> None:
    assert judged(cancelled={"5"}).settled == 1
    assert judged(cancelled={"6"}).missing == 1


def test_a_held_refund_is_told_with_its_code() -> None:
    count = judged(held="refund.changed")
    assert [each["code"] for each in count.held_unexpected] == ["refund.changed"]
    assert not count.clean
