"""Webhooks: signed over raw bytes, trimmed to include_fields, retried under one id, and every way to go wrong."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
from pathlib import Path
from typing import Any

from sandbox.subscriptions import from_toml, trimmed


def signed(body: bytes, secret: str) -> str:
    return base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()


async def quiet(store: Any) -> dict[str, Any]:
    found: dict[str, Any] = await store.control("GET", "/webhooks", wait=10)
    assert found["pending"] == 0
    return found


async def test_a_new_order_fires_its_topics_signed_over_the_raw_body(store: Any, inbox: Any) -> None:
    order = await store.place()
    await inbox.until(3)
    assert sorted(inbox.topics()) == ["orders/create", "orders/paid", "orders/updated"]
    headers, body = inbox.taken[0]
    assert headers["x-shopify-hmac-sha256"] == signed(body, store.world.app.client_secret)
    assert headers["x-shopify-shop-domain"] == store.shop
    assert headers["x-shopify-api-version"] == "2026-10"
    sent = json.loads(body)
    assert sent["admin_graphql_api_id"] == order["id"]
    assert (sent["id"], sent["total_price"]) == (int(order["legacy_id"]), "23.80")
    assert sent["line_items"][0]["sku"] == "SKU-0001"
    assert len({headers["x-shopify-event-id"] for headers, _ in inbox.taken}) == 1
    assert len({headers["x-shopify-webhook-id"] for headers, _ in inbox.taken}) == 3


async def test_the_newer_header_family_and_both_in_turn(store: Any, inbox: Any) -> None:
    await store.control("PUT", "/app", header_family="alternate")
    await store.place()
    await inbox.until(3)
    families = [
        next(name for name in headers if name.endswith("shopify-topic")) for headers, _ in inbox.taken
    ]
    assert set(families) == {"x-shopify-topic", "shopify-topic"}
    headers, body = next(t for t in inbox.taken if "shopify-topic" in t[0])
    assert headers["shopify-hmac-sha256"] == signed(body, store.world.app.client_secret)


async def test_while_a_secret_is_rotated_the_old_one_may_still_sign(store: Any, inbox: Any) -> None:
    old = store.world.app.client_secret
    new = "the-next-secret-that-is-long-enough"
    await store.control("PUT", "/app", client_secret=new, previous_secret=old, sign_with_previous=True)
    await store.place()
    await inbox.until(1)
    headers, body = inbox.taken[0]
    assert headers["x-shopify-hmac-sha256"] == signed(body, old)


async def test_a_refused_delivery_comes_again_under_its_id(store: Any, inbox: Any) -> None:
    inbox.status = 503
    await store.place()
    await inbox.until(5)
    inbox.status = 200
    found = await quiet(store)
    ids = [headers["x-shopify-webhook-id"] for headers, _ in inbox.taken]
    assert len(set(ids)) == 3
    assert len(ids) > 3
    assert found["counts"]["delivered"] == 3
    assert len({body for headers, body in inbox.taken if headers["x-shopify-webhook-id"] == ids[0]}) == 1


async def test_dropped_ones_never_arrive_and_doubled_ones_arrive_twice_under_one_id(
    store: Any, inbox: Any
) -> None:
    await store.control("PATCH", "/faults", webhooks_dropped=1)
    await store.place()
    assert (await quiet(store))["counts"]["dropped"] == 3
    assert inbox.taken == []
    await store.control("PATCH", "/faults", webhooks_dropped=0, webhooks_doubled=1)
    await store.place()
    await inbox.until(6)
    ids = [headers["x-shopify-webhook-id"] for headers, _ in inbox.taken]
    assert sorted(ids.count(one) for one in set(ids)) == [2, 2, 2]


async def test_reordered_ones_are_overtaken(store: Any, inbox: Any) -> None:
    await store.control("PATCH", "/faults", webhooks_reordered=1)
    first = await store.place()
    await store.control("PATCH", "/faults", webhooks_reordered=0)
    second = await store.place()
    await inbox.until(6)
    orders = [json.loads(body)["admin_graphql_api_id"] for _, body in inbox.taken]
    assert orders[:3] == [second["id"]] * 3
    assert orders[3:] == [first["id"]] * 3


async def test_an_outage_holds_everything_back(store: Any, inbox: Any) -> None:
    await store.control("PATCH", "/webhooks", paused=True)
    await store.place()
    await asyncio.sleep(0.1)
    assert inbox.taken == []
    assert (await store.control("GET", "/webhooks"))["pending"] == 3
    await store.control("PATCH", "/webhooks", paused=False)
    await inbox.until(3)


async def test_only_the_fields_asked_for_are_sent(store: Any, inbox: Any) -> None:
    wanted = ["id", "updated_at", "line_items.sku", "customer.id", "nothing.there"]
    entry = {"topic": "orders/create", "uri": "/hooks", "include_fields": wanted, "name": "orders"}
    await store.control("PUT", "/app", subscriptions=[entry])
    await store.place(customer={"email": "a@example.com", "firstName": "A"})
    await inbox.until(1)
    headers, body = inbox.taken[0]
    sent = json.loads(body)
    assert set(sent) == {"id", "updated_at", "line_items", "customer"}
    assert sent["line_items"] == [{"sku": "SKU-0001"}]
    assert set(sent["customer"]) == {"id"}
    assert headers["x-shopify-name"] == "orders"


def test_trimming_keeps_whole_branches_and_goes_through_lists() -> None:
    body = {"a": {"b": 1, "c": [{"d": 2, "e": 3}]}, "f": None}
    assert trimmed(body, ["a.c.d", "f"]) == {"a": {"c": [{"d": 2}]}, "f": None}
    assert trimmed(body, ["a"]) == {"a": body["a"]}


def test_the_subscriptions_come_from_the_apps_own_file() -> None:
    declared = from_toml(Path(__file__).resolve().parents[2] / "shopify.app.toml")
    topics = {entry.topic for entry in declared.subscriptions}
    assert {"orders/create", "orders/delete", "app/uninstalled", "customers/redact", "shop/redact"} <= topics
    assert declared.scopes is not None
    assert "read_orders" in declared.scopes


async def test_an_apps_own_write_echoes_like_a_merchants(store: Any, inbox: Any) -> None:
    order = await store.place()
    await inbox.until(3)
    field = {
        "ownerId": order["id"],
        "namespace": "$app:erp",
        "key": "document",
        "type": "json",
        "value": "{}",
    }
    await store.ask(
        "mutation M($m: [MetafieldsSetInput!]!) { metafieldsSet(metafields: $m) { userErrors { code } } }",
        m=[field],
    )
    await inbox.until(4)
    tag = "mutation T($id: ID!, $t: [String!]!) { tagsAdd(id: $id, tags: $t) { userErrors { message } } }"
    await store.ask(tag, id=order["id"], t=["erp"])
    await inbox.until(5)
    await store.ask(tag, id=order["id"], t=["erp"])
    await quiet(store)
    assert inbox.topics()[3:] == ["orders/updated", "orders/updated"]
    assert json.loads(inbox.taken[4][1])["tags"] == "erp"


async def test_later_acts_fire_their_topics(store: Any, inbox: Any) -> None:
    order = await store.place()
    await inbox.until(3)
    await store.act(order, "edit", line=0, quantity=3)
    await inbox.until(5)
    await store.act(order, "delete")
    await inbox.until(6)
    assert sorted(inbox.topics()[3:]) == ["orders/delete", "orders/edited", "orders/updated"]
    edited = next(
        json.loads(body) for headers, body in inbox.taken if headers["x-shopify-topic"] == "orders/edited"
    )
    assert edited["order_edit"]["order_id"] == int(order["legacy_id"])
    assert edited["order_edit"]["line_items"]["additions"][0]["delta"] == 1


async def test_what_the_app_may_not_see_is_missing_from_the_body_too(store: Any, inbox: Any) -> None:
    await store.control("PATCH", f"/shops/{store.shop}", withheld=["email", "name"])
    order = await store.place(customer={"email": "a@example.com", "firstName": "Ada", "lastName": "L"})
    await inbox.until(1)
    sent = json.loads(inbox.taken[0][1])
    assert b"a@example.com" not in inbox.taken[0][1]
    assert b"Ada" not in inbox.taken[0][1]
    assert sent["name"] == order["name"]
    assert sent["line_items"][0]["name"]


async def test_uninstalling_fires_once_and_then_nothing_more(store: Any, inbox: Any) -> None:
    await store.control("POST", f"/shops/{store.shop}/uninstall")
    await store.place()
    await quiet(store)
    assert inbox.topics() == ["app/uninstalled"]


async def test_privacy_topics_reach_an_app_that_is_gone(store: Any, inbox: Any) -> None:
    entry = {"compliance_topics": ["customers/redact", "shop/redact"], "uri": "/hooks"}
    await store.control("PUT", "/app", subscriptions=[entry])
    order = await store.place(customer={"email": "a@example.com"})
    gid = next(iter(store.world.shops[store.shop].customers))
    await store.control("POST", f"/shops/{store.shop}/uninstall")
    await store.control("POST", f"/shops/{store.shop}/compliance", topic="customers/redact", customer=gid)
    await store.control("POST", f"/shops/{store.shop}/compliance", topic="shop/redact")
    await inbox.until(2)
    redact = json.loads(inbox.taken[0][1])
    assert redact["orders_to_redact"] == [int(order["legacy_id"])]
    assert redact["customer"]["email"] == "a@example.com"
    assert set(json.loads(inbox.taken[1][1])) == {"shop_id", "shop_domain"}


async def test_a_hand_made_delivery_is_sent_as_it_is(store: Any, inbox: Any) -> None:
    sent = {
        "shop": store.shop,
        "uri": "/hooks",
        "raw": "{not json",
        "headers": {"X-Shopify-Topic": "orders/create"},
    }
    await store.control("POST", "/webhooks", **sent, times=2)
    await inbox.until(2)
    headers, body = inbox.taken[0]
    assert body == b"{not json"
    assert "x-shopify-hmac-sha256" not in headers
    await store.control("POST", "/webhooks", shop=store.shop, uri="/hooks", body={"id": 1}, id="same-id")
    await inbox.until(3)
    headers, body = inbox.taken[2]
    assert headers["x-shopify-webhook-id"] == "same-id"
    assert headers["x-shopify-hmac-sha256"] == signed(body, store.world.app.client_secret)
