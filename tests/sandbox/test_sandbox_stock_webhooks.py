"""Webhooks of stock and catalogue: REST-shaped, for whoever made the change, subject to every fault."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.sandbox.bulk_words import SKUS, ask, ended
from tests.sandbox.stock_words import level, pair, write

TOPICS = (
    "inventory_levels/update", "inventory_levels/connect", "inventory_levels/disconnect",
    "inventory_items/create", "inventory_items/update",
    "inventory_items/delete", "products/create", "products/update", "products/delete", "locations/create",
    "locations/update", "locations/activate", "locations/deactivate", "locations/delete", "bulk_operations/finish",
)  # fmt: skip


@pytest.fixture
async def box(store: Any, inbox: Any) -> Any:
    await store.control("PUT", "/app", subscriptions=[{"topics": list(TOPICS), "uri": "/hooks"}])
    return inbox


def bodies(box: Any, topic: str) -> list[dict[str, Any]]:
    return [json.loads(raw) for headers, raw in box.taken if headers.get("x-shopify-topic") == topic]


async def settled(store: Any) -> None:
    assert (await store.control("GET", "/webhooks", wait=5))["pending"] == 0


async def test_our_own_write_echoes_with_what_is_available_now(store: Any, box: Any) -> None:
    found = await level(store)
    await write(store, pair(found, 7))
    await settled(store)
    after = await level(store)
    (body,) = bodies(box, "inventory_levels/update")
    assert body["updated_at"] is not None
    assert {name: body[name] for name in body if name != "updated_at"} == {
        "inventory_item_id": found["item"],
        "location_id": found["location_id"],
        "available": 7,
        "admin_graphql_api_id": f"gid://shopify/InventoryLevel/{found['location_id']}?inventory_item_id={found['item']}",
    }
    apart = datetime.fromisoformat(after["updated_at"]) - datetime.fromisoformat(body["updated_at"])
    assert abs(apart) < timedelta(minutes=1)


async def test_a_write_of_what_is_there_already_and_a_refused_one_say_nothing(store: Any, box: Any) -> None:
    found = await level(store)
    await write(store, pair(found, 1000))
    await write(store, pair(found, 5, changeFromQuantity=1))
    await settled(store)
    assert box.taken == []


async def test_an_order_and_a_merchant_tell_of_levels_too_once_per_action(store: Any, box: Any) -> None:
    await store.place(
        lines=[{"sku": sku, "quantity": 1, "price": "1"} for sku in ("SKU-0001", "SKU-0002", "SKU-0001")]
    )
    await store.control("PATCH", f"/shops/{store.shop}/stock", levels=[{"sku": "SKU-0003", "available": 4}])
    await settled(store)
    assert sorted(body["available"] for body in bodies(box, "inventory_levels/update")) == [4, 998, 999]


async def test_a_level_that_is_no_longer_stocked_is_told_of(store: Any, box: Any) -> None:
    for active in (False, True):
        sent = [{"sku": "SKU-0001", "active": active}]
        await store.control("PATCH", f"/shops/{store.shop}/stock", levels=sent)
        await settled(store)
    assert box.topics() == ["inventory_levels/disconnect", "inventory_levels/connect"]


async def test_faults_strike_levels_like_everything_else(store: Any, box: Any) -> None:
    await store.control("PATCH", "/faults", seed=1, webhooks_dropped=1.0)
    await write(store, pair(await level(store), 7))
    await settled(store)
    assert box.taken == []
    await store.control("PATCH", "/faults", webhooks_dropped=0.0, webhooks_doubled=1.0)
    await write(store, pair(await level(store), 8))
    await settled(store)
    ids = {headers["x-shopify-webhook-id"] for headers, _ in box.taken}
    assert (len(box.taken), len(ids)) == (2, 1)


async def test_a_muted_topic_is_not_told(store: Any, box: Any) -> None:
    await store.control("PATCH", f"/shops/{store.shop}", muted=["inventory_levels/update"])
    await write(store, pair(await level(store), 7))
    await settled(store)
    assert box.taken == []


async def test_products_and_items_come_change_and_go(store: Any, box: Any) -> None:
    product = {"title": "New", "variants": [{"sku": "NEW-1", "price": "2.00", "stock": 3}]}
    await store.control("POST", f"/shops/{store.shop}/products", products=[product])
    await settled(store)
    (made,) = bodies(box, "products/create")
    assert (made["variants"][0]["sku"], made["variants"][0]["inventory_quantity"]) == ("NEW-1", 3)
    item = made["variants"][0]["inventory_item_id"]
    assert [body["id"] for body in bodies(box, "inventory_items/create")] == [item]
    await store.control("PATCH", f"/shops/{store.shop}/variants/NEW-1", to="NEW-2")
    await settled(store)
    assert [body["sku"] for body in bodies(box, "inventory_items/update")] == ["NEW-2"]
    assert [body["variants"][0]["sku"] for body in bodies(box, "products/update")] == ["NEW-2"]
    await store.control("DELETE", f"/shops/{store.shop}/products/NEW-2")
    await settled(store)
    assert bodies(box, "products/delete") == [{"id": made["id"]}]
    assert bodies(box, "inventory_items/delete") == [{"id": item}]


async def test_locations_open_close_and_go(store: Any, box: Any) -> None:
    place = f"/shops/{store.shop}/locations/Outlet"
    await store.control("PUT", place)
    await store.control("PUT", place, active=False)
    await store.control("DELETE", place)
    await settled(store)
    told = sorted(topic for topic in box.topics() if topic.startswith("locations/"))
    assert told == ["locations/create", "locations/deactivate", "locations/delete", "locations/update"]
    assert bodies(box, "locations/deactivate")[0]["active"] is False


async def test_the_end_of_a_bulk_operation_is_told(store: Any, box: Any) -> None:
    gid = (await ask(store, SKUS))["bulkOperation"]["id"]
    await ended(store, gid)
    await settled(store)
    (body,) = bodies(box, "bulk_operations/finish")
    assert (body["admin_graphql_api_id"], body["status"], body["type"]) == (gid, "completed", "query")
    assert body["error_code"] is None
