"""Customers on both sides of the engine: people edit them, and either side says so."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import orjson

from app.domain.address import Address
from app.models import people
from app.models.connections import Connection
from app.ports import Change, Flow, Hint
from app.sync.reconcile import Reconcile
from app.sync.sides import Sides
from tests.fakes.customers import FakeCustomers
from tests.fakes.world import World

ADA = {"first_name": "Ada", "last_name": "Byron", "email": "ada@example.org", "phone": "+44 20 7946 0018"}
HOME = Address(name="Ada Byron", street="12 St James's Square", city="London", country_code="GB")
WORK = Address(name="Ada Byron", street="1 Dorset Street", city="London", country_code="GB")


@dataclass(kw_only=True)
class People(World):
    shop: FakeCustomers = field(default_factory=lambda: FakeCustomers(first=7001))
    books: FakeCustomers = field(default_factory=FakeCustomers)

    async def sides(self, connection: Connection) -> Sides:
        made = await super().sides(connection)
        return replace(
            made,
            store=replace(made.store, customers=self.shop),
            host=replace(made.host, customers=self.books),
        )

    async def shop_says(self, key: str, *, runs: bool = True) -> None:
        await self.hear(key, version=self.shop.people[key].updated_at, kind="customer")
        if runs:
            await self.drain()

    async def books_say(self, key: str, *, runs: bool = True) -> int:
        change = Change(key=key, version=self.books.people[key].updated_at)
        hint = Hint(flow=Flow.CUSTOMERS, key=change.key, version=change.version)
        async with self.database.tenant(self.joined.tenant) as tx:
            raised = await people.want_listed(
                tx,
                tenant=self.joined.tenant,
                connection=self.joined.connection,
                shop=self.joined.shop,
                kind="customer",
                listed=[hint],
            )
        if runs:
            await self.drain()
        return raised

    async def reconcile(self) -> int:
        return await Reconcile(database=self.database, now=lambda: datetime.now(UTC)).run(await self.opened())

    async def later(self) -> None:
        await self.time_passes(10)
        await self.drain()

    async def options(self, **chosen: str) -> None:
        await self.set(options=orjson.dumps(chosen).decode())

    async def customers(self) -> list[dict[str, Any]]:
        rows = await self.owner.fetch("SELECT * FROM record WHERE kind = 'customer' ORDER BY source_key")
        return [dict(row) for row in rows]

    async def codes(self) -> list[str]:
        rows = await self.owner.fetch("SELECT code FROM timeline WHERE code IS NOT NULL ORDER BY id")
        return [row["code"] for row in rows]


async def linked(world: People, **more: Any) -> tuple[str, str]:
    """A customer of the store whom the ERP has as well, by now."""
    ada = world.shop.born(**{**ADA, "addresses": (HOME,), **more})
    await world.shop_says(ada.key)
    (there,) = world.books.people.values()
    return ada.key, there.key
