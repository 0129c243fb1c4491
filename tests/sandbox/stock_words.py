"""What the tests of the simulated stock share: the documents, and verbs on a shop's levels."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

SET = """mutation Set($input: InventorySetQuantitiesInput!, $key: String!) {
  inventorySetQuantities(input: $input) @idempotent(key: $key) {
    inventoryAdjustmentGroup { id reason changes { name delta quantityAfterChange item { id } location { id } } }
    userErrors { code field message } } }"""
ADJUST = """mutation Adjust($input: InventoryAdjustQuantitiesInput!, $key: String!) {
  inventoryAdjustQuantities(input: $input) @idempotent(key: $key) { userErrors { code field } } }"""
ACTIVATE = """mutation Activate($item: ID!, $location: ID!, $available: Int, $key: String!) {
  inventoryActivate(inventoryItemId: $item, locationId: $location, available: $available) @idempotent(key: $key) {
    inventoryLevel { id isActive quantities(names: ["available"]) { quantity } } userErrors { field message } } }"""
LEVEL = """query Level($item: ID!, $location: ID!) { inventoryItem(id: $item) { id sku tracked updatedAt
  inventoryLevel(locationId: $location) { id isActive updatedAt item { id } location { id name }
    quantities(names: ["available", "committed", "on_hand", "incoming", "reserved"]) { name quantity updatedAt } } } }"""


async def levels(store: Any, **narrow: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await store.control("GET", f"/shops/{store.shop}/stock", **narrow))[
        "levels"
    ]
    return found


async def level(store: Any, sku: str = "SKU-0001", location: str = "Main warehouse") -> dict[str, Any]:
    return (await levels(store, sku=sku, location=location))[0]


def pair(found: dict[str, Any], quantity: int, **more: Any) -> dict[str, Any]:
    """One entry of a set, comparing with what is available unless told otherwise."""
    return {
        "inventoryItemId": found["item_id"],
        "locationId": f"gid://shopify/Location/{found['location_id']}",
        "quantity": quantity,
        "changeFromQuantity": found["available"],
    } | more


def wanted(*pairs: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"name": "available", "reason": "correction", "quantities": list(pairs)} | more


async def write(store: Any, *pairs: dict[str, Any], key: str | None = None, **more: Any) -> dict[str, Any]:
    """Set quantities; answers the payload."""
    answer = await store.ask(SET, input=wanted(*pairs, **more), key=key or str(uuid4()))
    payload: dict[str, Any] = answer["inventorySetQuantities"]
    return payload


async def codes(store: Any, *pairs: dict[str, Any], **more: Any) -> list[str]:
    return [error["code"] for error in (await write(store, *pairs, **more))["userErrors"]]


async def book(store: Any, **narrow: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await store.control("GET", f"/shops/{store.shop}/stock/book", **narrow))[
        "rows"
    ]
    return found
