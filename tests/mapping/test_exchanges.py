"""Exchanges as a shop shows them: the credit is the net of what went both ways, with a refund or without one."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from app.domain.money import CurrencySide
from app.domain.refund import Refund, Restock
from app.errors import Rejected
from tests.mapping.shop import DrawnShop
from tests.mapping.test_any_order import booked, check, first, happens

VAT = [{"title": "VAT", "rate": "0.19"}]
BOUGHT = {"title": "Tea", "sku": "TEA", "vendor": "V", "quantity": 2, "price": "20.00", "taxes": VAT}
ORDER = {
    "currency": "EUR", "taxes_included": False, "lines": [BOUGHT], "transactions": [{"gateway": "shopify_payments"}],
}  # fmt: skip


def exchange(price: str, **more: Any) -> dict[str, Any]:
    instead = {"title": "Mug", "sku": "MUG", "vendor": "V", "quantity": 1, "price": price, "taxes": VAT}
    return {"act": "exchange", "lines": [{"line": 0, "quantity": 1}], "add": [instead], **more}


def exchanged(*acts: dict[str, Any]) -> tuple[DrawnShop, dict[str, Any], list[Refund]]:
    shop = DrawnShop("EUR")
    record = shop.place(ORDER)
    for act in ({"act": "fulfil"}, *acts):
        assert shop.act(record, act), act
    return shop, record, shop.refunds(shop.read(record))


@pytest.mark.parametrize(("price", "net"), [("20.00", "0"), ("33.00", "-15.47"), ("5.00", "17.85")])
@pytest.mark.parametrize("included", [False, True])
def test_an_exchange_without_a_refund_is_a_credit_of_its_own(price: str, net: str, included: bool) -> None:
    described = ORDER | {"taxes_included": included}
    for record, books, side in happens(
        "EUR", described, [{"act": "fulfil"}, exchange(price, refund=False)], as_planned=True
    ):
        (credit,) = books.credits
        assert (books.held, credit.refunded) == ([], Decimal(0))
        assert included or credit.total == Decimal(net)
        assert [(g.item, g.restock) for g in credit.goods][-1] == ("MUG", Restock.SENT)
        check(record, books, side)


def test_every_exchange_of_an_order_is_told_once() -> None:
    """One with a refund, one without, and one more of each: nothing is told with another."""
    acts = [exchange("5.00"), exchange("20.00", refund=False)]
    for record, books, side in happens("EUR", ORDER, [{"act": "fulfil"}, *acts], as_planned=True):
        assert [len([g for g in credit.goods if g.restock is Restock.SENT]) for credit in books.credits] == [
            1,
            1,
        ]
        check(record, books, side)


def test_an_order_says_what_went_out_with_which_of_its_refunds() -> None:
    shop, record, found = exchanged(exchange("5.00"), exchange("20.00", refund=False))
    order = shop.read(record)
    assert list(order.exchanged) == [refund.key for refund in found] == list(order.refund_keys)
    assert [[line.sku for line in lines] for lines in order.exchanged.values()] == [["MUG"], ["MUG"]]
    assert [line.sku for line in order.lines] == ["TEA"]


def test_a_refund_made_an_hour_later_does_not_tell_of_the_exchange_again() -> None:
    shop, record, _ = exchanged(exchange("20.00"))
    record["refunds"][-1]["createdAt"] = "2036-01-01T00:00:00Z"
    order = shop.read(record)
    assert [len(each.sent) for each in shop.refunds(order)] == [0, 1]


def test_goods_that_were_credited_with_their_exchange_are_not_credited_with_a_later_refund() -> None:
    units = {"act": "refund", "lines": [{"line": 0, "quantity": 1}]}
    shop, record, found = exchanged(exchange("20.00", refund=False), units)
    assert [refund.lines[0].quantity for refund in found] == [1, 1]
    record["refunds"][-1] |= {"return": record["returns"][-1], "createdAt": "2036-01-01T00:00:00Z"}
    assert len(shop.refunds(shop.read(record))) == 2
    record["refunds"][-1]["refundLineItems"][0]["quantity"] = 2
    with pytest.raises(Rejected) as held:
        shop.refunds(shop.read(record))
    assert held.value.code == "refund.exchanged_before"


def test_goods_that_came_back_in_the_act_and_that_its_refund_does_not_name_are_held() -> None:
    shop, record, _ = exchanged(exchange("20.00"))
    record["agreements"][-2]["sales"] += record["agreements"][-1]["sales"]
    assert len(shop.refunds(shop.read(record))) == 1
    record["refunds"][-1]["refundLineItems"].clear()
    with pytest.raises(Rejected) as held:
        shop.refunds(shop.read(record))
    assert held.value.code == "refund.exchange_unclear"


def test_an_exchange_that_a_refund_tells_of_after_all_says_so() -> None:
    """It was read before its refund was there; whoever asks for it by its own key is told with which."""
    shop, _, (made,) = exchanged(exchange("20.00"))
    (key,) = made.apart
    alone = shop.refund(key)
    assert alone is not None
    assert (alone.told_with, alone.key) == (made.key, key)


def test_goods_that_came_back_and_were_not_put_on_a_shelf_are_lost() -> None:
    _, _, (alone,) = exchanged(exchange("20.00", refund=False))
    assert [line.restock for line in alone.lines] == [Restock.NONE]


def test_what_the_buyer_pays_for_dearer_goods_is_booked_with_the_order() -> None:
    shop = DrawnShop("EUR")
    record = shop.place(ORDER)
    told = first(shop.read(record), CurrencySide.SHOP)
    for act in ({"act": "fulfil"}, exchange("33.00", refund=False)):
        assert shop.act(record, act)
    order = shop.read(record)
    books = booked(order, shop.refunds(order), told, CurrencySide.SHOP)
    assert books.document is not None
    assert [line.item for line in books.document.lines] == ["TEA"]
    assert books.money == books.total == Decimal("63.07")
