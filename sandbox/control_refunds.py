"""Refunds and returns of an order as a judge is shown them: amounts of both sides, lines, and of what kind they are."""

from __future__ import annotations

from typing import Any

from sandbox.money import Bag, money_bag, read_bag, total

Answer = dict[str, Any]
Record = dict[str, Any]


def amounts(name: str, bag: Record) -> Answer:
    return {
        f"{name}_shop": bag["shopMoney"]["amount"],
        f"{name}_presentment": bag["presentmentMoney"]["amount"],
    }


def shown_refund(order: Record, refund: Record) -> Answer:
    back = refund["return"]
    return {
        "id": refund["id"],
        "legacy_id": refund["legacyResourceId"],
        "created_at": refund["createdAt"],
        "note": refund["note"],
        "kinds": kinds(order, refund),
        "return": back and back["id"],
        **amounts("total", refund["totalRefundedSet"]),
        "lines": [_line(order, line) for line in refund["refundLineItems"]],
        "shipping": [
            amounts("subtotal", line["subtotalAmountSet"]) | amounts("tax", line["taxAmountSet"])
            for line in refund["refundShippingLines"]
        ],
        "duties": [amounts("amount", entry["amountSet"]) for entry in refund["duties"]],
        "adjustments": [
            {"reason": entry["reason"]} | amounts("amount", entry["amountSet"])
            for entry in refund["orderAdjustments"]
        ],
        "transactions": [
            {name: entry[name] for name in ("id", "kind", "status", "gateway")}
            | {"parent": entry["parentTransaction"] and entry["parentTransaction"]["id"]}
            | amounts("amount", entry["amountSet"])
            for entry in refund["transactions"]
        ],
        **amounts("settles", money_bag(_settles(order, refund), order["_exchange"])),
    }


def _settles(order: Record, refund: Record) -> Bag:
    """What the money counts for: 9.95 in coins give back the 9.97 that were paid with them."""
    back = read_bag(refund["totalRefundedSet"])
    coins = [read_bag(t["amountRoundingSet"]) for t in refund["transactions"] if t["amountRoundingSet"]]
    whole = back - total(coins)
    return whole if whole == _worth(order, refund) else back


def _worth(order: Record, refund: Record) -> Bag:
    """What the parts come to, as the buyer was charged for them."""
    tax = () if order["taxesIncluded"] else ("totalTaxSet",)
    lines = [line[name] for line in refund["refundLineItems"] for name in ("subtotalSet", *tax)]
    extra = () if order["taxesIncluded"] else ("taxAmountSet",)
    shipping = [
        line[name] for line in refund["refundShippingLines"] for name in ("subtotalAmountSet", *extra)
    ]
    parts = [*lines, *shipping, *(entry["amountSet"] for entry in refund["duties"])]
    return total([read_bag(part) for part in parts]) - total(
        [read_bag(entry["amountSet"]) for entry in refund["orderAdjustments"]]
    )


def _line(order: Record, line: Record) -> Answer:
    item = line["lineItem"]
    return {
        "line": order["lineItems"].index(item),
        "sku": item["sku"],
        "quantity": line["quantity"],
        "restock": line["restockType"],
        "restocked": line["restocked"],
        "location": line["location"] and line["location"]["name"],
        **amounts("subtotal", line["subtotalSet"]),
        **amounts("tax", line["totalTaxSet"]),
    }


def kinds(order: Record, refund: Record) -> list[str]:
    """What the refund is made of, in words: an ERP document may be needed for each of them, or for none."""
    states = {entry["status"] for entry in refund["transactions"]}
    back = refund["return"]
    found = {
        "lines": bool(refund["refundLineItems"]),
        "shipping": bool(refund["refundShippingLines"]),
        "duties": bool(refund["duties"]),
        "adjusted": bool(refund["orderAdjustments"]),
        "no_money": not states,
        "pending": "PENDING" in states,
        "several_gateways": len({entry["gateway"] for entry in refund["transactions"]}) > 1,
        "return": back is not None,
        "exchange": back is not None and bool(back["exchangeLineItems"]),
        "cancelled": bool(order["cancelledAt"]),
    }
    return [name for name, there in found.items() if there]


def shown_return(order: Record, back: Record) -> Answer:
    lines, items = back["returnLineItems"], order["lineItems"]
    return {
        "id": back["id"],
        "name": back["name"],
        "status": back["status"],
        "lines": [
            {
                "line": items.index(line["fulfillmentLineItem"]["lineItem"]),
                "quantity": line["quantity"],
                "reason": line["returnReason"],
            }
            for line in lines
        ],
        "exchanged": [
            {"line": items.index(item), "sku": item["sku"], "quantity": item["quantity"]}
            for line in back["exchangeLineItems"]
            for item in line["lineItems"] or ()
        ],
        "refunds": [refund["id"] for refund in back["refunds"]],
    }
