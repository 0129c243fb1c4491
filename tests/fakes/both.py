"""A simulated shop on one side and the demo ERP on the other, each in a process of its own, and real PostgreSQL between."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from app.models.connections import Connection
from app.models.database import Database
from app.outbound import Outbound
from app.sync.flows import LISTENED
from app.sync.listening import Listening
from app.sync.sides import Sides
from tests.conftest import Addresses
from tests.fakes.world import TIMING, World, world_of
from tests.hosts.memory.rig import MemoryUnderTest
from tests.hosts.rig import door, opened
from tests.shopify.conftest import InstalledShop

ONE = {"sku": "SKU-0001", "quantity": 2, "price": "9.99"}
TWO = {"sku": "SKU-0002", "quantity": 1, "price": "5"}
PAID = {"kind": "SALE", "gateway": "shopify_payments"}
_SETTLE = 120


@dataclass(kw_only=True)
class Both(World):
    """`way` is the way to the ERP."""

    shop: InstalledShop
    books: MemoryUnderTest
    way: Outbound

    async def sides(self, connection: Connection) -> Sides:
        usual = await super().sides(connection)
        store = replace(self.shop.store, marks=None, customers=usual.store.customers)
        return replace(usual, store=store, host=opened(self.books, self.way))

    async def ordered(self, *lines: dict[str, Any], runs: bool = True) -> str:
        """An order; its number in the shop."""
        (made,) = await self.shop.place({"lines": list(lines) or [ONE, TWO], "transactions": [PAID]})
        key = str(made["legacy_id"])
        if runs:
            await self.told(key)
            there = await self.record(key)
            assert there["state"] == "settled", there["reason_sentence"]
        return key

    async def told(self, key: str, kind: str = "order") -> None:
        await self.hear(key, kind=kind)
        await self.drain()

    async def act(self, order: str, act: str, **more: Any) -> None:
        await self.shop.tell("POST", "/acts", acts=[{"order": order, "act": act, **more}])

    async def fulfilled(self, order: str, *, heard: bool = True, **more: Any) -> str:
        """A person sends something in the shop; its number there."""
        await self.act(order, "fulfil", **more)
        key = str((await self.there(order))["fulfillments"][-1]["id"])
        if heard:
            await self.told(key, "parcel")
        return key

    async def there(self, order: str) -> dict[str, Any]:
        orders = (await self.shop.tell("GET", "/orders"))["orders"]
        return next(found for found in orders if found["legacy_id"] == order)

    async def document(self, order: str) -> str:
        return str((await self.record(order))["sink_key"])

    async def sent(self, order: str) -> list[tuple[int, list[str], str]]:
        """Units, tracking numbers and state of each of the ERP's shipments of an order."""
        found = await self.books.ask("GET", f"/v1/documents/{await self.document(order)}/shipments")
        return [
            (sum(int(line["quantity"]) for line in one["lines"]), one["track"]["numbers"], one["state"])
            for one in found["shipments"]
        ]

    async def nothing_is_late(self) -> None:
        """Waits until the ERP has done all that it was asked for, however late."""
        for _ in range(4_000):
            if not (await self.books.ask("GET", "/control/state"))["late_open"]:
                return
            await asyncio.sleep(0.05)
        raise AssertionError("something is late still")

    async def leaves_the_erp(self, order: str, **wanted: Any) -> str:
        """A person sends something in the ERP; its key there."""
        made = await self.books.ask("POST", f"/v1/documents/{await self.document(order)}/shipments", wanted)
        return str(made["id"])

    async def listen(self) -> int:
        raised, _ = await Listening(database=self.database, listened=LISTENED).run(await self.opened())
        await self.drain()
        return raised

    async def later(self, seconds: float = _SETTLE) -> None:
        await self.time_passes(seconds)
        await self.drain()


@contextlib.asynccontextmanager
async def where_the_store_owns_fulfillments(
    database: Database, addresses: Addresses, *, shop: InstalledShop, books: MemoryUnderTest
) -> AsyncIterator[Both]:
    """Patient enough for servers of their own."""
    timing = replace(TIMING, deadline=timedelta(seconds=5))
    async with (
        door(books) as way,
        world_of(Both, database, addresses, shop=shop, books=books, way=way, timing=timing) as made,
    ):
        await made.set(owners='{"fulfillments": "store"}')
        yield made
