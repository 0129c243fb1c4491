"""Plain sales at a pace: a buyer gets what is available at that moment and nothing more, and every try is written down."""

from __future__ import annotations

import asyncio
import random
import time
from typing import Any

from sandbox import order_acts
from sandbox.draw import Draw
from sandbox.gids import number_of
from sandbox.shop import Shop
from sandbox.world import World

Record = dict[str, Any]
_VAT = [{"title": "VAT", "rate": "0.19"}]


def sell(world: World, shop: Shop, variant: Record, location: int, quantity: int) -> Record:
    """One try. `available` is what the shop offered just before; a try for more is refused, as checkout does."""
    item = number_of(variant["inventoryItem"]["id"])
    level = shop.stock.get(item, location)
    there = level.available if level else 0
    sale: Record = {
        "at": time.time(),
        "sku": variant["sku"],
        "item": item,
        "location": location,
        "quantity": quantity,
        "available": there,
        "order": None,
        "ref": f"sale-{len(shop.sales) + 1}",
        # Where the book of changes stood: everything before it had happened when the sale was tried.
        "seq": len(shop.stock.book),
    }
    if level is not None and there >= quantity:
        described = _described(shop, variant, location, quantity) | {"ref": sale["ref"], "kind": "sale"}
        sale["order"] = order_acts.place(world, shop, described)["id"]
    shop.sales.append(sale)
    return sale


def _described(shop: Shop, variant: Record, location: int, quantity: int) -> Record:
    place = shop.objects[f"gid://shopify/Location/{location}"]["name"]
    line = {"sku": variant["sku"], "quantity": quantity, "taxes": _VAT, "location": place}
    line["variant"] = variant["id"]
    draw = Draw(len(shop.sales), ())
    described = draw.order(lines=[line], currency=shop.currency)
    return described | {"rate": "1", "shipping": [{"title": "Standard", "code": "STD", "price": "4.90"}]}


class Counter:
    """Sales that go on while other things happen, one run per shop at a time."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._running: dict[str, asyncio.Task[None]] = {}

    def start(self, shop: Shop, wanted: Record) -> None:
        self.stop(shop)
        self._running[shop.domain] = asyncio.create_task(self.run(shop, wanted))

    def stop(self, shop: Shop) -> None:
        task = self._running.pop(shop.domain, None)
        if task is not None:
            task.cancel()

    def stop_all(self) -> None:
        for task in self._running.values():
            task.cancel()
        self._running.clear()

    def busy(self, shop: Shop) -> bool:
        return shop.domain in self._running and not self._running[shop.domain].done()

    async def run(self, shop: Shop, wanted: Record) -> None:
        """`count` tries, `per_second` of them, of `skus` (all), at `locations` (all), up to `most` units each."""
        chance = random.Random(int(wanted.get("seed", 0)))
        pause = 1 / float(wanted["per_second"]) if wanted.get("per_second") else 0.0
        choice = _choice(shop, wanted)
        started = time.monotonic()
        for done in range(int(wanted.get("count", 1)) if choice else 0):
            variant, location = chance.choice(choice)
            quantity = chance.randint(1, int(wanted.get("most", 2)))
            await self._world.run(sell, self._world, shop, variant, location, quantity)
            await asyncio.sleep(max(0.0, started + (done + 1) * pause - time.monotonic()))


def _choice(shop: Shop, wanted: Record) -> list[tuple[Record, int]]:
    """Variants with the places they are stocked at, in an order that repeats."""
    places = {number_of(shop.locations[name]["id"]) for name in wanted.get("locations") or shop.locations}
    skus = set(wanted["skus"]) if wanted.get("skus") else None
    return [
        (item["variants"][0], level.location)
        for number, item in shop.items.items()
        if item["sku"] and item["tracked"] and (skus is None or item["sku"] in skus)
        for level in shop.stock.at_item(number)
        if level.active and level.location in places
    ]


def summary(shop: Shop) -> Record:
    sold = [sale for sale in shop.sales if sale["order"]]
    return {
        "tried": len(shop.sales),
        "sold": len(sold),
        "units": sum(sale["quantity"] for sale in sold),
        "sold_out": len(shop.sales) - len(sold),
    }
