"""Everything about an order that follows from its lines and transactions: totals, statuses, outstanding money.

Called after an order is made and after every later act, so that no total can go stale.
"""

from __future__ import annotations

from typing import Any

from sandbox import order_shares, transactions
from sandbox.money import NOTHING, ZERO, Bag, money_bag, read_bag, total

Record = dict[str, Any]


def settle(order: Record) -> None:
    bags = _totals(order, current=False)
    bags |= {f"current{name[0].upper()}{name[1:]}": bag for name, bag in _totals(order, current=True).items()}
    order["_charged"] = bags["totalPriceSet"]
    bags |= _money_state(order)
    for line in order["shippingLines"]:
        line["currentDiscountedPriceSet"] = money_bag(order_shares.left(line).net, order["_exchange"])
    for name, bag in bags.items():
        order[name] = money_bag(bag, order["_exchange"])
    order |= _derived(order)


def _totals(order: Record, *, current: bool) -> dict[str, Bag]:
    counted = order_shares.left if current else order_shares.whole
    shares = [counted(item) for item in order["lineItems"]]
    shipping = [counted(line) for line in order["shippingLines"]]
    fees = total([read_bag(fee["price"]) for fee in order["additionalFees"]])
    tax = total([share.tax for share in shares + shipping])
    subtotal = total([share.net for share in shares])
    freight = total([share.net for share in shipping])
    extra = freight + _duties(order, current=current) + fees + read_bag(order["totalTipReceivedSet"])
    whole = subtotal + extra + (NOTHING if order["taxesIncluded"] else tax)
    shipping_name = "shippingPriceSet" if current else "totalShippingPriceSet"
    return {
        "subtotalPriceSet": subtotal,
        "totalDiscountsSet": total([share.off for share in shares + shipping]),
        "totalTaxSet": tax,
        "totalPriceSet": whole,
        shipping_name: freight,
        "cartDiscountAmountSet": total([share.off for share in shares]),
    }


def _duties(order: Record, *, current: bool) -> Bag:
    owed = [duty for item in order["lineItems"] for duty in item["duties"]]
    back = [duty.get("_gone", NOTHING) for duty in owed] if current else []
    return total([read_bag(duty["price"]) for duty in owed]) - total(back)


def outstanding(order: Record) -> Bag:
    """What the buyer still owes after payments and refunds; below zero: what the shop owes the buyer.

    A refund that was meant to be more or less than its lines is a matter settled between the two: no debt.
    """
    owed = _totals(order, current=True)["totalPriceSet"]
    amount = owed - transactions.received(order) + transactions.refunded(order) + discrepancy(order)
    return NOTHING if amount == -_rounding(order) else amount


def discrepancy(order: Record) -> Bag:
    """By how much refunds were less (above zero) or more than what was taken out of the order with them."""
    adjustments = [entry for refund in order["refunds"] for entry in refund["orderAdjustments"]]
    return total([read_bag(entry["amountSet"]) for entry in adjustments])


def _money_state(order: Record) -> dict[str, Bag]:
    received, refunded = transactions.received(order), transactions.refunded(order)
    freight = [line["_gone"].net for line in order["shippingLines"] if line.get("_gone")]
    return {
        "totalReceivedSet": received,
        "totalRefundedSet": refunded,
        "totalRefundedShippingSet": total(freight),
        "netPaymentSet": received - refunded,
        "totalOutstandingSet": NOTHING if order["cancelledAt"] else outstanding(order),
        "totalCapturableSet": transactions.authorised(order),
        "refundDiscrepancySet": discrepancy(order),
    }


def _derived(order: Record) -> Record:
    exchange, items = order["_exchange"], order["lineItems"]
    duties = any(item["duties"] for item in items)
    fees = [read_bag(fee["price"]) for fee in order["additionalFees"]]
    status = _financial_status(order)
    return {
        "displayFinancialStatus": status,
        "displayFulfillmentStatus": _fulfillment_status(order),
        "fullyPaid": status == "PAID",
        "unpaid": status in ("PENDING", "AUTHORIZED"),
        "capturable": status == "AUTHORIZED",
        "canMarkAsPaid": status in ("PENDING", "PARTIALLY_PAID"),
        "canNotifyCustomer": bool(order["email"]),
        "fulfillable": any(item["unfulfilledQuantity"] for item in items),
        "refundable": transactions.received(order) != transactions.refunded(order),
        "requiresShipping": any(item["requiresShipping"] for item in items),
        "subtotalLineItemsQuantity": sum(item["quantity"] for item in items),
        "currentSubtotalLineItemsQuantity": sum(item["currentQuantity"] for item in items),
        "totalWeight": str(500 * sum(item["quantity"] for item in items)),
        "paymentGatewayNames": list(dict.fromkeys(t["gateway"] for t in order["transactions"])),
        "shippingLine": order["shippingLines"][0] if order["shippingLines"] else None,
        "taxLines": _tax_summary(order, current=False),
        "currentTaxLines": _tax_summary(order, current=True),
        "originalTotalDutiesSet": money_bag(_duties(order, current=False), exchange) if duties else None,
        "currentTotalDutiesSet": money_bag(_duties(order, current=True), exchange) if duties else None,
        "returnStatus": _return_status(order),
        "originalTotalAdditionalFeesSet": money_bag(total(fees), exchange) if fees else None,
        "currentTotalAdditionalFeesSet": money_bag(total(fees), exchange) if fees else None,
    }


def _tax_summary(order: Record, *, current: bool) -> list[Record]:
    """One tax line per title and rate over the whole order."""
    counted = order_shares.left if current else order_shares.whole
    found: dict[tuple[str, float], list[tuple[Record, Bag]]] = {}
    for line in order["lineItems"] + order["shippingLines"]:
        for tax, amount in zip(line["taxLines"], counted(line).taxes, strict=True):
            found.setdefault((tax["title"], tax["rate"]), []).append((tax, amount))
    return [
        same[0][0] | {"priceSet": money_bag(total([amount for _, amount in same]), order["_exchange"])}
        for same in found.values()
    ]


def _return_status(order: Record) -> str:
    states = {entry["status"] for entry in order["returns"]}
    if "OPEN" in states:
        return "IN_PROGRESS"
    return "RETURNED" if "CLOSED" in states else "NO_RETURN"


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
        return "PARTIALLY_PAID" if outstanding(order).presentment > ZERO else "PAID"
    if order["_expired"]:
        return "EXPIRED"
    if transactions.successful(order, "VOID"):
        return "VOIDED"
    return "AUTHORIZED" if transactions.authorised(order) != NOTHING else "PENDING"


def _fulfillment_status(order: Record) -> str:
    if not any(item["requiresShipping"] for item in order["lineItems"]):
        return "FULFILLMENT_NOT_REQUIRED"
    left = any(item["unfulfilledQuantity"] for item in order["lineItems"])
    sent = any(item["_fulfilled"] for item in order["lineItems"])
    if sent:
        return "PARTIALLY_FULFILLED" if left else "FULFILLED"
    states = {part["status"] for part in order["fulfillmentOrders"]} - {"CLOSED", "CANCELLED"}
    waiting = states.pop() if len(states) == 1 else ""
    return waiting if waiting in ("ON_HOLD", "SCHEDULED", "IN_PROGRESS") else "UNFULFILLED"
