"""Control verbs for stock: make levels by seed, look, count anew, poison, squeeze, sell, and read the books."""

from __future__ import annotations

import gc
import random
from collections.abc import Iterator
from typing import Any

from sandbox import echoes, sales, stock_bodies
from sandbox.clock import iso, now
from sandbox.control_shops import ControlError
from sandbox.gids import number_of
from sandbox.levels import NAMES, Level, Place
from sandbox.movements import Movement
from sandbox.shop import Shop
from sandbox.world import World

Answer = dict[str, Any]
Record = dict[str, Any]
MANY = 2_000
MOST_ROWS = 100_000


def seed(world: World, shop: Shop, wanted: Answer) -> Answer:
    """Make so many `levels` in one go: items times locations, with quantities drawn from `low` to `high`."""
    places = wanted.get("locations") or [name for name, p in shop.locations.items() if p["isActive"]]
    chance, at = random.Random(int(wanted.get("seed", 0))), iso(now())
    count, low, high = int(wanted["levels"]), int(wanted.get("low", 0)), int(wanted.get("high", 100))
    prefix, per_product = str(wanted.get("prefix", "STK")), int(wanted.get("variants_per_product", 50))
    items = -(-count // len(places))
    left, first = count, len(shop.items) + 1
    for start in range(0, items, per_product):
        variants = []
        for index in range(start, min(start + per_product, items)):
            here, left = places[: min(left, len(places))], left - min(left, len(places))
            stock = {place: chance.randint(low, high) for place in here}
            variants.append({"sku": f"{prefix}-{first + index:06d}", "price": "9.90", "stock": stock})
        shop.add_product({"title": f"{prefix} {first + start:06d}", "variants": variants}, world.minter, at)
    if count >= MANY:
        # So many objects that live as long as the process: keep the collector from walking them again and again.
        gc.freeze()
    return {"items": items, "levels": count, "locations": places, "first_sku": f"{prefix}-{first:06d}"}


def levels(world: World, shop: Shop, wanted: Answer) -> Answer:
    """Levels as they are, in pages: `after` and `limit` count items, `sku` and `location` narrow."""
    numbers, after = list(shop.items), int(wanted.get("after", 0))
    if wanted.get("sku"):
        numbers = [number_of(item["id"]) for item in _items(shop, wanted["sku"])]
    until = min(len(numbers), after + int(wanted.get("limit", MOST_ROWS)))
    names = {number_of(place["id"]): name for name, place in shop.locations.items()}
    rows = [
        _row(shop.items[number], level, names[level.location])
        for number in numbers[after:until]
        for level in shop.stock.at_item(number)
        if wanted.get("location") in (None, names[level.location])
    ]
    return {"levels": rows, "next": until if until < len(numbers) else None, "total": len(shop.stock.levels)}


def _row(item: Record, level: Level, location: str) -> Answer:
    return {
        "sku": item["sku"],
        "item": level.item,
        "item_id": item["id"],
        "location": location,
        "location_id": level.location,
        "active": level.active,
        "updated_at": level.updated_at,
        **{name: level.quantity(name) for name in NAMES},
    }


def count(world: World, shop: Shop, wanted: Answer) -> Answer:
    """The merchant counts: `levels` is a list of sku, location and a quantity by its name, or `add` to available."""
    movement = Movement(world=world, shop=shop, by="merchant", reference=wanted.get("reference"))
    for entry in wanted["levels"]:
        for place in _places(shop, entry):
            level = movement.level(*place)
            for name in NAMES:
                if name in entry:
                    movement.change(level, **{name: int(entry[name])})
            if "add" in entry:
                movement.add(level, available=int(entry["add"]))
            if "active" in entry:
                shop.stock.stocked(level, bool(entry["active"]))
                what = "connect" if level.active else "disconnect"
                world.emit(shop, f"inventory_levels/{what}", stock_bodies.level_body(level))
    movement.tell()
    return {"changed": len(movement.changes)}


def poison(world: World, shop: Shop, wanted: Answer) -> Answer:
    """Items, or their levels at one `location`, that always refuse; `code`, `nameless` (no path), `cured`."""
    mark = {"code": str(wanted.get("code", "NON_MUTABLE_INVENTORY_ITEM"))}
    if wanted.get("nameless"):
        mark["nameless"] = "yes"
    for sku in wanted["skus"]:
        for place in _places(shop, wanted | {"sku": sku}):
            where: Place | int = place if wanted.get("location") else place[0]
            if wanted.get("cured"):
                shop.stock.poisoned.pop(where, None)
            else:
                shop.stock.poisoned[where] = mark
    return {"poisoned": len(shop.stock.poisoned)}


def squeeze(world: World, shop: Shop, wanted: Answer) -> Answer:
    """Just before each of these levels is next written, `quantity` is sold (`by` order) or taken (`by` merchant)."""
    for sku in wanted["skus"]:
        for place in _places(shop, wanted | {"sku": sku}):
            shop.stock.squeezed[place] = {
                "quantity": int(wanted.get("quantity", 1)),
                "times": int(wanted.get("times", 1)),
                "by": str(wanted.get("by", "order")),
            }
    return {"squeezed": len(shop.stock.squeezed)}


def book(world: World, shop: Shop, wanted: Answer) -> Answer:
    """Every change of every level, from `after` on; `total` says how far it goes."""
    after, limit = int(wanted.get("after", 0)), min(int(wanted.get("limit", 10_000)), MOST_ROWS)
    rows = list(shop.stock.rows(after, limit))
    by, item = wanted.get("by"), wanted.get("item")
    chosen = [row for row in rows if by in (None, row["by"]) and item in (None, str(row["item"]))]
    return {"rows": chosen, "next": after + len(rows), "total": len(shop.stock.book)}


def sold(world: World, shop: Shop, wanted: Answer) -> Answer:
    after, limit = int(wanted.get("after", 0)), min(int(wanted.get("limit", 10_000)), MOST_ROWS)
    rows = shop.sales[after : after + limit]
    return sales.summary(shop) | {"sales": rows, "next": after + len(rows)}


def change_variant(world: World, shop: Shop, wanted: Answer) -> Answer:
    """`sku` names it; `to` is another SKU (blank allowed), `tracked` whether its quantities mean anything."""
    items = _items(shop, wanted["sku"])
    for item in items:
        if "to" in wanted:
            shop.rename(item["variants"][0], str(wanted["to"]))
        if "tracked" in wanted:
            item["tracked"] = bool(wanted["tracked"])
        echoes.item_changed(world, shop, item)
    return {"changed": [item["id"] for item in items]}


def _items(shop: Shop, sku: str) -> list[Record]:
    """All items that carry a SKU, letter by letter; a number or id names one alone."""
    if sku.isdigit() and int(sku) in shop.items:
        return [shop.items[int(sku)]]
    found = [item for item in shop.items.values() if sku in (item["sku"], item["id"])]
    if not found:
        raise ControlError(f"no such SKU: {sku}")
    return found


def _places(shop: Shop, entry: Answer) -> Iterator[Place]:
    """The levels an entry names: its SKU at its location, or wherever it is stocked."""
    known = shop.variant_by_sku(entry["sku"])
    for item in [known["inventoryItem"]] if known else _items(shop, entry["sku"]):
        number = number_of(item["id"])
        if entry.get("location"):
            if entry["location"] not in shop.locations:
                raise ControlError(f"no such location: {entry['location']}")
            yield number, shop.location_number(entry["location"])
        else:
            yield from ((number, level.location) for level in shop.stock.at_item(number))
