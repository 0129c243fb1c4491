"""Webhook bodies shaped like orders/create, about 15 KB each, and Shopify's signature over their bytes."""

from __future__ import annotations

import hashlib
import hmac
import random
from base64 import b64encode
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import orjson

SIZE = 15_200
_CITIES = ("Toronto", "Berlin", "Lyon", "Oslo", "Porto", "Leeds", "Graz", "Turku")
_WORDS = ("linen", "cotton", "oak", "steel", "red", "blue", "large", "small", "set", "lamp", "chair", "bowl")
_BEGAN = datetime(2026, 10, 1, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class Signed:
    """A body and the base64 signature that goes with it; the id of a delivery is a header and not signed."""

    body: bytes
    signature: str


def signed_orders(count: int, *, secret: str, seed: int) -> list[Signed]:
    chance = random.Random(seed)
    bodies = [_order(chance) for _ in range(count)]
    return [Signed(body=body, signature=sign(secret, body)) for body in bodies]


def sign(secret: str, body: bytes) -> str:
    return b64encode(hmac.digest(secret.encode(), body, hashlib.sha256)).decode()


def _order(chance: random.Random) -> bytes:
    at = (_BEGAN + timedelta(seconds=chance.randrange(3_000_000))).isoformat()
    number = chance.randrange(10**12, 10**13)
    order: dict[str, object] = {
        "id": number,
        "admin_graphql_api_id": f"gid://shopify/Order/{number}",
        "confirmed": True,
        "created_at": at,
        "updated_at": at,
        "processed_at": at,
        "currency": "EUR",
        "presentment_currency": "EUR",
        "email": f"buyer{number}@example.com",
        "financial_status": "paid",
        "fulfillment_status": None,
        "name": f"#{number % 100_000}",
        "order_number": number % 100_000,
        "token": f"{chance.getrandbits(128):032x}",
        "source_name": "web",
        "tags": "",
        "taxes_included": True,
        "test": False,
        "total_price": _amount(chance),
        "total_price_set": _money(chance),
        "subtotal_price_set": _money(chance),
        "total_tax_set": _money(chance),
        "total_discounts_set": _money(chance),
        "total_shipping_price_set": _money(chance),
        "billing_address": _address(chance),
        "shipping_address": _address(chance),
        "customer": _customer(chance),
        "discount_codes": [{"code": "WELCOME", "amount": "5.00", "type": "fixed_amount"}],
        "shipping_lines": [_shipping(chance)],
        "line_items": [],
    }
    lines: list[dict[str, object]] = []
    order["line_items"] = lines
    while len(orjson.dumps(order)) < SIZE - 1_700:
        lines.append(_line(chance))
    order["note"] = " ".join(chance.choices(_WORDS, k=400))[: SIZE - len(orjson.dumps(order)) - 10]
    return orjson.dumps(order)


def _line(chance: random.Random) -> dict[str, object]:
    number = chance.randrange(10**13, 10**14)
    return {
        "id": number,
        "admin_graphql_api_id": f"gid://shopify/LineItem/{number}",
        "current_quantity": 1,
        "fulfillable_quantity": 1,
        "fulfillment_service": "manual",
        "fulfillment_status": None,
        "gift_card": False,
        "grams": chance.randrange(5_000),
        "name": " ".join(chance.choices(_WORDS, k=4)),
        "price": _amount(chance),
        "price_set": _money(chance),
        "product_exists": True,
        "product_id": chance.randrange(10**12, 10**13),
        "properties": [],
        "quantity": chance.randrange(1, 5),
        "requires_shipping": True,
        "sku": f"SKU-{chance.randrange(10**6):06d}",
        "taxable": True,
        "title": " ".join(chance.choices(_WORDS, k=3)),
        "total_discount_set": _money(chance),
        "variant_id": chance.randrange(10**13, 10**14),
        "vendor": "Example",
        "tax_lines": [{"price_set": _money(chance), "rate": 0.19, "title": "VAT", "channel_liable": False}],
        "discount_allocations": [{"amount_set": _money(chance), "discount_application_index": 0}],
    }


def _customer(chance: random.Random) -> dict[str, object]:
    return {
        "id": chance.randrange(10**12, 10**13),
        "email": f"buyer{chance.randrange(10**9)}@example.com",
        "first_name": "Alex",
        "last_name": f"Example {chance.randrange(10**6)}",
        "state": "enabled",
        "tags": "",
        "currency": "EUR",
        "default_address": _address(chance),
    }


def _shipping(chance: random.Random) -> dict[str, object]:
    return {
        "id": chance.randrange(10**12, 10**13),
        "code": "Standard",
        "title": "Standard",
        "price_set": _money(chance),
        "discounted_price_set": _money(chance),
        "tax_lines": [{"price_set": _money(chance), "rate": 0.19, "title": "VAT"}],
    }


def _address(chance: random.Random) -> dict[str, object]:
    return {
        "first_name": "Alex",
        "last_name": f"Example {chance.randrange(10**6)}",
        "address1": f"{chance.randrange(1, 300)} Example Street",
        "address2": None,
        "city": chance.choice(_CITIES),
        "zip": f"{chance.randrange(10**5):05d}",
        "country_code": "DE",
        "phone": f"+49{chance.randrange(10**9):09d}",
        "latitude": round(chance.uniform(40, 60), 6),
        "longitude": round(chance.uniform(-5, 25), 6),
    }


def _money(chance: random.Random) -> dict[str, object]:
    amount = _amount(chance)
    each = {"amount": amount, "currency_code": "EUR"}
    return {"shop_money": each, "presentment_money": dict(each)}


def _amount(chance: random.Random) -> str:
    return f"{chance.randrange(100, 50_000) / 100:.2f}"
