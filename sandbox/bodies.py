"""Webhook bodies: the REST shape, snake case and numeric ids, of what the Admin API shows."""

from __future__ import annotations

from typing import Any

from sandbox.body_parts import bag_body, line_body, shipping_body, tax_body, transaction_body
from sandbox.clock import rest_time
from sandbox.gids import number_of
from sandbox.money import Exchange, read_bag, rest_amount
from sandbox.refund_bodies import refund_body

__all__ = ["customer_body", "edit_body", "fulfillment_body", "order_body", "transaction_body"]
Record = dict[str, Any]
_FINANCIAL = {"EXPIRED": "voided"}
_FULFILLMENT = {"FULFILLED": "fulfilled", "PARTIALLY_FULFILLED": "partial"}


def order_body(order: Record) -> Record:
    exchange: Exchange = order["_exchange"]
    return {
        "id": number_of(order["id"]),
        "admin_graphql_api_id": order["id"],
        "name": order["name"],
        "number": order["number"] - 1000,
        "order_number": order["number"],
        "confirmation_number": order["confirmationNumber"],
        "created_at": rest_time(order["createdAt"]),
        "processed_at": rest_time(order["processedAt"]),
        "updated_at": rest_time(order["updatedAt"]),
        "cancelled_at": rest_time(order["cancelledAt"]),
        "cancel_reason": order["cancelReason"] and order["cancelReason"].lower(),
        "closed_at": None,
        "confirmed": True,
        "test": order["test"],
        "email": order["email"],
        "contact_email": order["email"],
        "phone": order["phone"],
        "note": order["note"],
        "note_attributes": [{"name": a["key"], "value": a["value"]} for a in order["customAttributes"]],
        "tags": ", ".join(order["tags"]),
        "po_number": order["poNumber"],
        "source_name": order["sourceName"],
        "location_id": number_of(order["retailLocation"]["id"]) if order["retailLocation"] else None,
        "currency": exchange.shop,
        "presentment_currency": exchange.presentment,
        "taxes_included": order["taxesIncluded"],
        "tax_exempt": order["taxExempt"],
        "financial_status": _FINANCIAL.get(order["displayFinancialStatus"], order["displayFinancialStatus"].lower()),
        "fulfillment_status": _FULFILLMENT.get(order["displayFulfillmentStatus"]),
        "payment_gateway_names": order["paymentGatewayNames"],
        **_totals(order, exchange),
        "discount_codes": [{"code": code, "amount": "0.00", "type": "fixed_amount"} for code in order["discountCodes"]],
        "discount_applications": [_application(entry) for entry in order["discountApplications"]],
        "tax_lines": [tax_body(tax, exchange) for tax in order["taxLines"]],
        "line_items": [line_body(item, exchange) for item in order["lineItems"]],
        "shipping_lines": [shipping_body(line, exchange) for line in order["shippingLines"]],
        "fulfillments": [fulfillment_body(sent) for sent in order["fulfillments"]],
        "refunds": [refund_body(refund) for refund in order["refunds"]],
        "customer": customer_body(order["customer"]) if order["customer"] else None,
        "billing_address": _address(order["billingAddress"]),
        "shipping_address": _address(order["shippingAddress"]),
    }  # fmt: skip


def _totals(order: Record, exchange: Exchange) -> Record:
    names = {
        "total_price": "totalPriceSet",
        "current_total_price": "currentTotalPriceSet",
        "subtotal_price": "subtotalPriceSet",
        "current_subtotal_price": "currentSubtotalPriceSet",
        "total_tax": "totalTaxSet",
        "current_total_tax": "currentTotalTaxSet",
        "total_discounts": "totalDiscountsSet",
        "current_total_discounts": "currentTotalDiscountsSet",
        "total_shipping_price": "totalShippingPriceSet",
        "total_outstanding": "totalOutstandingSet",
        "total_tip_received": "totalTipReceivedSet",
    }
    body: Record = {}
    for rest, graphql in names.items():
        body[rest] = rest_amount(read_bag(order[graphql]).shop, exchange.shop)
        body[f"{rest}_set"] = bag_body(order[graphql], exchange)
    return body


def fulfillment_body(sent: Record) -> Record:
    exchange: Exchange = sent["order"]["_exchange"]
    tracks = sent["trackingInfo"]
    numbers = [track["number"] for track in tracks if track["number"]]
    urls = [track["url"] for track in tracks if track["url"]]
    return {
        "id": number_of(sent["id"]),
        "admin_graphql_api_id": sent["id"],
        "order_id": number_of(sent["order"]["id"]),
        "name": sent["name"],
        "status": sent["status"].lower(),
        "created_at": rest_time(sent["createdAt"]),
        "updated_at": rest_time(sent["updatedAt"]),
        "location_id": number_of(sent["location"]["id"]),
        "shipment_status": None,
        "tracking_company": next((track["company"] for track in tracks if track["company"]), None),
        "tracking_number": numbers[0] if numbers else None,
        "tracking_numbers": numbers,
        "tracking_url": urls[0] if urls else None,
        "tracking_urls": urls,
        "line_items": [
            line_body(line["lineItem"], exchange) | {"quantity": line["quantity"]}
            for line in sent["fulfillmentLineItems"]
        ],
    }


def _application(entry: Record) -> Record:
    value = entry["value"]
    percent = "percentage" in value
    return {
        "type": {"AutomaticDiscountApplication": "automatic", "DiscountCodeApplication": "discount_code"}.get(
            entry["__typename"], entry["__typename"].removesuffix("DiscountApplication").lower()
        ),
        "title": entry.get("title") or entry.get("code"),
        "value": str(value["percentage"] if percent else value["amount"]),
        "value_type": "percentage" if percent else "fixed_amount",
        "allocation_method": entry["allocationMethod"].lower(),
        "target_selection": entry["targetSelection"].lower(),
        "target_type": entry["targetType"].lower(),
    }


def _address(address: Record | None) -> Record | None:
    if address is None:
        return None
    return {
        "first_name": address["firstName"],
        "last_name": address["lastName"],
        "name": address["name"],
        "company": address["company"],
        "address1": address["address1"],
        "address2": address["address2"],
        "city": address["city"],
        "zip": address["zip"],
        "province": address["province"],
        "province_code": address["provinceCode"],
        "country": address["country"],
        "country_code": address["countryCodeV2"],
        "phone": address["phone"],
    }


def customer_body(customer: Record) -> Record:
    return {
        "id": number_of(customer["id"]),
        "admin_graphql_api_id": customer["id"],
        "email": customer["email"],
        "first_name": customer["firstName"],
        "last_name": customer["lastName"],
        "phone": customer["phone"],
        "state": "disabled",
        "tax_exempt": customer["taxExempt"],
        "created_at": rest_time(customer["createdAt"]),
        "updated_at": rest_time(customer["updatedAt"]),
        "default_address": _place(customer["defaultAddress"]),
        "addresses": [_place(place) for place in customer["addressesV2"]],
    }


def _place(place: Record | None) -> Record | None:
    """A customer's own address has a number, which an order's copy of it has not."""
    return {"id": number_of(place["id"].split("?")[0])} | (_address(place) or {}) if place else None


def edit_body(order: Record, added: list[Record], removed: list[Record]) -> Record:
    """`orders/edited` speaks of the edit, and names the order only inside it."""
    return {
        "order_edit": {
            "id": order["_edits"],
            "app_id": None,
            "order_id": number_of(order["id"]),
            "created_at": rest_time(order["updatedAt"]),
            "committed_at": rest_time(order["updatedAt"]),
            "notify_customer": False,
            "line_items": {"additions": added, "removals": removed},
            "discounts": {"line_item": {"additions": [], "removals": []}},
            "shipping_lines": {"additions": [], "removals": []},
        }
    }
