"""Makes an order from its description: the record the Admin API, the webhooks and the control place all read.

Amounts come from `pricing`, money movements from `transactions`, everything derived from `order_totals`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sandbox import order_lines, order_totals, parties, transactions
from sandbox.clock import iso, now
from sandbox.gids import Minter, number_of
from sandbox.money import Exchange, money, money_bag, total
from sandbox.pricing import Basket, price
from sandbox.shop import Shop

Record = dict[str, Any]
_CHANNELS = {"web": "Online Store", "pos": "Point of Sale", "shopify_draft_order": "Draft Orders"}


def make_order(described: Mapping[str, Any], shop: Shop, minter: Minter) -> Record:
    basket = price(_with_catalogue(described, shop), shop.currency)
    order = _head(described, shop, minter) | _people(described, shop, minter, basket.exchange)
    order |= _contents(described, basket, minter)
    order["_charged"] = basket.total
    transactions.add_first(order, described, minter)
    order["paymentTerms"] = _payment_terms(described, order, minter)
    order["fulfillmentOrders"] = _fulfillment_orders(order, shop, minter)
    order_totals.settle(order)
    order["originalTotalPriceSet"] = order["totalPriceSet"]
    return order


def _with_catalogue(described: Mapping[str, Any], shop: Shop) -> Mapping[str, Any]:
    """Fill in what a line takes from its variant; a line may name a SKU the shop never had."""
    lines = []
    for line in described["lines"]:
        variant = None if line.get("custom") else shop.variant_by_sku(line.get("sku"))
        known: Record = {"title": line.get("sku") or "Custom item", "price": "0"}
        if variant:
            known |= {"title": variant["product"]["title"], "vendor": variant["product"]["vendor"]}
            known |= {
                "variant": variant["id"],
                "price": variant["price"],
                "gift_card": variant["product"]["isGiftCard"],
            }
        lines.append(known | dict(line))
    return dict(described) | {"lines": lines}


def _head(described: Mapping[str, Any], shop: Shop, minter: Minter) -> Record:
    gid, number = minter.gid("Order"), shop.next_number()
    at = now()
    created = at - timedelta(days=float(described.get("created_days_ago", 0)))
    processed = at - timedelta(
        days=float(described.get("processed_days_ago", described.get("created_days_ago", 0)))
    )
    source = described.get("source", "web")
    return {
        "__typename": "Order",
        "id": gid,
        "legacyResourceId": str(number_of(gid)),
        "_ref": described.get("ref"),
        "_kind": described.get("kind"),
        "_placed": at.timestamp(),
        "_expired": bool(described.get("expired", False)),
        "name": f"#{number}",
        "number": number,
        "confirmationNumber": f"SBX{number_of(gid) % 10**9:09d}",
        "createdAt": iso(created),
        "processedAt": iso(processed),
        "updatedAt": iso(at),
        **_cancellation(described, at),
        "closed": False,
        "closedAt": None,
        "confirmed": True,
        "test": bool(described.get("test", False)),
        "edited": False,
        "note": described.get("note"),
        "tags": sorted(described.get("tags", ())),
        "poNumber": described.get("po_number"),
        "customAttributes": order_lines.attributes(described.get("attributes", {})),
        "sourceName": source,
        "sourceIdentifier": described.get("source_identifier"),
        "registeredSourceUrl": None,
        "channelInformation": _channel(source, minter),
        "attribution": _attribution(source),
        "app": {"__typename": "OrderApp", "id": minter.gid("App"), "name": _CHANNELS.get(source, source)},
        "merchantOfRecordApp": None,
        "retailLocation": shop.locations.get(described.get("retail_location", "")),
        "customerLocale": "en",
        "clientIp": None,
        "cartToken": None,
        "checkoutToken": None,
        "statusPageUrl": f"https://{shop.domain}/orders/{number_of(gid)}",
        "risk": {
            "__typename": "OrderRiskSummary",
            "assessments": [],
            "recommendation": described.get("risk", "NONE"),
        },
        "returnStatus": "NO_RETURN",
        "refunds": [],
        "fulfillments": [],
        "returns": [],
        "metafields": [],
        "restockable": True,
        "merchantEditable": True,
        "merchantEditableErrors": [],
        "dutiesIncluded": False,
        "estimatedTaxes": False,
        "taxExempt": bool(described.get("tax_exempt", False)),
        "taxesIncluded": bool(described.get("taxes_included", False)),
        "currencyCode": shop.currency,
        "presentmentCurrencyCode": described.get("currency", shop.currency),
    }  # fmt: skip


def _cancellation(described: Mapping[str, Any], at: datetime) -> Record:
    if not described.get("cancelled"):
        return {"cancelledAt": None, "cancelReason": None, "cancellation": None}
    note = {"__typename": "OrderCancellation", "staffNote": None}
    return {"cancelledAt": iso(at), "cancelReason": "CUSTOMER", "cancellation": note}


def _attribution(source: str) -> Record:
    name = _CHANNELS.get(source, source)
    return {"__typename": "OrderAttribution", "displayName": name, "handle": source, "icon": None}


def _channel(source: str, minter: Minter) -> Record:
    name = _CHANNELS.get(source, source)
    return {
        "__typename": "ChannelInformation",
        "id": minter.gid("ChannelInformation"),
        "channelId": minter.gid("Channel"),
        "displayName": name,
        "channelDefinition": None,
        "app": {
            "__typename": "App",
            "id": minter.gid("App"),
            "title": name,
            "handle": source,
            "apiKey": source,
        },
    }


def _people(described: Mapping[str, Any], shop: Shop, minter: Minter, exchange: Exchange) -> Record:
    at = iso(now())
    buyer = shop.customer_for(described.get("customer"), minter, at)
    shipping = parties.mailing_address(described.get("shipping_address"), minter)
    billing = parties.mailing_address(described.get("billing_address"), minter)
    firm = described.get("company")
    return {
        "customer": buyer,
        "purchasingEntity": parties.company(firm, buyer, minter, at) if firm else buyer,
        "email": described.get("email", buyer["email"] if buyer else None),
        "phone": described.get("phone"),
        "shippingAddress": shipping,
        "billingAddress": billing,
        "displayAddress": shipping or billing,
        "billingAddressMatchesShippingAddress": _same(shipping, billing),
        "customerAcceptsMarketing": False,
        "_exchange": exchange,
    }


def _same(one: Record | None, other: Record | None) -> bool:
    if not one or not other:
        return False
    return all(one[key] == other[key] for key in ("address1", "city", "zip", "countryCodeV2", "name"))


def _contents(described: Mapping[str, Any], basket: Basket, minter: Minter) -> Record:
    exchange = basket.exchange
    discounts = described.get("discounts", ())
    applications = order_lines.discount_applications(discounts, exchange.presentment)
    items = [order_lines.line_item(line, basket, applications, minter) for line in basket.lines]
    for index, duty, amount in basket.duties:
        items[index]["duties"].append(order_lines.duty(duty, amount, exchange, minter))
    codes = [discount["title"] for discount in discounts if discount["kind"] == "code"]
    rounding = exchange.bag(Decimal(described.get("cash_rounding", "0")))
    return {
        "lineItems": items,
        "shippingLines": [
            order_lines.shipping_line(s, basket, applications, minter) for s in basket.shipping
        ],
        "discountApplications": applications,
        "discountCodes": codes,
        "discountCode": codes[0] if codes else None,
        "additionalFees": [_fee(fee, money_bag(amount, exchange), minter) for fee, amount in basket.fees],
        "totalTipReceivedSet": money_bag(basket.tip, exchange),
        "totalTipReceived": money(basket.tip.presentment, exchange.presentment),
        "totalCashRoundingAdjustment": {
            "__typename": "CashRoundingAdjustment",
            "paymentSet": money_bag(rounding, exchange),
            "refundSet": money_bag(total([]), exchange),
        },
    }


def _fee(described: Mapping[str, Any], bag: Record, minter: Minter) -> Record:
    gid = minter.gid("AdditionalFee")
    return {"__typename": "AdditionalFee", "id": gid, "name": described["name"], "price": bag, "taxLines": []}


def _payment_terms(described: Mapping[str, Any], order: Record, minter: Minter) -> Record | None:
    terms = described.get("payment_terms")
    if not terms:
        return None
    days, exchange = int(terms.get("days", 30)), order["_exchange"]
    due = money(order["_charged"].presentment, exchange.presentment)
    record: Record = {
        "__typename": "PaymentTerms",
        "id": minter.gid("PaymentTerms"),
        "paymentTermsName": terms.get("name", f"Net {days}"),
        "translatedName": terms.get("name", f"Net {days}"),
        "paymentTermsType": terms.get("type", "NET"),
        "dueInDays": days,
        "due": False,
        "overdue": False,
        "order": order,
    }
    schedule = {
        "__typename": "PaymentSchedule",
        "id": minter.gid("PaymentSchedule"),
        "amount": due,
        "balanceDue": due,
        "totalBalance": due,
        "issuedAt": order["createdAt"],
        "dueAt": iso(now() + timedelta(days=days)),
        "completedAt": None,
        "due": False,
        "paymentTerms": record,
    }
    return record | {"paymentSchedules": [schedule]}


def _fulfillment_orders(order: Record, shop: Shop, minter: Minter) -> list[Record]:
    """One per location, as Shopify routes an order whose lines ship from several places."""
    by_place: dict[str, list[Record]] = {}
    for item in order["lineItems"]:
        if item["requiresShipping"]:
            by_place.setdefault(shop.place(item["_location"]), []).append(item)
    return [
        _fulfillment_order(order, shop.locations[place], items, minter) for place, items in by_place.items()
    ]


def _fulfillment_order(order: Record, place: Record, items: list[Record], minter: Minter) -> Record:
    record: Record = {
        "__typename": "FulfillmentOrder",
        "id": minter.gid("FulfillmentOrder"),
        "order": order,
        "orderId": order["id"],
        "orderName": order["name"],
        "orderProcessedAt": order["processedAt"],
        "status": "CANCELLED" if order["cancelledAt"] else "OPEN",
        "requestStatus": "UNSUBMITTED",
        "supportedActions": [
            {"__typename": "FulfillmentOrderSupportedAction", "action": "CREATE_FULFILLMENT", "externalUrl": None}
        ],
        "fulfillmentHolds": [],
        "fulfillAt": None,
        "fulfillBy": None,
        "deliveryMethod": {
            "__typename": "DeliveryMethod", "id": minter.gid("DeliveryMethod"), "methodType": "SHIPPING",
        },
        "destination": None,
        "fulfillments": [],
        "assignedLocation": place["address"]
        | {"__typename": "FulfillmentOrderAssignedLocation", "name": place["name"], "location": place},
        "createdAt": order["createdAt"],
        "updatedAt": order["updatedAt"],
    }  # fmt: skip
    record["lineItems"] = [
        {
            "__typename": "FulfillmentOrderLineItem",
            "id": minter.gid("FulfillmentOrderLineItem"),
            "lineItem": item,
            "sku": item["sku"],
            "productTitle": item["title"],
            "variantTitle": item["variantTitle"],
            "vendor": item["vendor"],
            "totalQuantity": item["quantity"],
            "remainingQuantity": item["quantity"],
            "requiresShipping": True,
            "_variant": item["_variant"],
        }
        for item in items
    ]
    return record
