"""Inventory levels, items and locations as the Admin API shows and lists them; pages are found without a scan."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sandbox.clock import parsed
from sandbox.gids import kind_of, number_of
from sandbox.levels import NAMES, Level
from sandbox.paging import cursor, cursor_text, page, page_size, refused
from sandbox.search_query import compiled
from sandbox.shop import Shop

if TYPE_CHECKING:
    from sandbox.resolve import Request

Record = dict[str, Any]
_LEVEL_FILTERS: dict[str, Callable[[Any], Any]] = {
    "id": lambda level: level.location,
    "inventory_item_id": lambda level: level.item,
    "created_at": lambda level: parsed(level.created_at),
    "updated_at": lambda level: parsed(level.updated_at),
}


def level_gid(level: Level) -> str:
    return f"gid://shopify/InventoryLevel/{level.location}?inventory_item_id={level.item}"


def find_level(shop: Shop, gid: str) -> Level | None:
    """The level an id names: the location's number, and the item's behind it."""
    if kind_of(gid) != "InventoryLevel" or "?inventory_item_id=" not in gid:
        return None
    item = gid.rsplit("=", 1)[1]
    return shop.stock.get(int(item), number_of(gid)) if item.isdigit() else None


def shown(shop: Shop, level: Level | None) -> Record | None:
    if level is None:
        return None
    return {
        "__typename": "InventoryLevel",
        "id": level_gid(level),
        "isActive": level.active,
        "canDeactivate": level.committed == 0,
        "deactivationAlert": None,
        "item": shop.objects[f"gid://shopify/InventoryItem/{level.item}"],
        "location": shop.objects[f"gid://shopify/Location/{level.location}"],
        "createdAt": level.created_at,
        "updatedAt": level.updated_at,
        "_level": level,
    }


def quantities(request: Request, source: Record, names: list[str]) -> list[Record]:
    level: Level = source["_level"]
    unknown = [name for name in names if name not in NAMES]
    if unknown:
        raise refused(f"{unknown[0]} is not a quantity name.", "INVALID_FIELD_ARGUMENTS")
    return [
        {
            "__typename": "InventoryQuantity",
            "id": f"gid://shopify/InventoryQuantity/{level.location}?inventory_item_id={level.item}&name={name}",
            "name": name,
            "quantity": level.quantity(name),
            "updatedAt": level.updated_at,
        }
        for name in names
    ]


def of_item(
    request: Request, item: Record, query: str | None = None, includeInactive: bool = False, **arguments: Any
) -> Record:
    found = levels_of_item(request.shop, item, query, includeInactive)
    return page(
        found,
        arguments,
        kind="InventoryLevel",
        key=lambda level: level.location,
        load=lambda level: shown(request.shop, level),
    )


def levels_of_item(
    shop: Shop, item: Record, query: str | None = None, includeInactive: bool = False
) -> list[Level]:
    test: Callable[[Any], bool] = compiled(query, _LEVEL_FILTERS)
    levels = shop.stock.at_item(number_of(item["id"]))
    return [level for level in levels if (level.active or includeInactive) and test(level)]


def of_location(
    request: Request, place: Record, query: str | None = None, includeInactive: bool = False, **arguments: Any
) -> Record:
    """A location may hold 100,000 levels: a page starts where its cursor stands, without walking there."""
    stock, location = request.shop.stock, number_of(place["id"])
    numbers = stock.items_at(location)
    if query or stock.idle:
        numbers = [level.item for level in levels_of_location(request.shop, place, query, includeInactive)]
    return keyset_page(
        numbers,
        arguments,
        kind="InventoryLevel",
        load=lambda number: shown(request.shop, stock.get(number, location)),
    )


def levels_of_location(
    shop: Shop, place: Record, query: str | None = None, includeInactive: bool = False
) -> list[Level]:
    test: Callable[[Any], bool] = compiled(query, _LEVEL_FILTERS)
    location = number_of(place["id"])
    found = (shop.stock.levels[item, location] for item in shop.stock.items_at(location))
    return [level for level in found if (level.active or includeInactive) and test(level)]


def level_of_item(
    request: Request, item: Record, locationId: str, includeInactive: bool = False
) -> Record | None:
    level = request.shop.stock.get(number_of(item["id"]), number_of(locationId))
    return shown(request.shop, level) if level and (level.active or includeInactive) else None


def level_of_location(
    request: Request, place: Record, inventoryItemId: str, includeInactive: bool = False
) -> Record | None:
    level = request.shop.stock.get(number_of(inventoryItemId), number_of(place["id"]))
    return shown(request.shop, level) if level and (level.active or includeInactive) else None


def level(request: Request, id: str) -> Record | None:
    return shown(request.shop, find_level(request.shop, id))


def variant_quantity(request: Request, variant: Record) -> int:
    return request.shop.stock.available_of([number_of(variant["inventoryItem"]["id"])])


def product_quantity(request: Request, product: Record) -> int:
    return request.shop.stock.available_of(number_of(v["inventoryItem"]["id"]) for v in product["variants"])


def components(request: Request, variant: Record, **arguments: Any) -> Record:
    """What a bundle is made of."""
    parts = [
        {
            "__typename": "ProductVariantComponent",
            "id": f"gid://shopify/ProductVariantComponent/{number_of(variant['id'])}?component={index}",
            "productVariant": request.shop.variant_by_sku(sku),
            "quantity": quantity,
        }
        for index, (sku, quantity) in enumerate(variant["_parts"].items())
    ]
    return page(parts, arguments, kind="ProductVariantComponent")


def duplicates(request: Request, item: Record) -> int:
    """How many other items carry the same SKU, letter by letter; a blank one has no double."""
    return max(0, request.shop.sku_count(item["sku"]) - 1)


def keyset_page(
    entries: Sequence[Any],
    arguments: Mapping[str, Any],
    *,
    kind: str,
    number: Callable[[Any], int] = int,
    load: Callable[[Any], Record | None] = lambda entry: entry,
) -> Record:
    """One page of entries that ascend by a number, which is the cursor too: it is found without walking there."""
    size, forward = page_size(arguments), arguments.get("first") is not None
    if arguments.get("reverse"):
        return keyset_page(
            entries[::-1],
            dict(arguments) | {"reverse": False},
            kind=kind,
            number=lambda entry: -number(entry),
            load=load,
        )
    start, end = 0, len(entries)
    if arguments.get("after"):
        start = bisect_right(entries, _number(arguments["after"]), key=number)
    if arguments.get("before"):
        end = bisect_left(entries, _number(arguments["before"]), key=number)
    end = max(start, end)
    start, stop = (start, min(end, start + size)) if forward else (max(start, end - size), end)
    chosen = entries[start:stop]
    edges = [
        {"__typename": f"{kind}Edge", "node": node, "cursor": cursor(str(number(entry)))}
        for entry in chosen
        if (node := load(entry)) is not None
    ]
    return {
        "__typename": f"{kind}Connection",
        "nodes": [edge["node"] for edge in edges],
        "edges": edges,
        "pageInfo": {
            "__typename": "PageInfo",
            "hasNextPage": stop < len(entries),
            "hasPreviousPage": start > 0,
            "startCursor": cursor(str(number(chosen[0]))) if chosen else None,
            "endCursor": cursor(str(number(chosen[-1]))) if chosen else None,
        },
    }


def _number(wanted: str) -> int:
    text = cursor_text(wanted)
    if not text.lstrip("-").isdigit():
        raise refused("Invalid cursor for current pagination sort.")
    return int(text)
