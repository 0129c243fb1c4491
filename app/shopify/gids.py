"""Shopify's global ids, made and undone: past this package a thing is known by its bare number."""

from __future__ import annotations

from app.domain.ids import StoreKey
from app.errors import Rejected


def gid(kind: str, key: str) -> str:
    """Raises Rejected for a key that is no number of Shopify's."""
    if not (key.isascii() and key.isdigit()):
        raise Rejected("shopify.key_malformed", "That is not the number of a Shopify record.")
    return f"gid://shopify/{kind}/{key}"


def key_of(gid: str) -> StoreKey:
    """The number at the end; some ids carry a query after it."""
    return StoreKey(gid.rsplit("/", 1)[-1].split("?", 1)[0])
