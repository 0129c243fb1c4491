"""Webhooks that follow a change, whoever made it: an app's own write echoes exactly like a merchant's."""

from __future__ import annotations

from typing import Any

from sandbox import bodies
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


def fired(world: World, shop: Shop, order: Record, topics: list[str], event_id: str) -> None:
    """Several topics of one action carry the same event id."""
    body = bodies.order_body(order)
    for topic in topics:
        world.emit(shop, topic, body, event_id)
