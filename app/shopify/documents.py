"""The GraphQL documents we send: one operation per file of `queries/`, read once, named after the file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from app.errors import Bug

COSTS: Mapping[str, int] = {
    "bulk_ask": 10,
    "bulk_list": 9,
    "bulk_look": 1,
    "bulk_upload": 12,
    "bulk_write": 10,
    "fulfillment": 39,
    "fulfillment_cancel": 10,
    "fulfillment_create": 10,
    "fulfillment_state": 299,
    "fulfillment_track": 10,
    "customer": 13,
    "customer_address_add": 10,
    "customer_address_change": 10,
    "customer_change": 10,
    "customer_create": 10,
    "customer_find": 26,
    "customers_changed": 13,
    "granted_scopes": 2,
    "mark_define": 10,
    "markets": 191,
    "marks_read": 50,
    "marks_set": 10,
    "order": 276,
    "order_lines": 80,
    "order_story": 299,
    "orders_changed": 13,
    "orders_created": 13,
    "price_fix": 11,
    "price_fixed": 25,
    "price_lists": 14,
    "price_seen": 25,
    "price_set": 10,
    "price_variants": 24,
    "product_create": 10,
    "product_defined": 1,
    "product_find": 73,
    "product_named": 16,
    "product_tags": 10,
    "product_update": 10,
    "product_variants": 69,
    "refund": 161,
    "refund_lines": 84,
    "return_disposed": 155,
    "shop": 1,
    "stock_items": 167,
    "stock_levels": 75,
    "stock_locations": 13,
    "stock_set": 10,
    "variants_create": 10,
    "variants_update": 10,
}
"""What Shopify will ask for each, as its pricing was fitted: a first guess for the limiter, which learns the truth."""


@dataclass(frozen=True, kw_only=True)
class Document:
    """`writes`: a mutation, whose lost answer leaves open whether it happened."""

    name: str
    text: str
    writes: bool


@cache
def documents() -> Mapping[str, Document]:
    """Every document by name. The files are part of the package and never change while we run."""
    found = sorted(files("app.shopify").joinpath("queries").iterdir(), key=lambda file: file.name)
    texts = {f.name.removesuffix(".graphql"): f.read_text() for f in found if f.name.endswith(".graphql")}
    return {n: Document(name=n, text=t, writes=_operation(t) == "mutation") for n, t in texts.items()}


def document(name: str) -> Document:
    known = documents().get(name)
    if known is None:
        raise Bug("shopify.no_document", f"There is no GraphQL document called {name}.")
    return known


def _operation(text: str) -> str:
    lines = (line.split() for line in text.splitlines() if not line.lstrip().startswith("#"))
    return next((words[0] for words in lines if words), "")
