"""What counts as a shop's name, and where a shop answers: every URL of Shopify is built from a name checked here."""

from __future__ import annotations

import re
from urllib.parse import quote

from app.errors import Refused

_SHOP = re.compile(r"[a-z0-9][a-z0-9-]*\.myshopify\.com", re.ASCII)
_LONGEST = 255


def shop_name(text: str) -> str:
    """The shop as we store it (`name.myshopify.com`, lower case). Raises Refused for anything else."""
    name = text.lower()
    if len(name) > _LONGEST or not text.isascii() or not _SHOP.fullmatch(name):
        raise Refused("shop.malformed", "That is not the address of a Shopify shop.")
    return name


def address(template: str, shop: str) -> str:
    """The base address of a shop; the template is `https://{shop}` but for a simulated Shopify."""
    return template.replace("{shop}", shop_name(shop)).rstrip("/")


def app_home(template: str, shop: str, client_id: str) -> str:
    """Where the merchant's browser finds this app inside the shop's admin."""
    return f"{address(template, shop)}/admin/apps/{quote(client_id, safe='')}"
