"""A refund becomes a credit whose amounts are the store's own, its taxes shared out as they were charged."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.credit import CreditDocument
from app.domain.money import BothMoney, CurrencySide, Money, minor_unit, spread, total
from app.domain.order import LineKind
from app.domain.refund import Refund, Restock
from app.mapping import tables as mapping_tables
from app.mapping.credits import credit
from app.mapping.documents import Held
from app.mapping.options import Options
from tests.fakes.orders import both, line, order, tax
from tests.fakes.refunds import back, part, refund
from tests.models.world import TABLES


def mapped(made: Refund, side: CurrencySide = CurrencySide.SHOP, **more: Any) -> CreditDocument | Held:
    return credit(made, side=side, tables=mapping_tables.of(1, TABLES), options=Options(), **more)


def credited(made: Refund, side: CurrencySide = CurrencySide.SHOP) -> CreditDocument:
    result = mapped(made, side)
    assert isinstance(result, CreditDocument), result
    taxes = total(t.amount for each in result.lines for t in each.taxes)
    assert (total(each.net for each in result.lines) + taxes, taxes) == (result.total, result.tax_total)
    return result


def why(made: Refund) -> list[str]:
    result = mapped(made)
    assert isinstance(result, Held), result
    return [reason.code for reason in result.reasons]


def test_a_line_given_back_is_credited_with_its_tax_and_its_goods() -> None:
    made = credited(refund(order(), back(order().lines[0], "20.00", "4.00")))
    (only,) = made.lines
    assert (only.item, only.quantity, only.net, only.taxes[0].amount) == (
        "TEA",
        Decimal(1),
        Decimal("20.00"),
        Decimal("4.00"),
    )
    assert (made.total, made.refunded) == (Decimal("24.00"), Decimal("24.00"))
    assert [(g.item, g.quantity, g.restock) for g in made.goods] == [("TEA", Decimal(1), Restock.RETURN)]
    assert made.external_id == "refund-goods-501"
    assert made.order_external_id == "order-goods-1001"


def test_prices_that_contain_tax_are_given_back_without_it() -> None:
    of = order(taxes_included=True, lines=(line("TEA", "24.00", tax("4.00")),))
    made = credited(refund(of, back(of.lines[0], "24.00", "4.00")))
    assert (made.lines[0].net, made.total) == (Decimal("20.00"), Decimal("24.00"))


def test_one_sum_of_tax_is_shared_out_as_the_taxes_were_charged() -> None:
    of = order(
        lines=(
            line(
                "TEA",
                "20.00",
                tax("1.00", title="State", rate="0.05"),
                tax("0.50", title="City", rate="0.025"),
            ),
        )
    )
    made = credited(refund(of, back(of.lines[0], "6.67", "0.50")))
    assert [t.amount for t in made.lines[0].taxes] == [Decimal("0.33"), Decimal("0.17")]


def test_shipping_duties_and_what_no_line_explains_have_items_of_their_own() -> None:
    made = credited(
        refund(
            order(),
            shipping=(part("Standard", "4.90", "0.98", taxes=(tax("0.98"),)),),
            duties=(part("d1", "3.00"),),
            adjustments=(part("goodwill", "5.00"),),
        )
    )
    assert [(each.item, each.net) for each in made.lines] == [
        ("SHIP", Decimal("4.90")),
        ("DUTY", Decimal("3.00")),
        ("ADJUST", Decimal("5.00")),
    ]
    assert made.goods == ()


def test_what_the_merchant_kept_is_taken_off() -> None:
    made = credited(
        refund(order(), back(order().lines[0], "20.00", "4.00"), adjustments=(part("fee", "-2.00"),))
    )
    assert (made.total, made.lines[1].net) == (Decimal("22.00"), Decimal("-2.00"))


def test_the_side_of_the_order_is_the_side_of_its_refund() -> None:
    seen = {"seen": "22.00", "other": "USD"}
    given_back = back(order().lines[0], "20.00", money=seen)
    given_back = replace(given_back, tax=both("0", other="USD"))
    made = credited(refund(order(), given_back), CurrencySide.PRESENTMENT)
    assert (made.currency, made.total) == ("USD", Decimal("22.00"))


def test_goods_for_which_no_money_moved_are_credited_at_their_value() -> None:
    made = credited(refund(order(), back(order().lines[0], "20.00", "4.00"), adds_up=False))
    assert (made.total, made.refunded) == (Decimal("24.00"), Decimal(0))


def test_other_goods_in_exchange_leave_only_the_difference_in_money() -> None:
    of = replace(
        refund(order(), back(order().lines[0], "20.00", "4.00")),
        sent=(line("MUG", "12.00", tax("2.00"), quantity=2),),
        total=both("10.00"),
        payments=(),
    )
    made = credited(of)
    assert [(each.item, each.quantity, each.net) for each in made.lines][1] == (
        "MUG",
        Decimal(-2),
        Decimal("-12.00"),
    )
    assert made.total == Decimal("10.00")
    assert [(each.item, each.restock) for each in made.goods][1] == ("MUG", Restock.SENT)


def test_other_goods_that_are_dearer_are_a_credit_below_nothing() -> None:
    of = replace(
        refund(order(), back(order().lines[0], "20.00", "4.00"), adds_up=False),
        sent=(line("MUG", "30.00"),),
    )
    assert credited(of).total == Decimal("-6.00")


def test_what_was_never_paid_is_given_up_beside_the_money() -> None:
    given_back = refund(order(), back(order().lines[0], "20.00", "4.00"))
    partly = replace(given_back, total=both("10.00"), unpaid=both("14.00"))
    assert credited(partly).total == Decimal("24.00")
    assert why(replace(partly, unpaid=both("13.99"))) == ["refund.unknown_component"]


@pytest.mark.parametrize("money", ["10.00", "0"])
def test_debt_that_is_given_up_hides_nothing_that_the_parts_lack(money: str) -> None:
    """The store took thirty off the order and names parts of 24: what is missing may not pass for unpaid."""
    given_back = refund(order(), back(order().lines[0], "20.00", "4.00"))
    partly = replace(given_back, total=both(money), unpaid=both("60.00"))
    assert credited(replace(partly, taken=both("24.00"))).total == Decimal("24.00")
    held = mapped(replace(partly, taken=both("30.00")))
    assert isinstance(held, Held)
    assert [(r.code, r.facts["difference"]) for r in held.reasons] == [
        ("refund.unknown_component", "6.00 EUR")
    ]


def test_money_that_no_part_explains_holds_and_says_how_much() -> None:
    assert why(replace(refund(order(), back(order().lines[0], "20.00", "4.00")), total=both("30.00"))) == [
        "refund.unknown_component"
    ]


def test_tax_on_what_was_sold_without_tax_holds() -> None:
    of = order(lines=(line("TEA", "20.00"),))
    assert why(refund(of, back(of.lines[0], "20.00", "4.00"))) == ["refund.unknown_tax"]


def test_a_gift_card_that_is_taken_back_moves_no_goods() -> None:
    of = order(lines=(line("GC", "50.00", kind=LineKind.GIFT_CARD),))
    made = credited(refund(of, back(of.lines[0], "50.00")))
    assert (made.lines[0].item, made.goods) == ("GIFT", ())


@given(
    st.lists(st.integers(1, 9_999), min_size=1, max_size=4),
    st.lists(st.integers(0, 99_999), min_size=1, max_size=6),
    st.integers(1, 5),
    st.sampled_from(["EUR", "JPY", "KWD"]),
    st.booleans(),
)
def test_whatever_is_given_back_of_whatever_taxes_the_credit_totals_the_money(
    rates: list[int], subtotals: list[int], pieces: int, currency: str, included: bool
) -> None:
    unit = minor_unit(currency)

    def money(count: int) -> BothMoney:
        amount = Money(amount=count * unit, currency=currency)
        return BothMoney(shop=amount, presentment=amount)

    charged = tuple(
        tax(str(rate * unit), title=f"T{n}", rate=f"0.{n + 1}", currency=currency)
        for n, rate in enumerate(rates)
    )
    sold = line("TEA", "1", *charged, money={"currency": currency})
    weights = [Decimal(pieces)] * len(subtotals)
    shares = spread(sum(rates) * unit, weights, unit)
    lines = [
        replace(
            back(sold, "0"),
            key=f"l{n}",
            subtotal=money(s + int(share / unit) if included else s),
            tax=money(int(share / unit)),
        )
        for n, (s, share) in enumerate(zip(subtotals, shares, strict=True))
    ]
    of = order(taxes_included=included, adds_up=False, money={"currency": currency})
    given_back = refund(of, *lines)
    made = credited(given_back)
    assert made.total == given_back.total.shop.amount
    assert all(t.amount % unit == 0 for each in made.lines for t in each.taxes)
