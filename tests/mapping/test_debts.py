"""Refunds of orders that were not paid in full: what is given up is the debt, and nothing that the shop does not name."""

from __future__ import annotations

from typing import Any

import pytest

from app.domain.money import CurrencySide
from tests.mapping.shop import DrawnShop
from tests.mapping.test_any_order import Books, booked, check, first, happens

LINE = {
    "title": "Tea", "sku": "TEA", "vendor": "V", "quantity": 3, "price": "20.00", "taxes": [{"title": "VAT", "rate": "0.19"}],
}  # fmt: skip
PARTLY: dict[str, Any] = {
    "currency": "EUR",
    "taxes_included": False,
    "lines": [LINE],
    "shipping": [{"title": "S", "price": "5.00", "taxes": []}],
    "transactions": [{"gateway": "cash", "amount": "40.00"}],
}
UNIT = {"act": "refund", "lines": [{"line": 0, "quantity": 1}]}
ACTS = [
    [UNIT],
    [UNIT | {"amount": "4.00"}],
    [UNIT, UNIT | {"shipping": "full"}, UNIT],
    [UNIT, {"act": "pay"}, UNIT],
]


@pytest.mark.parametrize("acts", ACTS)
def test_what_is_given_up_with_the_debt_nets_to_the_shops_own_figures(acts: list[dict[str, Any]]) -> None:
    for record, books, side in happens("EUR", PARTLY, acts, as_planned=True):
        assert books.held == []
        check(record, books, side)


def without(part: str, *acts: dict[str, Any]) -> Books:
    """The shop's refund no longer names a part that it took off the order: a kind of part that we do not know."""
    shop = DrawnShop("EUR")
    record = shop.place(PARTLY)
    told = first(shop.read(record), CurrencySide.SHOP)
    for act in acts:
        assert shop.act(record, act)
    record["refunds"][-1][part] = []
    order = shop.read(record)
    return booked(order, shop.refunds(order), told, CurrencySide.SHOP)


@pytest.mark.parametrize("money", [{}, {"amount": "4.00"}])
def test_a_part_that_is_not_named_is_held_with_the_difference_though_more_than_it_was_never_paid(
    money: dict[str, Any],
) -> None:
    books = without("refundShippingLines", UNIT | {"shipping": "full"} | money)
    assert [(r.code, r.facts["difference"]) for r in books.held] == [("refund.unknown_component", "5.0 EUR")]


def test_an_amount_that_is_none_in_the_shops_currency_is_taken_off_as_well() -> None:
    small = LINE | {"quantity": 2, "price": "0.26", "taxes": []}
    bought = PARTLY | {"rate": "2.5", "lines": [LINE, small], "transactions": []}
    for record, books, side in happens("JPY", bought, [{"act": "refund", "lines": "all"}], as_planned=True):
        assert books.held == []
        check(record, books, side)


def test_what_other_goods_paid_for_is_no_debt_that_a_refund_of_less_could_give_up() -> None:
    """Money is owed after an exchange; a part of it goes back and the rest is kept: nobody can say for what."""
    bought = PARTLY | {"shipping": [], "transactions": [{"gateway": "shopify_payments"}]}
    instead = {"title": "Mug", "sku": "MUG", "vendor": "V", "quantity": 1, "price": "10.00", "taxes": []}
    swap = {"act": "exchange", "lines": [{"line": 0, "quantity": 1}], "add": [instead], "refund": False}
    acts = [{"act": "fulfil"}, swap, {"act": "refund", "amount": "5.00"}]
    for _record, books, _side in happens("EUR", bought, acts, as_planned=True):
        assert [reason.code for reason in books.held] == ["refund.unknown_component"]
