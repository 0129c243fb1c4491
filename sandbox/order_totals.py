"""Everything about an order that follows from its lines and transactions: totals, statuses, outstanding money.

Called after an order is made and after every later act, so that no total can go stale.
"""

from __future__ import annotations

from typing import Any

from sandbox import transactions
from sandbox.money import NOTHING, ZERO, Bag, Exchange, money_bag, read_bag, rounded, total

Record = dict[str, Any]


def settle(order: Record) -> None:
    bags = _totals(order, current=False)
    bags |= {f"current{name[0].upper()}{name[1:]}": bag for name, bag in _totals(order, current=True).items()}
    order["_charged"] = bags["totalPriceSet"]
    bags |= _money_state(order, bags["currentTotalPriceSet"])
    for name, bag in bags.items():
        order[name] = money_bag(bag, order["_exchange"])
    order |= _derived(order)


def _totals(order: Record, *, current: bool) -> dict[str, Bag]:
    items = order["lineItems"]
    shares = [_share(item, current, order["_exchange"]) for item in items]
    shipping = [read_bag(line["discountedPriceSet"]) for line in order["shippingLines"]]
    shipping_tax = [read_bag(tax["priceSet"]) for line in order["shippingLines"] for tax in line["taxLines"]]
    shipping_off = [_taken_off(line) for line in order["shippingLines"]]
    duties = total([read_bag(duty["price"]) for item in items for duty in item["duties"]])
    fees = total([read_bag(fee["price"]) for fee in order["additionalFees"]])
    tax = total([share["tax"] for share in shares] + shipping_tax)
    subtotal = total([share["net"] for share in shares])
    extra = total(shipping) + duties + fees + read_bag(order["totalTipReceivedSet"])
    whole = subtotal + extra + (NOTHING if order["taxesIncluded"] else tax)
    shipping_name = "shippingPriceSet" if current else "totalShippingPriceSet"
    return {
        "subtotalPriceSet": subtotal,
        "totalDiscountsSet": total([share["off"] for share in shares] + shipping_off),
        "totalTaxSet": tax,
        "totalPriceSet": whole,
        shipping_name: total(shipping),
        "cartDiscountAmountSet": total([share["off"] for share in shares]),
    }


def _share(item: Record, current: bool, exchange: Exchange) -> dict[str, Bag]:
    """A line's part of the totals; a line of which units were removed counts for what is left of it."""
    off = _taken_off(item)
    whole = {
        "net": read_bag(item["originalTotalSet"]) - off,
        "off": off,
        "tax": total([read_bag(tax["priceSet"]) for tax in item["taxLines"]]),
    }
    if not current or item["currentQuantity"] == item["quantity"]:
        return whole
    return {name: _prorated(bag, item, exchange) for name, bag in whole.items()}


def _prorated(bag: Bag, item: Record, exchange: Exchange) -> Bag:
    left, whole = item["currentQuantity"], max(item["quantity"], 1)
    return Bag(
        shop=rounded(bag.shop * left / whole, exchange.shop),
        presentment=rounded(bag.presentment * left / whole, exchange.presentment),
    )


def _taken_off(line: Record) -> Bag:
    return total([read_bag(entry["allocatedAmountSet"]) for entry in line["discountAllocations"]])


def _money_state(order: Record, owed: Bag) -> dict[str, Bag]:
    received, refunded = transactions.received(order), transactions.refunded(order)
    outstanding = owed - received + refunded
    if outstanding == -_rounding(order):
        outstanding = NOTHING
    return {
        "totalReceivedSet": received,
        "totalRefundedSet": refunded,
        "totalRefundedShippingSet": NOTHING,
        "netPaymentSet": received - refunded,
        "totalOutstandingSet": NOTHING if order["cancelledAt"] else outstanding,
        "totalCapturableSet": transactions.authorised(order),
        "refundDiscrepancySet": NOTHING,
    }


def _derived(order: Record) -> Record:
    exchange, items = order["_exchange"], order["lineItems"]
    duties = [read_bag(duty["price"]) for item in items for duty in item["duties"]]
    fees = [read_bag(fee["price"]) for fee in order["additionalFees"]]
    status = _financial_status(order)
    taxes = _tax_summary(order)
    return {
        "displayFinancialStatus": status,
        "displayFulfillmentStatus": _fulfillment_status(order),
        "fullyPaid": status == "PAID",
        "unpaid": status in ("PENDING", "AUTHORIZED"),
        "capturable": status == "AUTHORIZED",
        "canMarkAsPaid": status in ("PENDING", "PARTIALLY_PAID"),
        "canNotifyCustomer": bool(order["email"]),
        "fulfillable": any(item["unfulfilledQuantity"] for item in items),
        "refundable": transactions.received(order) != NOTHING,
        "requiresShipping": any(item["requiresShipping"] for item in items),
        "subtotalLineItemsQuantity": sum(item["quantity"] for item in items),
        "currentSubtotalLineItemsQuantity": sum(item["currentQuantity"] for item in items),
        "totalWeight": str(500 * sum(item["quantity"] for item in items)),
        "paymentGatewayNames": list(dict.fromkeys(t["gateway"] for t in order["transactions"])),
        "shippingLine": order["shippingLines"][0] if order["shippingLines"] else None,
        "taxLines": taxes,
        "currentTaxLines": taxes,
        "originalTotalDutiesSet": money_bag(total(duties), exchange) if duties else None,
        "currentTotalDutiesSet": money_bag(total(duties), exchange) if duties else None,
        "originalTotalAdditionalFeesSet": money_bag(total(fees), exchange) if fees else None,
        "currentTotalAdditionalFeesSet": money_bag(total(fees), exchange) if fees else None,
    }


def _tax_summary(order: Record) -> list[Record]:
    """One tax line per title and rate over the whole order."""
    found: dict[tuple[str, float], list[Record]] = {}
    for line in order["lineItems"] + order["shippingLines"]:
        for tax in line["taxLines"]:
            found.setdefault((tax["title"], tax["rate"]), []).append(tax)
    return [
        same[0] | {"priceSet": money_bag(total([read_bag(t["priceSet"]) for t in same]), order["_exchange"])}
        for same in found.values()
    ]


def _rounding(order: Record) -> Bag:
    """Cash that was rounded: a payment's amount may or may not contain it."""
    return read_bag(order["totalCashRoundingAdjustment"]["paymentSet"])


def _financial_status(order: Record) -> str:
    received, owed = transactions.received(order), order["_charged"]
    if transactions.refunded(order) != NOTHING:
        return "REFUNDED" if transactions.refunded(order) == received else "PARTIALLY_REFUNDED"
    if received.presentment >= owed.presentment + min(_rounding(order).presentment, ZERO):
        return "PAID"
    if received.presentment:
        return "PARTIALLY_PAID"
    if order["_expired"]:
        return "EXPIRED"
    if transactions.successful(order, "VOID"):
        return "VOIDED"
    return "AUTHORIZED" if transactions.authorised(order) != NOTHING else "PENDING"


def _fulfillment_status(order: Record) -> str:
    if not any(item["requiresShipping"] for item in order["lineItems"]):
        return "FULFILLMENT_NOT_REQUIRED"
    left = any(item["unfulfilledQuantity"] for item in order["lineItems"])
    return (
        "UNFULFILLED" if left or not any(item["_fulfilled"] for item in order["lineItems"]) else "FULFILLED"
    )
