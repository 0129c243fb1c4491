"""Control verbs for prices: look, change as a person does, spoil a variant, open a price list, and read the book."""

from __future__ import annotations

from typing import Any

from sandbox import echoes, price_views, price_writes
from sandbox.control_shops import ControlError
from sandbox.gids import number_of
from sandbox.shop import Shop
from sandbox.world import World

Answer = dict[str, Any]
Record = dict[str, Any]
_MOST = 100_000


def shown(world: World, shop: Shop, wanted: Answer) -> Answer:
    """Every variant's prices, in pages by `after` and `limit`; those of a price list by its number, with `list`."""
    variants, after = list(shop.variants.values()), int(wanted.get("after", 0))
    until = min(len(variants), after + int(wanted.get("limit", _MOST)))
    found = _list(shop, wanted["list"]) if wanted.get("list") else None
    rows = [_row(variant, found) for variant in variants[after:until]]
    return {"prices": [row for row in rows if row], "next": until if until < len(variants) else None}


def _row(variant: Record, found: Record | None) -> Answer | None:
    amounts = variant if found is None else found["_fixed"].get(variant["id"])
    if amounts is None:
        return None
    return {
        "sku": variant["sku"],
        "variant": number_of(variant["id"]),
        "price": amounts["price"],
        "was": amounts["compareAtPrice"],
    }


def change(world: World, shop: Shop, wanted: Answer) -> Answer:
    """A person in the admin: `prices` is a list of sku with `price` and `was` (null ends a sale), on a `list` or none."""
    touched: dict[str, Record] = {}
    for entry in wanted["prices"]:
        amounts = {
            name: entry[own] for own, name in (("price", "price"), ("was", "compareAtPrice")) if own in entry
        }
        for variant in _variants(shop, entry["sku"]):
            if entry.get("list"):
                _fix(shop, _list(shop, entry["list"]), variant, amounts)
            else:
                price_writes.change(shop, variant, amounts, by="merchant")
                touched[variant["product"]["id"]] = variant["product"]
    for product in touched.values():
        echoes.product_changed(world, shop, product)
    return {"changed": len(wanted["prices"])}


def _fix(shop: Shop, found: Record, variant: Record, amounts: Record) -> None:
    wanted = {
        name: {"amount": amount, "currencyCode": found["currency"]}
        for name, amount in amounts.items()
        if amount is not None
    }
    price_writes.fix(shop, found, {"variantId": variant["id"], **wanted}, by="merchant")


def poison(world: World, shop: Shop, wanted: Answer) -> Answer:
    """Variants whose price is always refused; `cured` ends it."""
    for sku in wanted["skus"]:
        for variant in _variants(shop, sku):
            (shop.bad_prices.discard if wanted.get("cured") else shop.bad_prices.add)(variant["id"])
    return {"poisoned": len(shop.bad_prices)}


def open_list(world: World, shop: Shop, wanted: Answer) -> Answer:
    """A catalog of business customers with a price list in a `currency`; answers with the list's number."""
    found = price_views.made(
        shop, world.minter, name=str(wanted["name"]), currency=str(wanted.get("currency", shop.currency))
    )
    return {"list": str(number_of(found["id"])), "id": found["id"]}


def book(world: World, shop: Shop, wanted: Answer) -> Answer:
    """Every change of every price, from `after` on."""
    after, limit = int(wanted.get("after", 0)), min(int(wanted.get("limit", 10_000)), _MOST)
    rows = shop.price_book[after : after + limit]
    return {"rows": rows, "next": after + len(rows), "total": len(shop.price_book)}


def _variants(shop: Shop, sku: str) -> list[Record]:
    found = [variant for variant in shop.variants.values() if variant["sku"] == sku]
    if not found:
        raise ControlError(f"no such SKU: {sku}")
    return found


def _list(shop: Shop, number: str) -> Record:
    for gid, found in shop.price_lists.items():
        if str(number_of(gid)) == str(number):
            return found
    raise ControlError(f"no such price list: {number}")
