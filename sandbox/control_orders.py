"""Control verbs for orders: place them, let things happen to them, and tell what the store knows of them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Any

from sandbox import fulfillment_acts, order_acts
from sandbox.control_refunds import amounts, shown_refund, shown_return
from sandbox.control_shops import ControlError
from sandbox.gids import number_of
from sandbox.money import money_bag, read_bag, total
from sandbox.shop import Shop
from sandbox.world import World

Answer = dict[str, Any]
Record = dict[str, Any]


async def place(world: World, shop: Shop, wanted: Answer) -> Answer:
    """One order after the other, so that calls to the Admin API get their turn in between."""
    return {
        "orders": [await world.run(_place, world, shop, entry) async for entry in _paced(wanted, "orders")]
    }


async def act(world: World, shop: Shop, wanted: Answer) -> Answer:
    """`acts` is a list of {order, act, ...}; an order is named by id, name or plan reference."""
    return {"orders": [await world.run(_act, world, shop, entry) async for entry in _paced(wanted, "acts")]}


async def _paced(wanted: Answer, name: str) -> AsyncIterator[Answer]:
    """As fast as it goes, or `per_second` at an even pace."""
    pause = 1 / float(wanted["per_second"]) if wanted.get("per_second") else 0.0
    for entry in wanted[name]:
        yield entry
        if pause:
            await asyncio.sleep(pause)


def _place(world: World, shop: Shop, described: Answer) -> Answer:
    return shown(order_acts.place(world, shop, described))


def _act(world: World, shop: Shop, entry: Answer) -> Answer:
    order = find_order(shop, str(entry["order"]))
    try:
        changed = order_acts.perform(world, shop, order["id"], entry)
    except ValueError as error:
        raise ControlError(str(error)) from error
    return shown(changed or order)


def find_order(shop: Shop, named: str) -> Record:
    if named in shop.orders:
        return shop.orders[named]
    for order in shop.orders.values():
        if named in (order["name"], order["_ref"], order["legacyResourceId"]):
            return order
    raise ControlError(f"no such order: {named}")


def known(world: World, shop: Shop, query: Mapping[str, str]) -> Answer:
    """Every order as the store knows it now; `deleted=1` adds those that were deleted."""
    orders = list(shop.orders.values()) + (shop.deleted if query.get("deleted") else [])
    return {"orders": [shown(order, deleted=order["id"] not in shop.orders) for order in orders]}


def shown(order: Record, *, deleted: bool = False) -> Answer:
    return {
        "id": order["id"],
        "legacy_id": order["legacyResourceId"],
        "name": order["name"],
        "ref": order["_ref"],
        "kind": order["_kind"],
        "deleted": deleted,
        "test": order["test"],
        "edited": order["edited"],
        "cancelled_at": order["cancelledAt"],
        "created_at": order["createdAt"],
        "updated_at": order["updatedAt"],
        "financial_status": order["displayFinancialStatus"],
        "shop_currency": order["currencyCode"],
        "presentment_currency": order["presentmentCurrencyCode"],
        **_amounts(order, "total", "totalPriceSet"),
        **_amounts(order, "original_total", "originalTotalPriceSet"),
        **_amounts(order, "current_total", "currentTotalPriceSet"),
        **agreed(order),
        **_amounts(order, "tax", "totalTaxSet"),
        **_amounts(order, "received", "totalReceivedSet"),
        **amounts("rounded", money_bag(order["_rounded"], order["_exchange"])),
        **_amounts(order, "refunded", "totalRefundedSet"),
        **_amounts(order, "outstanding", "totalOutstandingSet"),
        **_amounts(order, "discrepancy", "refundDiscrepancySet"),
        "transactions": [
            {name: t[name] for name in ("id", "kind", "status", "gateway")} for t in order["transactions"]
        ],
        "refunds": [shown_refund(order, refund) for refund in order["refunds"]],
        "returns": [shown_return(order, back) for back in order["returns"]],
        **fulfillment_acts.shown(order),
        "tags": order["tags"],
        "metafields": {f"{m['namespace']}.{m['key']}": m["value"] for m in order["metafields"]},
        "skus": [item["sku"] for item in order["lineItems"]],
        "items": {str(number_of(item["id"])): item["sku"] or "" for item in order["lineItems"]},
        "email": order["email"],
    }  # fmt: skip


def agreed(order: Record) -> Answer:
    """What was bought in all, edits included, before anything was given back or exchanged."""
    bought = [a for a in order["agreements"] if a["reason"] in ("ORDER", "ORDER_EDIT")]
    whole = total([read_bag(sale["totalAmount"]) for each in bought for sale in each["sales"]])
    return amounts("agreed_total", money_bag(whole, order["_exchange"]))


def _amounts(order: Record, name: str, field: str) -> Answer:
    return amounts(name, order[field])
