"""Whatever is refunded of whatever order: parts sum to the whole on both sides, and nothing ever falls below zero."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from sandbox import order_acts, order_shares
from sandbox.app_config import AppConfig
from sandbox.money import NOTHING, Bag, decimals, read_bag, total
from sandbox.server import build_world
from sandbox.shop import Shop
from sandbox.world import World
from tests.drawing import tried

RATES = {"EUR": "1", "USD": "1.0843", "JPY": "163.27", "KWD": "0.3331"}
TAXES = st.lists(st.sampled_from(["0.19", "0.07", "0.0625", "0.0033"]), max_size=3)
PAYMENTS = st.sampled_from([("shopify_payments",), ("gift_card", "shopify_payments")])


@st.composite
def orders(draw: st.DrawFn) -> dict[str, Any]:
    currency = draw(st.sampled_from(sorted(RATES)))

    def price(most: int) -> str:
        return format(Decimal(draw(st.integers(1, most))).scaleb(-decimals(currency)), "f")

    def taxes() -> list[dict[str, str]]:
        return [{"title": f"Tax {n}", "rate": rate} for n, rate in enumerate(draw(TAXES))]

    lines = [
        {"title": f"Thing {n}", "custom": True, "quantity": draw(st.integers(1, 7)), "price": price(9999), "taxes": taxes()}
        | ({"duty": {"price": price(500)}} if draw(st.booleans()) else {})
        for n in range(draw(st.integers(1, 3)))
    ]  # fmt: skip
    percentage = draw(st.sampled_from([0, 10, 33.33, 100]))
    described = {
        "currency": currency,
        "rate": RATES[currency],
        "taxes_included": draw(st.booleans()),
        "lines": lines,
        "shipping": [{"title": "S", "price": price(999), "taxes": taxes()}] if draw(st.booleans()) else [],
        "discounts": [{"kind": "code", "title": "X", "percentage": percentage}] if percentage else [],
        "tip": price(300) if draw(st.booleans()) else "0",
    }
    first, *more = draw(PAYMENTS)
    paid: list[dict[str, str]] = [{"gateway": first} | ({"amount": price(50)} if more else {})]
    return described | {"transactions": [*paid, *({"gateway": name} for name in more)]}


ACTS = st.lists(
    st.fixed_dictionaries(
        {
            "act": st.sampled_from(
                ["units", "shipping", "duties", "money", "edit", "fulfil", "exchange", "all"]
            )
        },
        optional={"line": st.integers(0, 2), "units": st.integers(1, 7), "part": st.integers(0, 100)},
    ),
    max_size=8,
)


def placed(described: dict[str, Any]) -> tuple[World, Shop, dict[str, Any]]:
    world = build_world(AppConfig())
    shop = world.add_shop("x.myshopify.com", "EUR")
    shop.add_location("Main", world.minter, "2026-01-01T00:00:00Z")
    return world, shop, order_acts.place(world, shop, described)


def spoken(order: dict[str, Any], drawn: dict[str, Any]) -> dict[str, Any]:
    """A drawn act in the words of the sandbox."""
    line, part = drawn.get("line", 0) % len(order["lineItems"]), Decimal(drawn.get("part", 30)) / 100
    item = order["lineItems"][line]
    units = min(drawn.get("units", 1), item["currentQuantity"])
    currency = order["_exchange"].presentment
    money = format((Decimal(drawn.get("part", 30))).scaleb(-decimals(currency)), "f")
    cheap = {"title": "Instead", "custom": True, "price": money, "quantity": 1}
    words: dict[str, dict[str, Any]] = {
        "units": {"act": "refund", "lines": [{"line": line, "quantity": units}]},
        "shipping": {"act": "refund", "shipping": "full" if part > 1 / 2 else money},
        "duties": {"act": "refund", "duties": "full"},
        "money": {"act": "refund", "amount": money},
        "edit": {"act": "edit", "line": line, "quantity": drawn.get("units", 1)},
        "fulfil": {"act": "fulfil"},
        "exchange": {"act": "exchange", "lines": [{"line": line, "quantity": units}], "add": [cheap]},
        "all": {"act": "refund", "lines": "all", "shipping": "full", "duties": "full", "amount": "all"},
    }
    return words[drawn["act"]]


def sides(bag: Bag) -> Iterator[Decimal]:
    yield bag.shop
    yield bag.presentment


def bag(record: dict[str, Any], name: str) -> Bag:
    return read_bag(record[name])


def explained(refund: dict[str, Any]) -> Bag:
    """What the parts of a refund are worth, without its adjustments."""
    lines, shipping = refund["refundLineItems"], refund["refundShippingLines"]
    worth = [bag(line, "subtotalSet") for line in lines] + [
        bag(line, "subtotalAmountSet") for line in shipping
    ]
    if not refund["order"]["taxesIncluded"]:
        worth += [bag(line, "totalTaxSet") for line in lines] + [
            bag(line, "taxAmountSet") for line in shipping
        ]
    return total(worth + [bag(duty, "amountSet") for duty in refund["duties"]])


def check(order: dict[str, Any]) -> None:
    """What must hold after whatever has happened."""
    for name, value in order.items():
        if name.startswith("current") and name.endswith("Set") and value:
            assert min(sides(read_bag(value))) >= 0, name
    assert all(amount >= 0 for amount in sides(bag(order, "netPaymentSet")))
    for item in order["lineItems"]:
        left = order_shares.left(item)
        assert min(*sides(left.net), *(side for tax in left.taxes for side in sides(tax))) >= 0
    for transaction in order["transactions"]:
        assert bag(transaction, "amountSet").presentment > 0 or transaction["kind"] != "REFUND"
        given_back = [
            bag(t, "amountSet") for t in order["transactions"] if t["parentTransaction"] is transaction
        ]
        assert min(sides(bag(transaction, "amountSet") - total(given_back))) >= 0
    assert total([bag(refund, "totalRefundedSet") for refund in order["refunds"]]) == bag(
        order, "totalRefundedSet"
    )


@tried(100)
@given(orders(), ACTS, st.sampled_from(["all", "some", "none"]))
def test_nothing_falls_below_zero_and_no_more_goes_back_than_came_in(
    described: dict[str, Any], acts: list[dict[str, Any]], paid: str
) -> None:
    partly: dict[str, Any] = {
        "all": {},
        "some": {"transactions": [{"amount": "1.00"}]},
        "none": {"transactions": []},
    }
    world, shop, order = placed(described | partly[paid])
    for drawn in acts:
        try:
            order_acts.perform(world, shop, order["id"], spoken(order, drawn))
        except ValueError:
            continue
        check(order)


@tried(60)
@given(orders(), st.data())
def test_a_line_refunded_bit_by_bit_comes_to_exactly_the_line(
    described: dict[str, Any], data: st.DataObject
) -> None:
    world, shop, order = placed(described)
    whole = [order_shares.whole(item) for item in order["lineItems"]]
    while any(item["currentQuantity"] for item in order["lineItems"]):
        open_lines = [i for i, item in enumerate(order["lineItems"]) if item["currentQuantity"]]
        line = data.draw(st.sampled_from(open_lines))
        units = data.draw(st.integers(1, order["lineItems"][line]["currentQuantity"]))
        act = {"act": "refund", "lines": [{"line": line, "quantity": units}]}
        order_acts.perform(world, shop, order["id"], act)
    for item, share in zip(order["lineItems"], whole, strict=True):
        parts = [
            entry
            for refund in order["refunds"]
            for entry in refund["refundLineItems"]
            if entry["lineItem"] is item
        ]
        assert total([bag(part, "subtotalSet") for part in parts]) == share.net
        assert total([bag(part, "totalTaxSet") for part in parts]) == share.tax


@tried(60)
@given(orders(), st.lists(st.tuples(st.integers(0, 2), st.integers(1, 7)), max_size=4))
def test_a_refunds_money_is_its_parts_less_its_adjustments(
    described: dict[str, Any], lines: list[tuple[int, int]]
) -> None:
    world, shop, order = placed(described)
    for line, units in lines:
        act = spoken(order, {"act": "units", "line": line, "units": units})
        if act["lines"][0]["quantity"]:
            order_acts.perform(world, shop, order["id"], act)
    if bag(order, "netPaymentSet").presentment:
        order_acts.perform(world, shop, order["id"], spoken(order, {"act": "all"}))
    for refund in order["refunds"]:
        adjusted = total([bag(entry, "amountSet") for entry in refund["orderAdjustments"]])
        assert bag(refund, "totalRefundedSet") == explained(refund) - adjusted
    assert bag(order, "netPaymentSet") == NOTHING
    assert bag(order, "totalOutstandingSet") == NOTHING
