"""Parts of webhook bodies that orders and refunds share: amounts, lines, taxes, shipping and transactions."""

from __future__ import annotations

from typing import Any

from sandbox.clock import rest_time
from sandbox.gids import number_of
from sandbox.money import Exchange, read_bag, rest_amount

Record = dict[str, Any]


def bag_body(bag: Record, exchange: Exchange) -> Record:
    amounts = read_bag(bag)
    return {
        "shop_money": {"amount": rest_amount(amounts.shop, exchange.shop), "currency_code": exchange.shop},
        "presentment_money": {
            "amount": rest_amount(amounts.presentment, exchange.presentment),
            "currency_code": exchange.presentment,
        },
    }


def line_body(item: Record, exchange: Exchange) -> Record:
    return {
        "id": number_of(item["id"]),
        "admin_graphql_api_id": item["id"],
        "title": item["title"],
        "name": item["name"],
        "sku": item["sku"],
        "vendor": item["vendor"],
        "variant_id": number_of(item["_variant"]) if item["_variant"] else None,
        "variant_title": item["variantTitle"],
        "quantity": item["quantity"],
        "current_quantity": item["currentQuantity"],
        "fulfillable_quantity": item["unfulfilledQuantity"],
        "fulfillment_status": None,
        "gift_card": item["isGiftCard"],
        "taxable": item["taxable"],
        "requires_shipping": item["requiresShipping"],
        "grams": 500,
        "price": rest_amount(read_bag(item["originalUnitPriceSet"]).shop, exchange.shop),
        "price_set": bag_body(item["originalUnitPriceSet"], exchange),
        "total_discount": rest_amount(read_bag(item["totalDiscountSet"]).shop, exchange.shop),
        "total_discount_set": bag_body(item["totalDiscountSet"], exchange),
        "discount_allocations": [_allocation(entry, exchange) for entry in item["discountAllocations"]],
        "tax_lines": [tax_body(tax, exchange) for tax in item["taxLines"]],
        "duties": [],
        "properties": [],
    }


def shipping_body(line: Record, exchange: Exchange) -> Record:
    return {
        "id": number_of(line["id"]),
        "title": line["title"],
        "code": line["code"],
        "source": line["source"],
        "price": rest_amount(read_bag(line["originalPriceSet"]).shop, exchange.shop),
        "price_set": bag_body(line["originalPriceSet"], exchange),
        "discounted_price_set": bag_body(line["discountedPriceSet"], exchange),
        "discount_allocations": [_allocation(entry, exchange) for entry in line["discountAllocations"]],
        "tax_lines": [tax_body(tax, exchange) for tax in line["taxLines"]],
    }


def _allocation(entry: Record, exchange: Exchange) -> Record:
    return {
        "amount": rest_amount(read_bag(entry["allocatedAmountSet"]).shop, exchange.shop),
        "amount_set": bag_body(entry["allocatedAmountSet"], exchange),
        "discount_application_index": entry["discountApplication"]["index"],
    }


def tax_body(tax: Record, exchange: Exchange) -> Record:
    return {
        "title": tax["title"],
        "rate": tax["rate"],
        "price": rest_amount(read_bag(tax["priceSet"]).shop, exchange.shop),
        "price_set": bag_body(tax["priceSet"], exchange),
        "channel_liable": tax["channelLiable"],
    }


def transaction_body(transaction: Record) -> Record:
    exchange: Exchange = transaction["order"]["_exchange"]
    return {
        "id": number_of(transaction["id"]),
        "admin_graphql_api_id": transaction["id"],
        "order_id": number_of(transaction["order"]["id"]),
        "kind": transaction["kind"].lower(),
        "status": transaction["status"].lower(),
        "gateway": transaction["gateway"],
        "amount": rest_amount(read_bag(transaction["amountSet"]).presentment, exchange.presentment),
        "currency": exchange.presentment,
        "test": transaction["test"],
        "payment_id": transaction["paymentId"],
        "created_at": rest_time(transaction["createdAt"]),
        "processed_at": rest_time(transaction["processedAt"]),
    }
