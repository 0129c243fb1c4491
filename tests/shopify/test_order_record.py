"""What Shopify leaves open about an order, decided by what adds up: tips, removed shipping, change, rounding, duties."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from app.domain.ids import StoreKey
from app.domain.money import BothMoney, Money, total
from app.domain.order import LineKind, Order
from app.shopify import order_wire as wire
from app.shopify.exchanges import Exchange
from app.shopify.order_record import order_record
from app.shopify.order_story import Story
from app.shopify.order_wire import Page, Paged
from app.shopify.story_wire import Agreement


def bag(amount: str, presentment: str | None = None) -> dict[str, Any]:
    return {
        "shopMoney": {"amount": amount, "currencyCode": "EUR"},
        "presentmentMoney": {"amount": presentment or amount, "currencyCode": "EUR"},
    }


def line(amount: str = "10.00", **changed: Any) -> dict[str, Any]:
    return {
        "id": "gid://shopify/LineItem/1",
        "name": "Lamp",
        "sku": "L-1",
        "vendor": "Light & Co",
        "quantity": 1,
        "currentQuantity": 1,
        "isGiftCard": False,
        "requiresShipping": True,
        "variant": {"id": "gid://shopify/ProductVariant/5"},
        "originalTotalSet": bag(amount),
        "discountAllocations": [],
        "taxLines": [],
        "duties": [],
    } | changed


def shipping(amount: str, *, removed: bool = False, tax: str | None = None) -> dict[str, Any]:
    taxes = [{"title": "VAT", "rate": 0.19, "channelLiable": None, "priceSet": bag(tax)}] if tax else []
    return {
        "id": "gid://shopify/ShippingLine/1",
        "title": "Standard",
        "code": "STD",
        "isRemoved": removed,
        "originalPriceSet": bag(amount),
        "discountAllocations": [],
        "taxLines": taxes,
    }


def paid(amount: str, kind: str = "SALE", number: int = 1, **changed: Any) -> dict[str, Any]:
    return {
        "id": f"gid://shopify/OrderTransaction/{number}",
        "kind": kind,
        "status": "SUCCESS",
        "gateway": "cash",
        "manualPaymentGateway": False,
        "createdAt": "2026-11-20T10:00:00Z",
        "processedAt": None,
        "amountSet": bag(amount),
        "amountRoundingSet": None,
        "parentTransaction": None,
    } | changed


def order(whole: str, *, story: Story | None = None, **changed: Any) -> Order:
    told: dict[str, Any] = {
        "id": "gid://shopify/Order/77",
        "name": "#1001",
        "createdAt": "2026-11-20T10:00:00Z",
        "processedAt": "2026-11-20T10:00:00Z",
        "updatedAt": "2026-11-20T10:00:00Z",
        "cancelledAt": None,
        "test": False,
        "edited": False,
        "returnStatus": "NO_RETURN",
        "risk": {"recommendation": "NONE"},
        "sourceName": "web",
        "taxesIncluded": False,
        "dutiesIncluded": False,
        "taxExempt": False,
        "displayFinancialStatus": "PAID",
        "tags": [],
        "discountCodes": [],
        "totalPriceSet": bag(whole),
        "totalTaxSet": None,
        "currentTotalPriceSet": bag(whole),
        "totalTipReceivedSet": bag("0"),
        "totalReceivedSet": bag(whole),
        "totalCashRoundingAdjustment": {"paymentSet": bag("0")},
        "additionalFees": [],
        "transactions": [],
        "shippingLines": {"nodes": []},
        "lineItems": {"nodes": [line()], "pageInfo": {"hasNextPage": False}},
        "refunds": [],
        "fulfillments": [],
        "fulfillmentOrders": {"nodes": []},
    }
    nothing = "email phone note poNumber customer purchasingEntity billingAddress shippingAddress retailLocation paymentTerms"
    told |= dict.fromkeys(nothing.split()) | changed
    if "lines" in changed:
        told["lineItems"] = {"nodes": told.pop("lines"), "pageInfo": {"hasNextPage": False}}
    if "shipping" in changed:
        told["shippingLines"] = {"nodes": told.pop("shipping")}
    read = msgspec.convert(told, type=wire.Order)
    return order_record(read, read.line_items.nodes, story, store="goods.myshopify.com")


TIP_LINE = line("2.00", id="gid://shopify/LineItem/2", name="Tip", sku=None, vendor=None, variant=None)


def test_a_tip_beside_the_lines_is_a_tip() -> None:
    assert order("12.00", totalTipReceivedSet=bag("2.00")).tip.shop.amount == 2


def test_a_tip_that_is_already_a_line_is_not_counted_twice() -> None:
    told = order("12.00", lines=[line(), TIP_LINE], totalTipReceivedSet=bag("2.00"))
    assert [found.kind for found in told.lines] == [LineKind.ITEM, LineKind.TIP]
    assert told.tip.shop.amount == 0


def test_a_line_called_tip_that_is_an_item_stays_one() -> None:
    assert order("10.00", lines=[line(name="Tip")]).lines[0].kind is LineKind.ITEM


@pytest.mark.parametrize(("whole", "counted"), [("10.00", 0), ("16.00", 1)])
def test_a_removed_shipping_line_counts_where_the_total_holds_it(whole: str, counted: int) -> None:
    assert len(order(whole, shipping=[shipping("5.00", removed=True, tax="1.00")]).shipping) == counted


def test_a_replaced_shipping_line_gives_way_to_the_new_one() -> None:
    told = order("17.00", shipping=[shipping("5.00", removed=True), shipping("7.00")])
    assert [found.gross.shop.amount for found in told.shipping] == [Decimal("7.00")]


def test_where_nothing_adds_up_the_plainest_reading_is_kept() -> None:
    told = order("99.00", shipping=[shipping("5.00", removed=True)], totalTipReceivedSet=bag("2.00"))
    assert (told.shipping, told.tip.shop.amount) == ((), 2)


def test_duties_inside_the_prices_are_not_added_again() -> None:
    duty = {"id": "gid://shopify/Duty/1", "price": bag("3.00"), "taxLines": []}
    assert [d.gross.shop.amount for d in order("13.00", lines=[line(duties=[duty])]).duties] == [3]
    assert order("10.00", lines=[line(duties=[duty])], dutiesIncluded=True).duties == ()


def test_change_is_taken_out_of_the_cash_that_was_handed_over() -> None:
    told = order("10.00", transactions=[paid("50.00"), paid("40.00", "CHANGE", 2)])
    assert [p.amount.shop.amount for p in told.payments] == [10]


def test_change_that_the_till_took_out_itself_is_left_alone() -> None:
    told = order("10.00", transactions=[paid("10.00"), paid("40.00", "CHANGE", 2)])
    assert [p.amount.shop.amount for p in told.payments] == [10]


@pytest.mark.parametrize("taken", ["10.00", "9.98"])
def test_a_cash_payment_counts_for_what_it_settles(taken: str) -> None:
    told = order(
        "10.00",
        totalReceivedSet=bag(taken),
        totalCashRoundingAdjustment={"paymentSet": bag("-0.02")},
        transactions=[paid(taken, amountRoundingSet=bag("-0.02"))],
    )
    assert total(p.amount.shop.amount for p in told.payments) == 10


def test_a_cash_payment_counts_for_the_same_after_something_else_was_taken_in_exchange() -> None:
    ten = Money(amount=Decimal(10), currency="EUR")
    done = Agreement(
        id="gid://shopify/ReturnAgreement/77", happened_at=datetime(2026, 11, 20, tzinfo=UTC), reason="RETURN",
        sales=Paged(nodes=[], page_info=Page(has_next_page=False)),
    )  # fmt: skip
    mug = Exchange(order=StoreKey("1"), agreement=done, refund=None, sent=frozenset({"new"}), taken={})
    whole = BothMoney(shop=ten, presentment=ten)
    bought = Story(edits=(), whole=whole, removed={}, exchanges=(mug,), taken={})
    told = order(
        "17.00",
        story=bought,
        lines=[line(), line("7.00", id="new")],
        returnStatus="RETURNED",
        totalReceivedSet=bag("9.98"),
        totalCashRoundingAdjustment={"paymentSet": bag("-0.02")},
        transactions=[paid("9.98", amountRoundingSet=bag("-0.02"))],
    )
    assert total(p.amount.shop.amount for p in told.payments) == 10
    assert ({key: len(lines) for key, lines in told.exchanged.items()}, told.refund_keys) == (
        {"1x77": 1},
        ("1x77",),
    )


def test_a_cash_payment_counts_for_the_same_after_the_rest_of_an_exchange_was_paid() -> None:
    ten = Money(amount=Decimal(10), currency="EUR")
    bought = Story(edits=(), whole=BothMoney(shop=ten, presentment=ten), removed={}, exchanges=(), taken={})
    told = order(
        "27.00",
        story=bought,
        totalReceivedSet=bag("16.98"),
        totalCashRoundingAdjustment={"paymentSet": bag("-0.02")},
        transactions=[
            paid("9.98", number=1, amountRoundingSet=bag("-0.02")),
            paid("7.00", number=2, amountRoundingSet=bag("0.00")),
        ],
    )
    assert [p.amount.shop.amount for p in told.payments] == [Decimal(10), Decimal(7)]


def test_refunds_authorisations_and_failures_are_no_payments() -> None:
    moved = [
        paid("10.00", "AUTHORIZATION", 1),
        paid("10.00", "CAPTURE", 2, parentTransaction={"id": "gid://shopify/OrderTransaction/1"}),
        paid("4.00", "REFUND", 3),
        paid("10.00", "SALE", 4, status="FAILURE"),
        paid("10.00", "SALE", 5, status="PENDING"),
    ]
    assert [p.key for p in order("10.00", transactions=moved).payments] == ["2"]


def test_a_tax_rate_is_exact_and_a_marketplaces_tax_is_marked() -> None:
    taxes = [{"title": "VAT", "rate": 0.0825, "channelLiable": True, "priceSet": bag("0.83")}]
    (tax,) = order("10.83", lines=[line(taxLines=taxes)]).lines[0].taxes
    assert (tax.rate, tax.remitted_by_channel) == (Decimal("0.0825"), True)


def test_a_discount_is_named_by_its_title_or_its_code() -> None:
    allocations = [
        {"allocatedAmountSet": bag("1.00"), "discountApplication": {"code": "FIVER"}},
        {"allocatedAmountSet": bag("1.00"), "discountApplication": {"title": "Summer"}},
    ]
    found = order("8.00", lines=[line(discountAllocations=allocations)]).lines[0].discounts
    assert [(d.title, d.code) for d in found] == [("FIVER", "FIVER"), ("Summer", None)]


def test_a_line_split_over_places_ships_from_where_most_of_it_is() -> None:
    def part(place: int, units: int, status: str = "OPEN") -> dict[str, Any]:
        nodes = [{"totalQuantity": units, "lineItem": {"id": "gid://shopify/LineItem/1"}}]
        where = {"location": {"id": f"gid://shopify/Location/{place}"}}
        return {"status": status, "assignedLocation": where, "lineItems": {"nodes": nodes}}

    parts = {"nodes": [part(1, 1), part(2, 2), part(3, 9, "CANCELLED")]}
    assert order("10.00", fulfillmentOrders=parts).lines[0].location_key == "2"
    assert order("10.00").lines[0].location_key is None


def test_a_guest_is_named_by_the_address_and_has_no_key() -> None:
    postal = dict.fromkeys(
        ["company", "address1", "address2", "city", "zip", "provinceCode", "countryCodeV2", "phone"]
    )
    told = order("10.00", email="guest@example.com", billingAddress=postal | {"name": "A Guest"})
    assert (told.buyer.key, told.buyer.name, told.buyer.email) == (None, "A Guest", "guest@example.com")


@pytest.mark.parametrize(
    ("advice", "risk"),
    [("CANCEL", "high"), ("INVESTIGATE", "medium"), ("ACCEPT", "low"), ("NONE", "none"), ("NEW ONE", "none")],
)
def test_what_shopify_advises_says_the_risk(advice: str, risk: str) -> None:
    assert order("10.00", risk={"recommendation": advice}).risk == risk
