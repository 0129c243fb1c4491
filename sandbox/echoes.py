"""Webhooks that follow a change, whoever made it: an app's own write echoes exactly like a merchant's."""

from __future__ import annotations

from typing import Any

from sandbox import bodies, stock_bodies
from sandbox.clock import iso, now
from sandbox.gids import number_of
from sandbox.shop import Shop
from sandbox.world import World

Record = dict[str, Any]


def updated(world: World, shop: Shop, record: Record | None, event_id: str | None = None) -> None:
    if record is None:
        return
    if record["__typename"] == "Order":
        world.touch(shop, record)
        world.emit(shop, "orders/updated", bodies.order_body(record), event_id)
    elif record["__typename"] == "Customer":
        world.touch(shop, record)
        world.emit(shop, "customers/update", bodies.customer_body(record), event_id)
    elif record["__typename"] == "Product":
        product_changed(world, shop, record)


def fired(world: World, shop: Shop, order: Record, topics: list[str], event_id: str) -> None:
    """Several topics of one action carry the same event id."""
    body = bodies.order_body(order)
    for topic in topics:
        world.emit(shop, topic, body, event_id)


def products_made(world: World, shop: Shop, products: list[Record]) -> None:
    for product in products:
        world.emit(shop, "products/create", stock_bodies.product_body(shop, product))
        for item in _items(product):
            world.emit(shop, "inventory_items/create", stock_bodies.item_body(item))


def product_gone(world: World, shop: Shop, product: Record) -> None:
    """Items that another product still shares live on."""
    world.emit(shop, "products/delete", {"id": number_of(product["id"])})
    for item in _items(product):
        if item["id"] not in shop.objects:
            world.emit(shop, "inventory_items/delete", {"id": number_of(item["id"])})


def item_changed(world: World, shop: Shop, item: Record) -> None:
    at = iso(now())
    item["updatedAt"] = at
    world.emit(shop, "inventory_items/update", stock_bodies.item_body(item))
    for variant in item["variants"]:
        variant["updatedAt"] = variant["product"]["updatedAt"] = at
        world.emit(shop, "products/update", stock_bodies.product_body(shop, variant["product"]))


def product_changed(world: World, shop: Shop, product: Record) -> None:
    product["updatedAt"] = iso(now())
    world.emit(shop, "products/update", stock_bodies.product_body(shop, product))


def location_changed(world: World, shop: Shop, place: Record, what: str) -> None:
    place["updatedAt"] = iso(now())
    world.emit(shop, f"locations/{what}", stock_bodies.location_body(place))


def _items(product: Record) -> list[Record]:
    return list({v["inventoryItem"]["id"]: v["inventoryItem"] for v in product["variants"]}.values())
