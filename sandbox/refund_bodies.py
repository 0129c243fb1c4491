"""Webhook bodies of refunds and returns, in the REST shape that `refunds/create` and an order's `refunds` carry."""

from __future__ import annotations

from typing import Any

from sandbox.body_parts import bag_body, line_body, shipping_body, transaction_body
from sandbox.clock import rest_time
from sandbox.gids import number_of
from sandbox.money import Exchange, money_bag, read_bag, rest_amount, total

Record = dict[str, Any]


def refund_body(refund: Record) -> Record:
    order = refund["order"]
    exchange: Exchange = order["_exchange"]
    duties = [read_bag(entry["amountSet"]) for entry in refund["duties"]]
    return {
        "id": number_of(refund["id"]),
        "admin_graphql_api_id": refund["id"],
        "order_id": number_of(order["id"]),
        "created_at": rest_time(refund["createdAt"]),
        "processed_at": rest_time(refund["processedAt"]),
        "note": refund["note"],
        "user_id": None,
        "restock": any(line["restocked"] for line in refund["refundLineItems"]),
        "return": _linked(refund["return"]),
        "duties": [_duty(entry, exchange) for entry in refund["duties"]],
        "total_duties_set": bag_body(money_bag(total(duties), exchange), exchange),
        "refund_line_items": [_line(line, exchange) for line in refund["refundLineItems"]],
        "refund_shipping_lines": [_shipping(line, exchange) for line in refund["refundShippingLines"]],
        "order_adjustments": [_adjustment(entry, refund, exchange) for entry in refund["orderAdjustments"]],
        "transactions": [transaction_body(entry) for entry in refund["transactions"]],
    }


def _linked(back: Record | None) -> Record | None:
    return {"id": number_of(back["id"]), "admin_graphql_api_id": back["id"]} if back else None


def _duty(entry: Record, exchange: Exchange) -> Record:
    return {
        "duty_id": number_of(entry["originalDuty"]["id"]),
        "amount_set": bag_body(entry["amountSet"], exchange),
    }


def _line(line: Record, exchange: Exchange) -> Record:
    item = line["lineItem"]
    return {
        "id": number_of(line["id"]),
        "line_item_id": number_of(item["id"]),
        "location_id": number_of(line["location"]["id"]) if line["location"] else None,
        "quantity": line["quantity"],
        "restock_type": line["restockType"].lower(),
        "subtotal": float(read_bag(line["subtotalSet"]).shop),
        "subtotal_set": bag_body(line["subtotalSet"], exchange),
        "total_tax": float(read_bag(line["totalTaxSet"]).shop),
        "total_tax_set": bag_body(line["totalTaxSet"], exchange),
        "line_item": line_body(item, exchange),
    }


def _shipping(line: Record, exchange: Exchange) -> Record:
    return {
        "id": number_of(line["id"]),
        "shipping_line": shipping_body(line["shippingLine"], exchange),
        "subtotal_amount_set": bag_body(line["subtotalAmountSet"], exchange),
        "tax_amount_set": bag_body(line["taxAmountSet"], exchange),
    }


def _adjustment(entry: Record, refund: Record, exchange: Exchange) -> Record:
    """Shipping stands in lines of its own since 2024-10, so every adjustment is a discrepancy."""
    return {
        "id": number_of(entry["id"]),
        "admin_graphql_api_id": entry["id"],
        "order_id": number_of(refund["order"]["id"]),
        "refund_id": number_of(refund["id"]),
        "kind": "refund_discrepancy",
        "reason": entry["reason"].replace("_", " ").capitalize(),
        "amount": rest_amount(read_bag(entry["amountSet"]).shop, exchange.shop),
        "amount_set": bag_body(entry["amountSet"], exchange),
        "tax_amount": rest_amount(read_bag(entry["taxAmountSet"]).shop, exchange.shop),
        "tax_amount_set": bag_body(entry["taxAmountSet"], exchange),
    }


def return_body(back: Record) -> Record:
    order = back["order"]
    return {
        "id": number_of(back["id"]),
        "admin_graphql_api_id": back["id"],
        "name": back["name"],
        "status": back["status"].lower(),
        "order_id": number_of(order["id"]),
        "order": {"id": number_of(order["id"]), "admin_graphql_api_id": order["id"]},
        "total_return_line_items": back["totalQuantity"],
        "return_line_items": [_return_line(line) for line in back["returnLineItems"]],
        "exchange_line_items": [_exchange_line(line) for line in back["exchangeLineItems"]],
        "refunds": [_linked(refund) for refund in back["refunds"]],
    }


def _return_line(line: Record) -> Record:
    return {
        "id": number_of(line["id"]),
        "admin_graphql_api_id": line["id"],
        "quantity": line["quantity"],
        "return_reason": line["returnReason"].lower(),
        "return_reason_note": line["returnReasonNote"],
        "customer_note": line["customerNote"],
        "fulfillment_line_item": {
            "id": number_of(line["fulfillmentLineItem"]["id"]),
            "line_item": {"id": number_of(line["fulfillmentLineItem"]["lineItem"]["id"])},
        },
    }


def _exchange_line(line: Record) -> Record:
    items = line["lineItems"] or []
    return {
        "id": number_of(line["id"]),
        "admin_graphql_api_id": line["id"],
        "quantity": line["quantity"],
        "line_item_ids": [number_of(item["id"]) for item in items],
    }
