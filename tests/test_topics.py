"""What Shopify is told in `shopify.app.toml` and what the code does are the same."""

from __future__ import annotations

import tomllib
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from starlette.routing import Match

from app.settings import API_VERSION, SCOPES
from app.shopify import privacy
from app.shopify.hints import TOPICS
from app.shopify.install import APP_TOPICS
from app.shopify.stock_news import STOCK_TOPICS
from app.shopify.webhooks import Webhooks, routes
from tests.shopify.fakes import Box

TOLD: dict[str, Any] = tomllib.loads((Path(__file__).resolve().parents[1] / "shopify.app.toml").read_text())
SUBSCRIPTIONS: list[dict[str, Any]] = TOLD["webhooks"]["subscriptions"]


def told(kind: str) -> Counter[str]:
    return Counter(topic for entry in SUBSCRIPTIONS for topic in entry.get(kind, ()))


def test_we_subscribe_to_what_we_follow_and_to_nothing_else() -> None:
    assert told("topics") == Counter([*TOPICS, *STOCK_TOPICS, *APP_TOPICS])
    assert told("compliance_topics") == Counter(privacy.TOPICS)


def test_version_and_scopes_are_the_codes() -> None:
    assert TOLD["webhooks"]["api_version"] == API_VERSION
    assert TOLD["access_scopes"]["scopes"] == SCOPES
    assert not TOLD["access_scopes"].get("use_legacy_install_flow", False)
    assert not set(TOLD["access_scopes"]["optional_scopes"]) & set(SCOPES.split(","))


@pytest.mark.parametrize("entry", SUBSCRIPTIONS, ids=lambda entry: str(entry["uri"]))
def test_every_subscription_arrives_at_the_door(entry: dict[str, Any]) -> None:
    (route,) = routes(Webhooks(secrets=(), intake=Box(), most_bytes=1))
    match, _ = route.matches({"type": "http", "method": "POST", "path": entry["uri"]})
    assert match is Match.FULL


def test_an_order_event_carries_what_a_hint_is_made_of_and_of_people_only_what_can_still_change() -> None:
    (orders,) = [entry for entry in SUBSCRIPTIONS if entry.get("name") == "orders"]
    fields = set(orders["include_fields"])
    assert {
        "id",
        "updated_at",
        "financial_status",
        "line_items.current_quantity",
        "shipping_address",
        "refunds.id",
        "fulfillments.id",
        "fulfillments.updated_at",
    } <= fields
    assert not fields & {"customer", "billing_address", "client_details", "payment_details", "tags", "phone"}


def test_the_app_is_embedded_and_comes_back_to_its_own_address() -> None:
    assert TOLD["embedded"] is True
    assert TOLD["auth"]["redirect_urls"] == [f"{TOLD['application_url']}/auth/callback"]
    assert len(TOLD["name"]) <= 30
