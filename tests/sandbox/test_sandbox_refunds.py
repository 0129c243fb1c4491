"""Refunds as a merchant makes them: lines, shipping, duties and free amounts, and what the order says afterwards."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from tests.sandbox.refund_words import BAG, REFUND, SIDES, amount, amounts, explained, refunded

VAT = [{"title": "VAT", "rate": "0.19"}]
LINE = {"sku": "SKU-0001", "quantity": 3, "price": "3.33", "taxes": VAT}
OTHER = {"sku": "SKU-0002", "quantity": 1, "price": "10.00", "taxes": VAT}
SHIPPING = [{"title": "Standard", "price": "4.90", "taxes": VAT}]


async def level(store: Any, sku: str = "SKU-0001", place: str | None = None) -> tuple[int, int]:
    rows = (await store.control("GET", f"/shops/{store.shop}/stock"))["levels"]
    row = next(row for row in rows if (row["sku"], row["location"]) == (sku, place or rows[0]["location"]))
    return row["available"], row["committed"]


async def test_units_of_a_line_refunded_one_by_one_sum_to_the_whole_line(store: Any) -> None:
    order = await store.place(lines=[LINE, OTHER])
    for _ in range(3):
        await store.act(order, "refund", lines=[{"line": 0, "quantity": 1}])
    found = await refunded(store, order)
    lines = [line for refund in found["refunds"] for line in refund["refundLineItems"]["nodes"]]
    assert [line["restockType"] for line in lines] == ["CANCEL"] * 3
    assert amounts(lines, "subtotalSet") == Decimal("9.99")
    assert sorted(amount(line["totalTaxSet"]) for line in lines) == [
        Decimal(x) for x in ("0.63", "0.63", "0.64")
    ]
    assert amount(found["totalRefundedSet"]) == Decimal("11.89")
    assert amount(found["currentTotalPriceSet"]) == Decimal("11.90")
    assert found["displayFinancialStatus"] == "PARTIALLY_REFUNDED"
    assert amount(found["totalOutstandingSet"]) == amount(found["refundDiscrepancySet"]) == 0
    assert [
        (n["quantity"], n["currentQuantity"], n["refundableQuantity"]) for n in found["lineItems"]["nodes"]
    ] == [
        (3, 0, 0),
        (1, 1, 1),
    ]


async def test_a_refund_of_everything_leaves_an_order_of_nothing(store: Any) -> None:
    order = await store.place(lines=[LINE, OTHER], shipping=SHIPPING)
    await store.act(order, "refund", lines="all", shipping="full")
    found = await refunded(store, order)
    assert found["displayFinancialStatus"] == "REFUNDED"
    assert amount(found["currentTotalPriceSet"]) == amount(found["netPaymentSet"]) == 0
    assert amount(found["totalRefundedSet"]) == amount(found["totalPriceSet"])
    assert amount(found["totalRefundedShippingSet"]) == Decimal("4.90")
    assert amounts(found["currentTaxLines"], "priceSet") == 0


async def test_coins_that_go_back_count_for_what_they_settle(store: Any) -> None:
    """9.95 were paid for 9.97, or 9.97 with 0.02 beside them; either way all of it is given back."""
    for payment in ({"rounding_in_amount": True}, {}):
        order = await store.place(
            lines=[{"sku": "SKU-0001", "quantity": 1, "price": "9.97"}],
            cash_rounding="-0.02",
            transactions=[{"kind": "SALE", "gateway": "cash", "rounding": "-0.02", **payment}],
        )
        placed = (await store.control("GET", f"/shops/{store.shop}/orders"))["orders"][-1]
        assert Decimal(placed["received_shop"]) - Decimal(placed["rounded_shop"]) == Decimal("9.97")
        await store.act(order, "refund", lines="all")
        shown = (await store.control("GET", f"/shops/{store.shop}/orders"))["orders"][-1]["refunds"][0]
        assert shown["total_shop"] == ("9.95" if payment else "9.97")
        assert shown["settles_shop"] == "9.97"


async def test_cancelled_units_go_back_on_sale_and_the_others_stay_promised(store: Any) -> None:
    order = await store.place(lines=[LINE])
    assert await level(store) == (997, 3)
    await store.act(order, "refund", lines=[{"line": 0, "quantity": 1, "restock": "CANCEL"}])
    assert await level(store) == (998, 2)
    await store.act(order, "refund", lines=[{"line": 0, "quantity": 1, "restock": "NO_RESTOCK"}])
    assert await level(store) == (998, 2)
    found = await refunded(store, order)
    assert found["lineItems"]["nodes"][0]["unfulfilledQuantity"] == 2
    kinds = [refund["refundLineItems"]["nodes"][0]["restocked"] for refund in found["refunds"]]
    assert kinds == [True, False]


async def test_returned_units_come_back_to_the_place_that_was_named(store: Any) -> None:
    order = await store.place(lines=[LINE])
    await store.act(order, "fulfil")
    assert await level(store) == (997, 0)
    await store.control("PUT", f"/shops/{store.shop}/locations/North")
    sent = [{"line": 0, "quantity": 2, "restock": "RETURN", "location": "North"}]
    shown = await store.act(order, "refund", lines=sent)
    assert shown["refunds"][0]["lines"][0]["location"] == "North"
    assert (await level(store), await level(store, place="North")) == ((997, 0), (2, 0))
    await store.act(order, "refund", lines=[{"line": 0, "quantity": 1, "restock": "NO_RESTOCK"}])
    assert (await level(store), await level(store, place="North")) == ((997, 0), (2, 0))


async def test_money_without_lines_is_an_adjustment_below_zero(store: Any) -> None:
    order = await store.place(lines=[LINE])
    shown = await store.act(order, "refund", amount="5.00", reason="CUSTOMER", note="sorry")
    found = await refunded(store, order)
    refund = found["refunds"][0]
    assert (refund["note"], refund["refundLineItems"]["nodes"]) == ("sorry", [])
    assert [(a["reason"], amount(a["amountSet"])) for a in refund["orderAdjustments"]["nodes"]] == [
        ("CUSTOMER", Decimal("-5.0"))
    ]
    assert amount(found["refundDiscrepancySet"]) == Decimal("-5.0")
    assert amount(found["currentTotalPriceSet"]) == amount(found["totalPriceSet"])
    assert amount(found["totalOutstandingSet"]) == 0
    assert shown["refunds"][0]["kinds"] == ["adjusted"]


async def test_less_money_than_the_lines_are_worth_is_an_adjustment_above_zero(store: Any) -> None:
    order = await store.place(lines=[OTHER])
    await store.act(order, "refund", lines="all", amount="9.00", reason="RESTOCK")
    found = await refunded(store, order)
    adjustment = found["refunds"][0]["orderAdjustments"]["nodes"][0]
    assert (adjustment["reason"], amount(adjustment["amountSet"])) == ("RESTOCK", Decimal("2.9"))
    assert amount(found["totalRefundedSet"]) == Decimal("9.0")
    assert amount(found["totalOutstandingSet"]) == 0


async def test_a_part_of_the_shipping_takes_its_part_of_the_tax(store: Any) -> None:
    order = await store.place(lines=[OTHER], shipping=SHIPPING)
    await store.act(order, "refund", shipping="2.00")
    await store.act(order, "refund", shipping="full")
    found = await refunded(store, order)
    parts = [refund["refundShippingLines"]["nodes"][0] for refund in found["refunds"]]
    assert [amount(part["subtotalAmountSet"]) for part in parts] == [Decimal("2.0"), Decimal("2.9")]
    assert [amount(part["taxAmountSet"]) for part in parts] == [Decimal("0.38"), Decimal("0.55")]
    assert amount(found["currentShippingPriceSet"]) == 0
    assert not any(refund["orderAdjustments"]["nodes"] for refund in found["refunds"])


async def test_duties_go_back_line_by_line(store: Any) -> None:
    lines = [LINE | {"duty": {"price": "2.50"}}, OTHER | {"duty": {"price": "1.11"}}]
    order = await store.place(lines=lines)
    await store.act(order, "refund", duties=[{"line": 0, "amount": "1.00"}])
    await store.act(order, "refund", duties="full")
    found = await refunded(store, order)
    assert [[amount(d["amountSet"]) for d in refund["duties"]] for refund in found["refunds"]] == [
        [Decimal("1.0")],
        [Decimal("1.5"), Decimal("1.11")],
    ]
    assert amount(found["currentTotalDutiesSet"]) == 0
    assert amount(found["totalRefundedSet"]) == Decimal("3.61")


async def test_several_payments_give_back_in_their_order_or_as_told(store: Any) -> None:
    paid = [{"gateway": "gift_card", "amount": "3.00"}, {"gateway": "shopify_payments"}]
    first = await store.place(lines=[OTHER], transactions=paid)
    await store.act(first, "refund", amount="5.00")
    second = await store.place(lines=[OTHER], transactions=paid)
    split = [{"gateway": "shopify_payments", "amount": "2.00"}, {"gateway": "shopify_store_credit"}]
    await store.act(second, "refund", lines="all", split=split)
    found = [
        (await refunded(store, order))["refunds"][0]["transactions"]["nodes"] for order in (first, second)
    ]
    assert [[(t["gateway"], amount(t["amountSet"])) for t in made] for made in found] == [
        [("gift_card", Decimal("3.0")), ("shopify_payments", Decimal("2.0"))],
        [("shopify_payments", Decimal("2.0")), ("shopify_store_credit", Decimal("9.9"))],
    ]
    assert [t["parentTransaction"] and t["parentTransaction"]["gateway"] for t in found[1]] == [
        "shopify_payments",
        None,
    ]


async def test_more_than_came_in_is_refused_and_nothing_has_happened(store: Any) -> None:
    order = await store.place(lines=[LINE, OTHER], shipping=SHIPPING)
    before = await refunded(store, order)

    async def said(**act: Any) -> str:
        sent = {"order": order["id"], "act": "refund"} | act
        return await store.refused("POST", f"/shops/{store.shop}/acts", acts=[sent])

    assert "is left of what was paid" in await said(lines="all", shipping="full", amount="99.00")
    assert "more than the shipping" in await said(lines=[{"line": 0}], shipping="9.00")
    assert "are left" in await said(lines=[{"line": 1, "quantity": 2}])
    assert "RETURN of 1" in await said(lines=[{"line": 0, "quantity": 1, "restock": "RETURN"}])
    assert "cannot give back" in await said(lines="all", gateway="gift_card")
    assert "unknown restock" in await said(lines=[{"line": 0, "restock": "LOST"}])
    assert "names lines" in await said()
    assert await refunded(store, order) == before
    assert await level(store) == (997, 3)


async def test_money_on_its_way_back_counts_once_it_has_arrived(store: Any) -> None:
    order = await store.place(lines=[OTHER])
    await store.act(order, "refund", lines="all", pending=True)
    waiting = await refunded(store, order)
    assert amount(waiting["totalRefundedSet"]) == amount(waiting["refunds"][0]["totalRefundedSet"]) == 0
    assert waiting["refunds"][0]["orderAdjustments"]["nodes"][0]["reason"] == "PENDING_REFUND_DISCREPANCY"
    assert waiting["displayFinancialStatus"] == "PAID"
    await store.act(order, "refund_arrives")
    found = await refunded(store, order)
    assert amount(found["refunds"][0]["totalRefundedSet"]) == Decimal("11.9")
    assert found["refunds"][0]["orderAdjustments"]["nodes"] == []
    assert found["displayFinancialStatus"] == "REFUNDED"


async def test_a_refund_is_told_like_shopify_does_and_answered_by_its_id(store: Any, inbox: Any) -> None:
    topics = ["refunds/create", "orders/updated", "order_transactions/create"]
    await store.control("PUT", "/app", url=inbox.url, subscriptions=[{"topics": topics, "uri": "/hooks"}])
    order = await store.place(lines=[LINE], shipping=SHIPPING)
    await inbox.until(2)
    inbox.taken.clear()
    shown = await store.act(
        order, "refund", lines=[{"line": 0, "quantity": 2}], shipping="full", amount="12.00"
    )
    await inbox.until(3)
    bodies = dict(zip(inbox.topics(), (json.loads(body) for _, body in inbox.taken), strict=True))
    assert set(bodies) == set(topics)
    body, refund = bodies["refunds/create"], shown["refunds"][0]
    assert (body["id"], body["order_id"]) == (int(refund["legacy_id"]), int(order["legacy_id"]))
    line = body["refund_line_items"][0]
    assert (line["quantity"], line["restock_type"], line["subtotal"], line["total_tax"]) == (
        2,
        "cancel",
        6.66,
        1.27,
    )
    assert body["refund_shipping_lines"][0]["subtotal_amount_set"]["shop_money"]["amount"] == "4.90"
    assert [t["amount"] for t in body["transactions"]] == ["12.00"]
    assert body["order_adjustments"][0]["kind"] == "refund_discrepancy"
    assert body["order_adjustments"][0]["amount"] == "1.76"
    assert [entry["id"] for entry in bodies["orders/updated"]["refunds"]] == [body["id"]]
    query = REFUND + "query One($id: ID!) { refund(id: $id) { ...Parts } node(id: $id) { id } }"
    answer = await store.ask(query, id=refund["id"])
    assert answer["refund"]["order"] == {"id": order["id"]}
    assert answer["node"] == {"id": refund["id"]}
    for side in SIDES:
        total = explained(answer["refund"], side, taxes_included=False)
        assert total == amount(answer["refund"]["totalRefundedSet"], side) == Decimal("12.0")


async def test_a_list_of_refunds_is_cut_and_priced_as_one(store: Any) -> None:
    order = await store.place(lines=[LINE])
    for _ in range(3):
        await store.act(order, "refund", lines=[{"line": 0, "quantity": 1}])
    query = f"query L($id: ID!) {{ order(id: $id) {{ refunds(first: 2) {{ id totalRefundedSet {BAG} }} }} }}"
    answer = (await store.send(query, id=order["id"])).json()
    assert len(answer["data"]["order"]["refunds"]) == 2
    assert answer["extensions"]["cost"]["requestedQueryCost"] == 4


async def test_cancelled_units_leave_their_fulfillment_order(store: Any) -> None:
    order = await store.place(lines=[LINE])
    query = """query F($id: ID!) { order(id: $id) { fulfillmentOrders(first: 1) { nodes { status
        lineItems(first: 1) { nodes { totalQuantity remainingQuantity } } } } } }"""
    seen = []
    for units in (1, 2):
        await store.act(order, "refund", lines=[{"line": 0, "quantity": units}])
        node = (await store.ask(query, id=order["id"]))["order"]["fulfillmentOrders"]["nodes"][0]
        seen.append((node["status"], node["lineItems"]["nodes"][0]["remainingQuantity"]))
    assert seen == [("OPEN", 2), ("CLOSED", 0)]


async def test_an_edited_line_is_refunded_for_what_is_left_of_it(store: Any) -> None:
    order = await store.place(lines=[LINE, OTHER])
    await store.act(order, "edit", line=0, quantity=2)
    owed_back = await refunded(store, order)
    assert amount(owed_back["totalOutstandingSet"]) == Decimal("-3.96")
    await store.act(order, "refund", lines="all")
    found = await refunded(store, order)
    assert amounts(found["refunds"][0]["refundLineItems"]["nodes"], "subtotalSet") == Decimal("16.66")
    assert amount(found["totalRefundedSet"]) == amount(found["totalReceivedSet"]) == Decimal("23.79")
    assert amount(found["totalOutstandingSet"]) == 0
