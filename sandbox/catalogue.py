"""Products, variants and locations of a simulated shop."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sandbox.gids import Minter, number_of
from sandbox.money import money

Record = dict[str, Any]


def location(name: str, minter: Minter, at: str, country: str = "DE") -> Record:
    gid = minter.gid("Location")
    return {
        "__typename": "Location",
        "id": gid,
        "legacyResourceId": str(number_of(gid)),
        "name": name,
        "isActive": True,
        "isPrimary": False,
        "activatable": False,
        "deactivatable": True,
        "deletable": False,
        "deactivatedAt": None,
        "fulfillsOnlineOrders": True,
        "shipsInventory": True,
        "hasActiveInventory": True,
        "hasUnfulfilledOrders": False,
        "isFulfillmentService": False,
        "fulfillmentService": None,
        "addressVerified": True,
        "address": {
            "__typename": "LocationAddress",
            "address1": "Hafenstrasse 1", "address2": None, "city": "Hamburg", "zip": "20457",
            "country": "Germany", "countryCode": country, "province": None, "provinceCode": None,
            "phone": None, "latitude": None, "longitude": None,
            "formatted": ["Hafenstrasse 1", "20457 Hamburg"],
        },
        "createdAt": at,
        "updatedAt": at,
    }  # fmt: skip


def product(described: Mapping[str, Any], minter: Minter, at: str, currency: str) -> Record:
    """A product with its variants; `described` has title, vendor and variants (sku, title, price, barcode)."""
    gid = minter.gid("Product")
    variants: Sequence[Mapping[str, Any]] = described["variants"]
    record: Record = {
        "__typename": "Product",
        "id": gid,
        "legacyResourceId": str(number_of(gid)),
        "title": described["title"],
        "handle": described["title"].lower().replace(" ", "-"),
        "vendor": described.get("vendor", "Stockbridge Goods"),
        "productType": described.get("type", ""),
        "status": "ACTIVE",
        "tags": [],
        "descriptionHtml": "",
        "isGiftCard": bool(described.get("gift_card", False)),
        "hasOnlyDefaultVariant": len(variants) == 1,
        "tracksInventory": True,
        "variantsCount": {"__typename": "Count", "count": len(variants), "precision": "EXACT"},
        "createdAt": at,
        "updatedAt": at,
        "publishedAt": at,
    }
    record["variants"] = [
        variant(record, v, i, minter=minter, at=at, currency=currency) for i, v in enumerate(variants, 1)
    ]
    return record


def variant(
    owner: Record, described: Mapping[str, Any], position: int, *, minter: Minter, at: str, currency: str
) -> Record:
    gid = minter.gid("ProductVariant")
    title = described.get("title", "Default Title")
    parts = described.get("components")
    made: Record = {
        "__typename": "ProductVariant",
        "id": gid,
        "legacyResourceId": str(number_of(gid)),
        "product": owner,
        "sku": described["sku"],
        "title": title,
        "displayName": f"{owner['title']} - {title}",
        "price": str(described["price"]),
        "compareAtPrice": described.get("compareAtPrice"),
        "barcode": described.get("barcode"),
        "taxable": not owner["isGiftCard"],
        "availableForSale": True,
        "inventoryPolicy": "DENY",
        "position": position,
        "requiresComponents": bool(parts),
        # What a bundle is made of: SKU and how many of it.
        "_parts": {part["sku"]: int(part.get("quantity", 1)) for part in parts or ()},
        "selectedOptions": [{"__typename": "SelectedOption", "name": "Title", "value": title}],
        "createdAt": at,
        "updatedAt": at,
    }
    made["inventoryItem"] = _inventory_item(made, described, minter, at, currency)
    return made


def _inventory_item(
    variant: Record, described: Mapping[str, Any], minter: Minter, at: str, currency: str
) -> Record:
    gid = minter.gid("InventoryItem")
    cost = described.get("cost")
    return {
        "__typename": "InventoryItem",
        "id": gid,
        "legacyResourceId": str(number_of(gid)),
        "sku": variant["sku"],
        "tracked": bool(described.get("tracked", not variant["product"]["isGiftCard"])),
        "requiresShipping": not variant["product"]["isGiftCard"],
        "unitCost": None if cost is None else money(cost, currency),
        "countryCodeOfOrigin": described.get("origin"),
        "harmonizedSystemCode": described.get("hs"),
        "provinceCodeOfOrigin": None,
        "variant": variant,
        "variants": [variant],
        "createdAt": at,
        "updatedAt": at,
    }
