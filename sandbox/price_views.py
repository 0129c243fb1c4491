"""Price lists of markets and business customers, and the fixed prices on them."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sandbox.gids import Minter, number_of
from sandbox.money import money
from sandbox.paging import page, refused
from sandbox.search_query import compiled
from sandbox.shop import Shop

if TYPE_CHECKING:
    from sandbox.resolve import Request

Record = dict[str, Any]


def made(
    shop: Shop, minter: Minter, *, name: str, currency: str, kind: str = "CompanyLocationCatalog"
) -> Record:
    """A catalog with a price list of its own."""
    gid = minter.gid("PriceList")
    found: Record = {
        "__typename": "PriceList",
        "id": gid,
        "name": name,
        "currency": currency,
        "parent": None,
        "_fixed": {},
    }
    catalog = {
        "__typename": kind,
        "id": minter.gid(kind),
        "title": name,
        "status": "ACTIVE",
        "operations": [],
        "publication": None,
        "priceList": found,
    }
    found["catalog"] = catalog
    shop.price_lists[gid] = shop.objects[gid] = found
    shop.catalogs[catalog["id"]] = shop.objects[catalog["id"]] = catalog
    return found


def fixed(found: Record, variant: Record, amounts: Record) -> Record:
    was = amounts["compareAtPrice"]
    return {
        "__typename": "PriceListPrice",
        "originType": "FIXED",
        "price": money(Decimal(amounts["price"]), found["currency"]),
        "compareAtPrice": None if was is None else money(Decimal(was), found["currency"]),
        "variant": variant,
    }


def prices(
    request: Request, found: Record, originType: str | None = None, query: str | None = None, **arguments: Any
) -> Record:
    if originType != "FIXED":
        raise refused("PriceList.prices without originType: FIXED is not simulated", "NOT_SIMULATED")
    filters = {
        "variant_id": lambda entry: number_of(entry["variant"]["id"]),
        "product_id": lambda entry: number_of(entry["variant"]["product"]["id"]),
    }
    test = compiled(query, filters)
    variants = request.shop.variants
    chosen = [
        fixed(found, variants[gid], found["_fixed"][gid])
        for gid in sorted(found["_fixed"], key=number_of)
        if gid in variants and test({"variant": variants[gid]})
    ]
    return page(
        chosen, arguments, kind="PriceListPrice", key=lambda row: f"{number_of(row['variant']['id']):016d}"
    )


def count(request: Request, found: Record) -> int:
    return len(found["_fixed"])
