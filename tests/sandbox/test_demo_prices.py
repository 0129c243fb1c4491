"""The demo's judge of prices can fail: each count is judged apart, and the trade plans what must wait."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

import pytest

from sandbox.demo.prices import BASE, PriceScene, PriceTrade, Row, judge_prices

A, B = (BASE, "A"), (BASE, "B")


def row(
    before: str | None, after: str, *, by: str = "app", was: str | None = None, to: str | None = None
) -> Row:
    return Row(
        by=by,
        list=BASE,
        sku="A",
        price_before=Decimal(before) if before else None,
        price=Decimal(after),
        was_before=Decimal(was) if was else None,
        was=Decimal(to) if to else None,
    )


GOOD = PriceScene(
    asked={A: Decimal(12), B: Decimal(30)},
    placed=frozenset({A, B}),
    shown={A: (Decimal(12), None), B: (Decimal(10), None)},
    book=[row("10", "12")],
    asks=frozenset({B}),
)


def test_a_price_that_followed_is_settled_and_one_that_had_to_wait_was_held() -> None:
    found = judge_prices(GOOD)
    assert found.clean
    assert found.counts() == {
        "placed": 2, "settled": 1, "held_expected": 1, "held_unexpected": 0, "missing": 0, "duplicates": 0, "wrong": 0,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("changed", "kind"),
    [
        ({"shown": {A: (Decimal(10), None), B: (Decimal(10), None)}, "book": []}, "missing"),
        ({"shown": {A: (Decimal(11), None), B: (Decimal(10), None)}}, "wrong"),
        ({"shown": {A: (Decimal(12), None), B: (Decimal(30), None)}}, "wrong"),
        ({"book": [row("10", "12"), row("12", "12")]}, "duplicates"),
        ({"book": [row("8", "12", was="10", to="10")]}, "wrong"),
        ({"book": [row("8", "8", was="10", to=None)]}, "wrong"),
        ({"asks": frozenset()}, "held_unexpected"),
    ],
)
def test_what_went_wrong_is_counted_and_named(changed: Mapping[str, Any], kind: str) -> None:
    found = judge_prices(replace(GOOD, **changed))
    assert found.counts()[kind] == 1
    assert (found.clean, [each["kind"] for each in found.details]) == (False, [kind])


def test_during_a_sale_the_was_price_is_what_counts() -> None:
    scene = replace(
        GOOD,
        shown={A: (Decimal(8), Decimal(12)), B: (Decimal(10), None)},
        book=[row("8", "8", was="10", to="12")],
    )
    assert judge_prices(scene).clean


@dataclass
class Shop:
    """Shows what people and the ERP made of it, and follows the ERP at once but for what waits."""

    shown: dict[str, tuple[Decimal, Decimal | None]]
    book: list[Row] = field(default_factory=list)
    lists: dict[str, dict[str, Decimal]] = field(default_factory=dict)

    def prices(self, list: str = "") -> Mapping[str, tuple[Decimal, Decimal | None]]:
        return {sku: (price, None) for sku, price in self.lists[list].items()} if list else dict(self.shown)

    def edit_prices(self, prices: Sequence[Mapping[str, Any]]) -> None:
        for each in prices:
            was = Decimal(each["was"]) if each.get("was") else self.shown[each["sku"]][1]
            self.shown[each["sku"]] = (Decimal(each["price"]), was)

    def price_book(self) -> Sequence[Row]:
        return self.book


@dataclass
class Books:
    said: dict[str, Decimal] = field(default_factory=dict)
    tiers: dict[str, dict[str, Decimal]] = field(default_factory=dict)

    def price(self, prices: Mapping[str, Decimal], *, currency: str, tier: str = "") -> None:
        (self.tiers.setdefault(tier, {}) if tier else self.said).update(prices)


def test_the_trade_never_leaps_but_where_it_is_planned() -> None:
    shop = Shop({f"S{n:03}": (Decimal("10.00"), None) for n in range(100)})
    books = Books()
    trade = PriceTrade(shop=shop, books=books, skus=sorted(shop.shown), currency="EUR", seed=3)
    trade.begin()
    chance = random.Random(4)
    for _ in range(30):
        trade.move(chance)
    for sku in trade.sales:
        assert shop.shown[sku][0] < trade.asked[BASE, sku] <= Decimal("11.80")
    trade.edit()
    trade.strange(chance)
    assert len(trade.asks) == len(trade.edited) + 2
    for (_, sku), price in trade.asked.items():
        if (BASE, sku) not in trade.asks and sku not in trade.sales:
            shop.shown[sku] = (price, None)
        elif sku in trade.sales:
            shop.shown[sku] = (shop.shown[sku][0], price)
    found = judge_prices(trade.scene())
    assert (found.held_expected, found.missing, found.wrong, found.held_unexpected) == (
        len(trade.asks),
        0,
        0,
        0,
    )


def test_the_prices_of_a_tier_are_judged_on_its_own_list() -> None:
    shop = Shop({f"S{n:03}": (Decimal("10.00"), None) for n in range(40)}, lists={"5": {}})
    books = Books()
    trade = PriceTrade(
        shop=shop, books=books, skus=sorted(shop.shown), currency="EUR", seed=3, tier="TRADE", list="5"
    )
    trade.begin()
    trade.move(random.Random(4))
    mine = {place for place in trade.placed if place[0] == "5"}
    assert {sku for _, sku in mine} == set(books.tiers["TRADE"]) == set(shop.shown) - set(trade.edited)
    for sku in shop.shown:
        shop.shown[sku] = (books.said[sku], None)
    found = judge_prices(trade.scene())
    assert found.missing == len(mine), "nothing of it is on the list yet"
    shop.lists["5"] = dict(books.tiers["TRADE"])
    assert judge_prices(trade.scene()).missing == 0
    shop.lists["5"][min(sku for _, sku in mine)] += 1
    assert judge_prices(trade.scene()).missing == 1
