"""Control verbs for products: look at them as they are, and change them as a person in the admin does."""

from __future__ import annotations

from typing import Any

from sandbox import catalogue, echoes
from sandbox.clock import iso, now
from sandbox.control_shops import ControlError
from sandbox.gids import number_of
from sandbox.shop import Shop
from sandbox.world import World

Answer = dict[str, Any]
Record = dict[str, Any]
_FIELDS = {
    "title": "title",
    "category": "productType",
    "description": "descriptionHtml",
    "tags": "tags",
    "status": "status",
}


def shown(world: World, shop: Shop, wanted: Answer) -> Answer:
    """All of them, oldest first; `after` and `limit` cut a page."""
    everything = list(shop.products.values())
    after = int(wanted.get("after", 0))
    until = min(len(everything), after + int(wanted.get("limit", 10_000)))
    rows = [_row(product) for product in everything[after:until]]
    return {"products": rows, "next": until if until < len(everything) else None}


def _row(product: Record) -> Answer:
    return {
        "legacy_id": number_of(product["id"]),
        "title": product["title"],
        "description": product["descriptionHtml"],
        "category": product["productType"],
        "tags": product["tags"],
        "status": product["status"],
        "key": next((m["value"] for m in product.get("metafields", ()) if m["type"] == "id"), None),
        "variants": [_variant(variant) for variant in product["variants"]],
    }


def _variant(variant: Record) -> Answer:
    item = variant["inventoryItem"]
    weight = item.get("_weight")
    return {
        "sku": variant["sku"],
        "barcode": variant["barcode"],
        "price": variant["price"],
        "cost": item["unitCost"] and item["unitCost"]["amount"],
        "weight": weight and weight["value"],
        "options": [chosen["value"] for chosen in variant["selectedOptions"]],
        "tracked": item["tracked"],
    }


def change(world: World, shop: Shop, wanted: Answer) -> Answer:
    """`product` is its number; `variants` are added beside those that stand there."""
    product = shop.products.get(f"gid://shopify/Product/{wanted['product']}")
    if product is None:
        raise ControlError(f"no such product: {wanted['product']}")
    for name, field in _FIELDS.items():
        if name in wanted:
            product[field] = wanted[name]
    for described in wanted.get("variants") or ():
        variant = catalogue.variant(
            product, described, len(product["variants"]) + 1, minter=world.minter, at=iso(now()), currency=shop.currency
        )  # fmt: skip
        variant["selectedOptions"] = [
            {**chosen, "value": described["sku"]} for chosen in product["variants"][0]["selectedOptions"]
        ]
        product["variants"].append(variant)
        shop.take_in(variant)
    echoes.product_changed(world, shop, product)
    return _row(product)
