"""Returns, exchanges and cancelled orders: what comes back, what is sent instead, and the money between both."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from tests.sandbox.refund_words import amount, refunded

LINE = {"sku": "SKU-0001", "quantity": 2, "price": "20.00", "taxes": []}
CHEAPER = {"sku": "SKU-0002", "quantity": 1, "price": "12.50", "taxes": []}
DEARER = {"sku": "SKU-0003", "quantity": 1, "price": "33.00", "taxes": []}
BACK = [{"line": 0, "quantity": 1, "reason": "SIZE_TOO_SMALL", "note": "tight"}]


async def sent(store: Any, **more: Any) -> dict[str, Any]:
    order: dict[str, Any] = await store.place(lines=[LINE], **more)
    return await store.act(order, "fulfil")


async def available(store: Any, sku: str) -> int:
    rows = (await store.control("GET", f"/shops/{store.shop}/stock"))["levels"]
    found: int = next(row["available"] for row in rows if row["sku"] == sku)
    return found


async def test_a_return_closes_with_a_refund_that_names_it(store: Any) -> None:
    order = await sent(store)
    shown = await store.act(order, "return", lines=BACK)
    found = await refunded(store, order)
    back, refund = found["returns"]["nodes"][0], found["refunds"][0]
    assert (back["name"], back["status"], found["returnStatus"]) == (
        f"{order['name']}-R1",
        "CLOSED",
        "RETURNED",
    )
    line = back["returnLineItems"]["nodes"][0]
    assert (line["quantity"], line["returnReason"], line["returnReasonNote"]) == (
        1,
        "SIZE_TOO_SMALL",
        "tight",
    )
    assert line["fulfillmentLineItem"]["lineItem"] == {"id": found["lineItems"]["nodes"][0]["id"]}
    assert refund["return"] == {"id": back["id"], "name": back["name"], "status": "CLOSED"}
    assert refund["refundLineItems"]["nodes"][0]["restockType"] == "RETURN"
    assert amount(refund["totalRefundedSet"]) == Decimal("20.0")
    assert await available(store, "SKU-0001") == 999
    assert shown["returns"][0]["refunds"] == [refund["id"]]
    answer = await store.ask("query R($id: ID!) { return(id: $id) { name order { id } } }", id=back["id"])
    assert answer["return"] == {"name": back["name"], "order": {"id": order["id"]}}


async def test_an_open_return_moves_neither_goods_nor_money(store: Any) -> None:
    order = await sent(store)
    await store.act(order, "return", lines=BACK, process=False)
    waiting = await refunded(store, order)
    assert (waiting["returnStatus"], waiting["refunds"]) == ("IN_PROGRESS", [])
    assert amount(waiting["currentTotalPriceSet"]) == Decimal("40.0")
    again = {"order": order["id"], "act": "return", "lines": [{"line": 0, "quantity": 2}]}
    assert "1 were sent and not returned" in await store.refused(
        "POST", f"/shops/{store.shop}/acts", acts=[again]
    )
    await store.act(order, "process_return")
    found = await refunded(store, order)
    assert (found["returnStatus"], amount(found["totalRefundedSet"])) == ("RETURNED", Decimal("20.0"))


async def test_only_what_was_sent_can_come_back(store: Any) -> None:
    order = await store.place(lines=[LINE])
    early = {"order": order["id"], "act": "return", "lines": BACK}
    assert "0 were sent" in await store.refused("POST", f"/shops/{store.shop}/acts", acts=[early])
    assert (await refunded(store, order))["returns"]["nodes"] == []


async def test_an_exchange_for_less_gives_the_difference_back(store: Any) -> None:
    order = await sent(store)
    await store.act(order, "exchange", lines=BACK, add=[CHEAPER])
    found = await refunded(store, order)
    exchanged = found["returns"]["nodes"][0]["exchangeLineItems"]["nodes"][0]
    assert (exchanged["variantSku"], exchanged["lineItems"][0]["sku"]) == ("SKU-0002", "SKU-0002")
    assert exchanged["lineItems"][0]["id"] == found["lineItems"]["nodes"][1]["id"]
    assert (
        amount(found["totalRefundedSet"]) == amount(found["refunds"][0]["totalRefundedSet"]) == Decimal("7.5")
    )
    assert amount(found["refunds"][0]["refundLineItems"]["nodes"][0]["subtotalSet"]) == Decimal("20.0")
    assert found["refunds"][0]["orderAdjustments"]["nodes"] == []
    assert amount(found["currentTotalPriceSet"]) == amount(found["netPaymentSet"]) == Decimal("32.5")
    assert await available(store, "SKU-0002") == 999


async def test_an_exchange_for_more_is_charged_or_owed(store: Any) -> None:
    charged, owed = await sent(store), await sent(store)
    await store.act(charged, "exchange", lines=BACK, add=[DEARER], charge="paypal")
    await store.act(owed, "exchange", lines=BACK, add=[DEARER], charge=None)
    one, other = await refunded(store, charged), await refunded(store, owed)
    for found in (one, other):
        assert found["refunds"][0]["transactions"]["nodes"] == []
        assert amount(found["totalRefundedSet"]) == amount(found["refundDiscrepancySet"]) == 0
    assert (amount(one["totalReceivedSet"]), amount(one["totalOutstandingSet"])) == (Decimal("53.0"), 0)
    assert (amount(other["totalReceivedSet"]), amount(other["totalOutstandingSet"])) == (Decimal("40.0"), 13)
    await store.act(owed, "pay")
    assert amount((await refunded(store, owed))["totalOutstandingSet"]) == 0


async def test_an_exchange_without_a_refund_stands_in_its_agreement_alone(store: Any) -> None:
    order = await sent(store)
    shown = await store.act(order, "exchange", lines=BACK, add=[CHEAPER], refund=False)
    found = await refunded(store, order)
    assert (found["refunds"], found["returns"]["nodes"][0]["refunds"]["nodes"]) == ([], [])
    assert amount(found["totalOutstandingSet"]) == Decimal("-7.5")
    agreement = """query A($id: ID!) { order(id: $id) { agreements(first: 9) { nodes { reason ... on ReturnAgreement {
        return { id } } sales(first: 9) { nodes { quantity lineType } } } } } }"""
    said = (await store.ask(agreement, id=order["id"]))["order"]["agreements"]["nodes"][-1]
    assert (said["reason"], said["return"]["id"]) == ("RETURN", shown["returns"][0]["id"])
    assert [sale["quantity"] for sale in said["sales"]["nodes"]] == [-1, 1]
    disposed = """query D($id: ID!) { return(id: $id) { reverseFulfillmentOrders(first: 9) { nodes { lineItems(first: 9) {
        nodes { totalQuantity dispositions { type quantity location { name } } } } } } } }"""
    (back,) = (await store.ask(disposed, id=said["return"]["id"]))["return"]["reverseFulfillmentOrders"][
        "nodes"
    ]
    (line,) = back["lineItems"]["nodes"]
    assert (line["totalQuantity"], line["dispositions"][0]["type"]) == (1, "RESTOCKED")
    assert (await available(store, "SKU-0001"), await available(store, "SKU-0002")) == (999, 999)


async def test_a_cancelled_order_gives_everything_back(store: Any) -> None:
    order = await store.place(lines=[LINE], tip="1.50", shipping=[{"title": "S", "price": "4.90"}])
    shown = await store.act(order, "cancel", refund=True, reason="INVENTORY")
    found = await refunded(store, order)
    assert (found["displayFinancialStatus"], amount(found["totalRefundedSet"])) == (
        "REFUNDED",
        Decimal("46.4"),
    )
    assert [line["restock"] for line in shown["refunds"][0]["lines"]] == ["CANCEL"]
    assert shown["refunds"][0]["kinds"] == ["lines", "shipping", "adjusted", "cancelled"]
    assert [a["amount_shop"] for a in shown["refunds"][0]["adjustments"]] == ["-1.5"]
    assert await available(store, "SKU-0001") == 1000


async def test_an_unpaid_order_is_cancelled_with_lines_and_no_money(store: Any) -> None:
    order = await store.place(lines=[LINE], transactions=[{"kind": "AUTHORIZATION"}])
    shown = await store.act(order, "cancel", refund=True, restock=False)
    assert shown["refunds"][0]["kinds"] == ["lines", "no_money", "cancelled"]
    assert [line["restock"] for line in shown["refunds"][0]["lines"]] == ["NO_RESTOCK"]
    assert shown["financial_status"] == "VOIDED"
    assert await available(store, "SKU-0001") == 998


async def test_a_plain_cancellation_makes_no_refund(store: Any) -> None:
    order = await store.place(lines=[LINE])
    shown = await store.act(order, "cancel")
    assert (shown["refunds"], shown["financial_status"]) == ([], "PAID")


async def test_an_unfinished_exchange_has_no_lines_yet(store: Any) -> None:
    order = await sent(store)
    await store.act(order, "exchange", lines=BACK, add=[CHEAPER], process=False)
    waiting = (await refunded(store, order))["returns"]["nodes"][0]["exchangeLineItems"]["nodes"]
    assert waiting == [{"quantity": 1, "variantSku": "SKU-0002", "lineItems": None}]
    query = 'query Q($id: ID!) { order(id: $id) { returns(first: 1, query: "x") { nodes { id } } } }'
    assert await store.codes(query, id=order["id"]) == ["NOT_SIMULATED"]


async def test_an_order_that_was_refunded_is_cancelled_without_another_refund(store: Any) -> None:
    order = await store.place(lines=[LINE])
    await store.act(order, "refund", lines="all")
    shown = await store.act(order, "cancel", refund=True)
    assert (len(shown["refunds"]), shown["financial_status"]) == (1, "REFUNDED")
    assert shown["cancelled_at"]
