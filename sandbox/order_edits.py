"""Edits of a placed order: units more or fewer of a line, or a line added. The first totals stay on record."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from sandbox import order_lines, order_shares
from sandbox.gids import number_of
from sandbox.money import Exchange, money_bag, read_bag
from sandbox.pricing import price
from sandbox.shop import Shop
from sandbox.world import World

Record = dict[str, Any]


def apply(world: World, shop: Shop, order: Record, act: Mapping[str, Any]) -> None:
    """`act` has `line` (index) with `quantity` (the new one), or `add` (a line's description)."""
    order |= {"edited": True, "_edits": world.minter.number(), "_added": [], "_removed": []}
    if "add" in act:
        _add(world, shop, order, act["add"])
    else:
        item = order["lineItems"][int(act.get("line", 0))]
        _change(order, item, int(act.get("quantity", item["currentQuantity"] + 1)))


def _add(world: World, shop: Shop, order: Record, described: Mapping[str, Any]) -> None:
    item = added_line(world, shop, order, described)
    order["_added"].append({"id": number_of(item["id"]), "delta": item["quantity"]})


def added_line(world: World, shop: Shop, order: Record, described: Mapping[str, Any]) -> Record:
    """A line that joins a placed order, priced in its currencies and its way of taxes."""
    variant = shop.variant_by_sku(described.get("sku"))
    known: Record = {"title": described.get("sku", "Custom item"), "price": "0"}
    if variant:
        known = {"title": variant["product"]["title"], "price": variant["price"], "variant": variant["id"]}
    exchange: Exchange = order["_exchange"]
    basket = price(
        {
            "lines": [known | dict(described)],
            "currency": exchange.presentment,
            "rate": exchange.rate,
            "taxes_included": order["taxesIncluded"],
        },
        exchange.shop,
    )
    item = order_lines.line_item(basket.lines[0], basket, [], world.minter)
    order["lineItems"].append(item)
    return item


def _change(order: Record, item: Record, wanted: int) -> None:
    delta = wanted - item["currentQuantity"]
    if delta > 0:
        _grow(item, item["quantity"] + delta, order["_exchange"], included=order["taxesIncluded"])
        item["currentQuantity"] = item["refundableQuantity"] = wanted
        order["_added"].append({"id": number_of(item["id"]), "delta": delta})
    elif delta < 0:
        order_shares.take_units(item, -delta)
        order["_removed"].append({"id": number_of(item["id"]), "delta": -delta})
    if item["requiresShipping"]:
        item["unfulfilledQuantity"] = max(item["unfulfilledQuantity"] + delta, 0)
        _resend(order, item, delta)


def _resend(order: Record, item: Record, delta: int) -> None:
    """More or fewer units are left to send, from where the rest of the line is sent."""
    lines = [
        line
        for part in order["fulfillmentOrders"]
        if part["status"] not in ("CLOSED", "CANCELLED")
        for line in part["lineItems"]
        if line["lineItem"] is item
    ]
    for line in lines[:1] if delta > 0 else lines:
        units = delta if delta > 0 else -min(-delta, line["remainingQuantity"])
        line["remainingQuantity"] += units
        line["totalQuantity"] += units
        delta -= units


def _grow(item: Record, quantity: int, exchange: Exchange, *, included: bool) -> None:
    """More units of a line: its price grows with it, what was taken off stays as it was, its taxes are reckoned anew."""
    unit = read_bag(item["originalUnitPriceSet"])
    added = unit.times(quantity) - read_bag(item["originalTotalSet"])
    for name in ("originalTotalSet", "discountedTotalSet", "unfulfilledOriginalTotalSet"):
        item[name] = money_bag(read_bag(item[name]) + added, exchange)
    rates = [Decimal(str(tax["rate"])) for tax in item["taxLines"]]
    off = [read_bag(each["allocatedAmountSet"]).presentment for each in item["discountAllocations"]]
    base = read_bag(item["originalTotalSet"]).presentment - sum(off, Decimal(0))
    if included:
        base = base / (1 + sum(rates, Decimal(0)))
    for tax, rate in zip(item["taxLines"], rates, strict=True):
        tax["priceSet"] = money_bag(exchange.bag(base * rate), exchange)
    item["quantity"] = quantity
