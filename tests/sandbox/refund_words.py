"""Words for tests of refunds: an order's and a refund's amounts as the Admin API shows them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

BAG = "{ shopMoney { amount } presentmentMoney { amount } }"
SIDES = ("shopMoney", "presentmentMoney")
REFUND = f"""fragment Parts on Refund {{ id createdAt processedAt updatedAt note totalRefundedSet {BAG}
  return {{ id name status }} order {{ id }} duties {{ amountSet {BAG} originalDuty {{ id price {BAG} }} }}
  refundLineItems(first: 50) {{ nodes {{ quantity restockType restocked location {{ name }} lineItem {{ id sku }}
    priceSet {BAG} subtotalSet {BAG} totalTaxSet {BAG} }} }}
  refundShippingLines(first: 9) {{ nodes {{ id shippingLine {{ id title }} subtotalAmountSet {BAG} taxAmountSet {BAG} }} }}
  orderAdjustments(first: 9) {{ nodes {{ id reason amountSet {BAG} taxAmountSet {BAG} }} }}
  transactions(first: 9) {{ nodes {{ kind status gateway amountSet {BAG} parentTransaction {{ id kind gateway }} }} }} }}
"""
ORDER = (
    REFUND
    + "query Refunded($id: ID!) { order(id: $id) { taxesIncluded displayFinancialStatus returnStatus cancelledAt "
    + " ".join(
        f"{name} {BAG}"
        for name in (
            "totalPriceSet", "currentTotalPriceSet", "currentSubtotalPriceSet", "currentTotalTaxSet",
            "currentShippingPriceSet", "currentTotalDutiesSet", "totalRefundedSet", "totalRefundedShippingSet",
            "totalReceivedSet", "totalOutstandingSet", "netPaymentSet", "refundDiscrepancySet",
        )
    )
    + f""" lineItems(first: 50) {{ nodes {{ id sku quantity currentQuantity refundableQuantity unfulfilledQuantity
      originalTotalSet {BAG} discountAllocations {{ allocatedAmountSet {BAG} }} taxLines {{ priceSet {BAG} }} }} }}
    currentTaxLines {{ title priceSet {BAG} }}
    refunds(first: 50) {{ ...Parts }} returns(first: 9) {{ nodes {{ id name status totalQuantity
      returnLineItems(first: 9) {{ nodes {{ ... on ReturnLineItem {{ quantity returnReason returnReasonNote
        fulfillmentLineItem {{ lineItem {{ id }} }} refundedQuantity }} }} }}
      exchangeLineItems(first: 9) {{ nodes {{ quantity variantSku lineItems {{ id sku }} }} }}
      refunds(first: 9) {{ nodes {{ id }} }} }} }} }} }}"""
)  # fmt: skip


async def refunded(store: Any, order: dict[str, Any]) -> dict[str, Any]:
    return (await store.ask(ORDER, id=order["id"]))["order"]


def amount(bag: dict[str, Any] | None, side: str = "shopMoney") -> Decimal:
    return Decimal(bag[side]["amount"]) if bag else Decimal(0)


def amounts(entries: list[dict[str, Any]], name: str, side: str = "shopMoney") -> Decimal:
    return sum((amount(entry[name], side) for entry in entries), Decimal(0))


def explained(refund: dict[str, Any], side: str, *, taxes_included: bool) -> Decimal:
    """What the parts of a refund come to: lines, shipping and duties, less what its adjustments say."""
    lines = refund["refundLineItems"]["nodes"]
    shipping = refund["refundShippingLines"]["nodes"]
    parts = amounts(lines, "subtotalSet", side) + amounts(shipping, "subtotalAmountSet", side)
    if not taxes_included:
        parts += amounts(lines, "totalTaxSet", side) + amounts(shipping, "taxAmountSet", side)
    parts += amounts(refund["duties"], "amountSet", side)
    return parts - amounts(refund["orderAdjustments"]["nodes"], "amountSet", side)
