"""Line items, shipping lines, discounts, taxes and duties of an order as the Admin API shows them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from sandbox.gids import Minter
from sandbox.money import NOTHING, Bag, Exchange, money, money_bag, rounded, total
from sandbox.pricing import Basket, PricedLine

Record = dict[str, Any]
_DISCOUNT_TYPES = {
    "automatic": "AutomaticDiscountApplication",
    "code": "DiscountCodeApplication",
    "manual": "ManualDiscountApplication",
    "script": "ScriptDiscountApplication",
}


def discount_applications(described: Sequence[Mapping[str, Any]], currency: str) -> list[Record]:
    return [_application(index, discount, currency) for index, discount in enumerate(described)]


def _application(index: int, discount: Mapping[str, Any], currency: str) -> Record:
    kind, title = discount["kind"], discount.get("title", "Discount")
    if "percentage" in discount:
        value: Record = {"__typename": "PricingPercentageValue", "percentage": float(discount["percentage"])}
    else:
        value = money(Decimal(discount["amount"]), currency)
    named: Record = {"code": title} if kind == "code" else {"title": title}
    if kind in ("manual", "script"):
        named["description"] = discount.get("description", title)
    return named | {
        "__typename": _DISCOUNT_TYPES[kind],
        "index": index,
        "allocationMethod": discount.get("method", "ACROSS"),
        "targetSelection": discount.get("selection", "ALL" if discount.get("lines") is None else "EXPLICIT"),
        "targetType": discount.get("target", "LINE_ITEM"),
        "value": value,
    }


def line_item(line: PricedLine, basket: Basket, applications: Sequence[Record], minter: Minter) -> Record:
    """Everything but the links to product and variant, which the shop resolves when asked."""
    described, quantity = line.described, line.quantity
    gift_card = bool(described.get("gift_card", False))
    ships = bool(described.get("requires_shipping", not gift_card))
    return {
        "__typename": "LineItem",
        "id": minter.gid("LineItem"),
        "_variant": described.get("variant"),
        "_location": described.get("location"),
        "_fulfilled": 0,
        "_exchange": basket.exchange,
        "title": described["title"],
        "name": " - ".join(part for part in (described["title"], described.get("variant_title")) if part),
        "variantTitle": described.get("variant_title"),
        "vendor": described.get("vendor"),
        "sku": described.get("sku"),
        "quantity": quantity,
        "currentQuantity": quantity,
        "refundableQuantity": quantity,
        "unfulfilledQuantity": quantity if ships else 0,
        "nonFulfillableQuantity": 0 if ships else quantity,
        "isGiftCard": gift_card,
        "taxable": bool(described.get("taxable", not gift_card)),
        "requiresShipping": ships,
        "restockable": described.get("variant") is not None,
        "merchantEditable": True,
        "weight": {"__typename": "Weight", "unit": "KILOGRAMS", "value": 0.5},
        "customAttributes": attributes(described.get("attributes", {})),
        "image": None,
        "sellingPlan": None,
        "contract": None,
        "lineItemGroup": None,
        "staffMember": None,
        "discountAllocations": _allocations(line, basket.exchange, applications),
        "taxLines": [tax_line(tax, amount, basket.exchange) for tax, amount in line.taxes],
        "duties": [],
        **_line_amounts(line, basket),
    }


def _line_amounts(line: PricedLine, basket: Basket) -> Record:
    exchange = basket.exchange
    own = _own_discounts(line, basket)
    taxes = total([amount for _, amount in line.taxes]) if basket.taxes_included else NOTHING
    bags = {
        "originalUnitPriceSet": line.unit,
        "originalTotalSet": line.original,
        "discountedTotalSet": line.original - own,
        "discountedUnitPriceSet": _per_unit(line.original - own, line.quantity, exchange),
        "discountedUnitPriceAfterAllDiscountsSet": _per_unit(line.net, line.quantity, exchange),
        "totalDiscountSet": own,
        "priceAfterAllDiscountsBeforeTaxesSet": line.net - taxes,
        "unfulfilledOriginalTotalSet": line.original,
        "unfulfilledDiscountedTotalSet": line.original - own,
    }
    return {name: money_bag(bag, exchange) for name, bag in bags.items()}


def _own_discounts(line: PricedLine, basket: Basket) -> Bag:
    """Line-level discounts without codes: what Shopify counts into a line's own discounted total."""
    return total([amount for index, amount in line.allocations if index in basket.line_level])


def _per_unit(amount: Bag, quantity: int, exchange: Exchange) -> Bag:
    return Bag(
        shop=rounded(amount.shop / max(quantity, 1), exchange.shop),
        presentment=rounded(amount.presentment / max(quantity, 1), exchange.presentment),
    )


def shipping_line(line: PricedLine, basket: Basket, applications: Sequence[Record], minter: Minter) -> Record:
    described, exchange = line.described, basket.exchange
    net = money_bag(line.net, exchange)
    return {
        "__typename": "ShippingLine",
        "id": minter.gid("ShippingLine"),
        "title": described.get("title", "Standard"),
        "code": described.get("code", described.get("title", "Standard")),
        "source": "shopify",
        "custom": bool(described.get("custom", False)),
        "isRemoved": False,
        "carrierIdentifier": None,
        "deliveryCategory": None,
        "phone": None,
        "shippingRateHandle": None,
        "originalPriceSet": money_bag(line.original, exchange),
        "discountedPriceSet": net,
        "currentDiscountedPriceSet": net,
        "discountAllocations": _allocations(line, exchange, applications),
        "taxLines": [tax_line(tax, amount, exchange) for tax, amount in line.taxes],
    }


def _allocations(line: PricedLine, exchange: Exchange, applications: Sequence[Record]) -> list[Record]:
    return [
        {
            "__typename": "DiscountAllocation",
            "allocatedAmountSet": money_bag(amount, exchange),
            "discountApplication": applications[index],
        }
        for index, amount in line.allocations
    ]


def tax_line(described: Mapping[str, Any], amount: Bag, exchange: Exchange) -> Record:
    rate = Decimal(str(described["rate"]))
    return {
        "__typename": "TaxLine",
        "title": described["title"],
        "rate": float(rate),
        "ratePercentage": float(rate * 100),
        "source": described.get("source", "Shopify"),
        "channelLiable": bool(described.get("channel_liable", False)),
        "priceSet": money_bag(amount, exchange),
    }


def duty(described: Mapping[str, Any], amount: Bag, exchange: Exchange, minter: Minter) -> Record:
    return {
        "__typename": "Duty",
        "id": minter.gid("Duty"),
        "countryCodeOfOrigin": described.get("origin", "CN"),
        "harmonizedSystemCode": described.get("hs", "610910"),
        "price": money_bag(amount, exchange),
        "taxLines": [],
    }


def attributes(described: Mapping[str, str]) -> list[Record]:
    return [{"__typename": "Attribute", "key": key, "value": value} for key, value in described.items()]
