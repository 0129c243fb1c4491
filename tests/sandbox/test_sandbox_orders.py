"""Orders: amounts that add up on both sides, states that follow from the money, and what happens later."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import Any

from sandbox.money import Exchange, spread
from sandbox.pricing import price

LINE = {"sku": "SKU-0001", "quantity": 3, "price": "3.33", "taxes": [{"title": "VAT", "rate": "0.19"}]}
BAG = "{ shopMoney { amount currencyCode } presentmentMoney { amount currencyCode } }"
MONEY = "query Money($id: ID!) { order(id: $id) { "
MONEY += " ".join(
    f"{name} {BAG}"
    for name in (
        "totalPriceSet", "currentTotalPriceSet", "originalTotalPriceSet", "totalOutstandingSet", "totalReceivedSet",
        "totalTaxSet", "totalDiscountsSet",
    )
)  # fmt: skip
MONEY += " edited cancelledAt displayFinancialStatus lineItems(first: 10) { nodes { sku quantity currentQuantity } }"
MONEY += " transactions(first: 9) { kind status gateway parentTransaction { kind } } } }"


async def money(store: Any, order: dict[str, Any]) -> dict[str, Any]:
    return (await store.ask(MONEY, id=order["id"]))["order"]


def shop_side(found: dict[str, Any], name: str) -> Decimal:
    return Decimal(found[name]["shopMoney"]["amount"])


def total(**described: Any) -> tuple[Decimal, Decimal]:
    basket = price({"lines": [LINE], "currency": "EUR"} | described, "EUR")
    return basket.total.shop, basket.tax.shop


def test_taxes_are_rounded_line_by_line_and_tax_by_tax() -> None:
    tiny = {"sku": "A", "quantity": 1, "price": "1.00", "taxes": [{"title": "a", "rate": "0.0033"}] * 2}
    assert total(lines=[tiny, tiny]) == (Decimal("2.00"), Decimal("0.00"))
    assert total() == (Decimal("11.89"), Decimal("1.90"))
    assert total(taxes_included=True) == (Decimal("9.99"), Decimal("1.60"))


def test_a_discount_over_the_order_is_spread_to_the_last_cent() -> None:
    lines = [LINE | {"quantity": 1, "price": amount, "taxes": []} for amount in ("3.33", "3.33", "3.34")]
    basket = price({"lines": lines, "discounts": [{"kind": "code", "title": "X", "amount": "1.00"}]}, "EUR")
    assert sum(line.allocations[0][1].shop for line in basket.lines) == Decimal("1.00")
    assert basket.total.shop == Decimal("9.00")
    assert spread(Decimal("0.01"), [Decimal(1), Decimal(1)], "EUR") == [Decimal("0.01"), Decimal("0.00")]


def test_a_gift_card_line_is_neither_discounted_nor_taxed() -> None:
    card = {"sku": "GIFT", "price": "25.00", "gift_card": True}
    basket = price(
        {"lines": [LINE, card], "discounts": [{"kind": "code", "title": "X", "percentage": 100}]}, "EUR"
    )
    assert basket.total.shop == Decimal("25.00")


def test_everything_for_nothing_is_nothing_on_both_sides() -> None:
    described = {
        "lines": [LINE, LINE | {"price": "7.77"}],
        "currency": "USD",
        "rate": "1.0843",
        "shipping": [{"title": "S", "price": "4.99"}],
        "discounts": [
            {"kind": "code", "title": "X", "percentage": 100},
            {"kind": "code", "title": "Y", "target": "SHIPPING_LINE", "percentage": 100},
        ],
    }
    basket = price(described, "EUR")
    assert (basket.total.shop, basket.total.presentment) == (0, 0)


def test_currencies_keep_their_own_decimals() -> None:
    yen = Exchange(shop="EUR", presentment="JPY", rate=Decimal("163.27"))
    assert yen.bag(Decimal("100.5")).presentment == Decimal(101)
    dinar = Exchange(shop="EUR", presentment="KWD", rate=Decimal("0.3331"))
    assert dinar.bag(Decimal("1.23456")).presentment == Decimal("1.235")
    assert dinar.bag(Decimal("1.23456")).shop == Decimal("3.71")


async def test_amounts_are_printed_as_the_admin_api_does(store: Any) -> None:
    order = await store.place(lines=[LINE | {"price": "10.00", "quantity": 1, "taxes": []}])
    assert (await money(store, order))["totalPriceSet"]["shopMoney"] == {
        "amount": "10.0",
        "currencyCode": "EUR",
    }


async def test_an_authorisation_is_no_money_until_it_is_captured(store: Any) -> None:
    order = await store.place(lines=[LINE], transactions=[{"kind": "AUTHORIZATION"}])
    assert order["financial_status"] == "AUTHORIZED"
    assert shop_side(await money(store, order), "totalReceivedSet") == 0
    assert (await store.act(order, "capture"))["financial_status"] == "PAID"
    found = await money(store, order)
    assert [(t["kind"], t["parentTransaction"]) for t in found["transactions"]] == [
        ("AUTHORIZATION", None),
        ("CAPTURE", {"kind": "AUTHORIZATION"}),
    ]
    assert shop_side(found, "totalOutstandingSet") == 0
    assert "nothing to capture" in await store.refused(
        "POST", f"/shops/{store.shop}/acts", acts=[{"order": order["id"], "act": "capture"}]
    )


async def test_money_states_follow_from_the_transactions(store: Any) -> None:
    async def status(*transactions: dict[str, Any], **more: Any) -> str:
        return (await store.place(lines=[LINE], transactions=list(transactions), **more))["financial_status"]

    held = {"kind": "AUTHORIZATION"}
    assert await status() == "PENDING"
    assert await status({"status": "PENDING"}) == "PENDING"
    assert await status({"amount": "2.00"}) == "PARTIALLY_PAID"
    assert await status({"amount": "2.00", "gateway": "gift_card"}, {}) == "PAID"
    assert await status(held, {"kind": "VOID", "parent": "AUTHORIZATION"}) == "VOIDED"
    assert await status(held, expired=True) == "EXPIRED"
    assert await status({"status": "FAILURE"}) == "PENDING"


async def test_money_that_arrives_later_completes_the_order(store: Any) -> None:
    pending = await store.place(lines=[LINE], transactions=[{"status": "PENDING", "gateway": "paypal"}])
    assert (await store.act(pending, "pay"))["financial_status"] == "PAID"
    partly = await store.place(lines=[LINE], transactions=[{"amount": "2.00"}])
    assert (await store.act(partly, "pay"))["received_shop"] == partly["total_shop"]
    failed = await store.place(lines=[LINE], transactions=[{"status": "PENDING"}])
    assert (await store.act(failed, "fail"))["transactions"][0]["status"] == "FAILURE"


async def test_an_act_of_a_description_happens_by_itself(store: Any) -> None:
    waiting = [{"status": "PENDING", "gateway": "paypal"}]
    await store.place(lines=[LINE], transactions=waiting, acts=[{"after": 1.5, "act": "pay"}])
    states = []
    for _ in range(5_000):
        known = await store.control("GET", f"/shops/{store.shop}/orders")
        states.append(known["orders"][0]["financial_status"])
        if states[-1] == "PAID":
            break
        await asyncio.sleep(0.05)
    assert (states[0], states[-1]) == ("PENDING", "PAID")


async def test_an_edit_changes_the_current_total_and_keeps_the_first(store: Any) -> None:
    order = await store.place(lines=[LINE])
    await store.act(order, "edit", line=0, quantity=1)
    fewer = await money(store, order)
    assert (fewer["edited"], fewer["lineItems"]["nodes"][0]) == (
        True,
        {"sku": "SKU-0001", "quantity": 3, "currentQuantity": 1},
    )
    assert shop_side(fewer, "originalTotalPriceSet") == shop_side(fewer, "totalPriceSet") == Decimal("11.89")
    assert shop_side(fewer, "currentTotalPriceSet") == Decimal("3.96")
    await store.act(order, "edit", add={"sku": "SKU-0002", "quantity": 1, "price": "5.00"})
    added = await money(store, order)
    assert shop_side(added, "totalPriceSet") == Decimal("16.89")
    assert shop_side(added, "originalTotalPriceSet") == Decimal("11.89")
    assert len(added["lineItems"]["nodes"]) == 2


async def test_more_units_cost_more_and_are_owed(store: Any) -> None:
    order = await store.place(lines=[LINE], transactions=[{}])
    await store.act(order, "edit", line=0, quantity=6)
    found = await money(store, order)
    assert found["lineItems"]["nodes"][0]["quantity"] == 6
    assert shop_side(found, "currentTotalPriceSet") == Decimal("23.78")
    assert shop_side(found, "totalOutstandingSet") == Decimal("11.89")


async def test_a_cancelled_order_stays_on_record(store: Any) -> None:
    order = await store.place(lines=[LINE])
    assert (await store.act(order, "cancel"))["cancelled_at"] is not None
    assert (await money(store, order))["cancelledAt"] is not None


async def test_a_deleted_products_lines_keep_sku_and_title_and_lose_their_link(store: Any) -> None:
    order = await store.place(lines=[LINE])
    query = "query V($id: ID!) { order(id: $id) { lineItems(first: 1) { nodes { sku title variant { id } product { id } } } } }"
    before = (await store.ask(query, id=order["id"]))["order"]["lineItems"]["nodes"][0]
    assert before["variant"]
    assert before["product"]
    await store.control("DELETE", f"/shops/{store.shop}/products/SKU-0001")
    after = (await store.ask(query, id=order["id"]))["order"]["lineItems"]["nodes"][0]
    assert after == before | {"variant": None, "product": None}


async def test_lines_of_two_places_are_two_fulfillment_orders(store: Any) -> None:
    other = "other.myshopify.com"
    await store.control("POST", "/shops", shop=other, skus=3, installed=True, locations=["North", "South"])
    store.shop = other
    store.token = (await store.exchange()).json()["access_token"]
    lines = [
        LINE | {"location": "North"},
        LINE | {"sku": "SKU-0002", "location": "South"},
        LINE | {"gift_card": True},
    ]
    order = await store.place(lines=lines)
    query = """query F($id: ID!) { order(id: $id) { fulfillmentOrders(first: 9) { nodes { status
        assignedLocation { name location { name } } lineItems(first: 9) {
        nodes { remainingQuantity lineItem { sku } } } } } } }"""
    nodes = (await store.ask(query, id=order["id"]))["order"]["fulfillmentOrders"]["nodes"]
    assert [node["assignedLocation"]["location"]["name"] for node in nodes] == ["North", "South"]
    assert [node["lineItems"]["nodes"][0]["lineItem"]["sku"] for node in nodes] == ["SKU-0001", "SKU-0002"]


async def test_a_company_buys_with_terms_and_a_number(store: Any) -> None:
    order = await store.place(
        customer={"email": "buyer@example.com"},
        company={"name": "Nordwind GmbH", "externalId": "C-1"},
        po_number="PO-1",
        payment_terms={"days": 14},
        transactions=[],
    )
    query = """query B($id: ID!) { order(id: $id) { poNumber paymentTerms { paymentTermsName dueInDays
        paymentSchedules(first: 1) { nodes { dueAt balanceDue { amount } } } }
        purchasingEntity { ... on PurchasingCompany { company { name externalId } contact { customer { email } } } } } }"""
    found = (await store.ask(query, id=order["id"]))["order"]
    assert found["poNumber"] == "PO-1"
    assert found["paymentTerms"]["dueInDays"] == 14
    assert found["paymentTerms"]["paymentSchedules"]["nodes"][0]["balanceDue"]["amount"] == "23.8"
    assert found["purchasingEntity"]["company"] == {"name": "Nordwind GmbH", "externalId": "C-1"}


async def test_the_same_email_is_the_same_customer_and_a_guest_is_none(store: Any) -> None:
    query = "query C($id: ID!) { order(id: $id) { email customer { id tags orders(first: 9) { nodes { id } } } } }"
    orders = [await store.place(customer={"email": mail}) for mail in ("a@example.com", "A@example.com")]
    found = [(await store.ask(query, id=order["id"]))["order"]["customer"] for order in orders]
    assert found[0] == found[1]
    assert len(found[0]["orders"]["nodes"]) == 2
    await store.place(customer={"email": "a@example.com", "tags": ["wholesale", "VIP"]})
    assert (await store.ask(query, id=orders[0]["id"]))["order"]["customer"]["tags"] == ["VIP", "wholesale"]
    guest = await store.place(email="guest@example.com")
    assert (await store.ask(query, id=guest["id"]))["order"] == {
        "email": "guest@example.com",
        "customer": None,
    }
