"""What orders do to stock: units are committed where they will ship from, and leave or come back later."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from sandbox.gids import number_of
from sandbox.levels import Place
from sandbox.movements import Movement
from sandbox.shop import Shop
from sandbox.world import World

Record = dict[str, Any]


def follow(world: World, shop: Shop, order: Record, *, restock: bool = True) -> None:
    """Make the commitments of an order equal to what it still has to deliver, after whatever happened to it.

    Units let go become available again, or with `restock` off are gone, as when they left broken.
    """
    wanted = _owed(shop, order)
    held: Counter[Place] = order.setdefault("_held", Counter())
    movement = _movement(world, shop, order)
    for place in sorted({*wanted, *held}):
        level, delta = shop.stock.get(*place), wanted[place] - held[place]
        if level is None or not delta:
            continue
        movement.add(level, committed=delta, available=-delta if delta > 0 or restock else 0)
    order["_held"] = wanted
    movement.tell()


def fulfil(world: World, shop: Shop, order: Record) -> None:
    """Everything still owed leaves the house: what was committed is no longer on hand."""
    movement = _movement(world, shop, order)
    for place, units in sorted(order.get("_held", Counter()).items()):
        level = shop.stock.get(*place)
        if level is not None:
            movement.add(level, committed=-units)
    order["_held"] = Counter()
    for item in order["lineItems"]:
        item["_fulfilled"] = item["_fulfilled"] + item["unfulfilledQuantity"]
        item["unfulfilledQuantity"] = 0
    for part in order["fulfillmentOrders"]:
        part["status"] = "CLOSED"
        for line in part["lineItems"]:
            line["remainingQuantity"] = 0
    movement.tell()


def send(world: World, shop: Shop, order: Record, item: Record, units: int) -> None:
    """Units of a line leave the house: what was committed is no longer on hand."""
    movement = _movement(world, shop, order)
    held: Counter[Place] = order.setdefault("_held", Counter())
    for place, count in _places(shop, item, units):
        level = shop.stock.get(*place)
        if level is not None and held[place] >= count:
            movement.add(level, committed=-count)
            held[place] -= count
    _sent(item, units)
    movement.tell()


def unsend(world: World, shop: Shop, order: Record, item: Record, units: int) -> None:
    """They did not leave after all."""
    _sent(item, -units)
    come_back(world, shop, order, item, units)


def _sent(item: Record, units: int) -> None:
    item["_fulfilled"] += units
    item["unfulfilledQuantity"] = max(item["unfulfilledQuantity"] - units, 0)


def restock(world: World, shop: Shop, order: Record, line: int, quantity: int | None) -> None:
    """Units of a line come back after they had left."""
    item = order["lineItems"][line]
    come_back(world, shop, order, item, quantity if quantity is not None else item["_fulfilled"])


def come_back(
    world: World, shop: Shop, order: Record, item: Record, units: int, location: str | None = None
) -> None:
    """Units that had left are on the shelf again: where they left from, or at another place that now stocks them."""
    movement = _movement(world, shop, order)
    for place, count in _places(shop, item, units, location):
        level = movement.level(*place) if location else shop.stock.get(*place)
        if level is not None:
            movement.add(level, available=count)
    movement.tell()


def owed_units(item: Record) -> int:
    """Units of a line still to be sent; those paid back without being cancelled or sent are owed as before."""
    still: int = item["currentQuantity"] + item.get("_refunded_owed", 0) - item["_fulfilled"]
    return max(still, 0)


def _movement(world: World, shop: Shop, order: Record) -> Movement:
    return Movement(world=world, shop=shop, by="order", reference=order["id"])


def _owed(shop: Shop, order: Record) -> Counter[Place]:
    owed: Counter[Place] = Counter()
    if order["cancelledAt"] or order["id"] not in shop.orders:
        return owed
    for item in order["lineItems"]:
        for place, units in _places(shop, item, owed_units(item)):
            owed[place] += units
    return +owed


def _places(shop: Shop, item: Record, units: int, at: str | None = None) -> Iterator[tuple[Place, int]]:
    """Where a line's units lie; a bundle's are its parts', an untracked item has none."""
    variant = shop.variants.get(item["_variant"] or "")
    if variant is None:
        return
    parts = variant["_parts"] or {variant["sku"]: 1}
    location = shop.location_number(at or item["_location"])
    for sku, each in parts.items():
        part = shop.variant_by_sku(sku) if variant["_parts"] else variant
        if part and part["inventoryItem"]["tracked"]:
            yield (number_of(part["inventoryItem"]["id"]), location), units * each
