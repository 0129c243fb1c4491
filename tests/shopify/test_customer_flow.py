"""Customers between a simulated Shopify and the demo ERP in processes of their own: made, changed and met on either side."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest

from app.hosts.memory.spec import MEMORY
from app.models.connections import Connection
from app.models.database import Database
from app.ports import Http, Store
from app.sync.flows import LISTENED
from app.sync.listening import Listening
from app.sync.sides import Sides
from tests.conftest import Addresses
from tests.fakes.world import World, new_world
from tests.hosts.memory.rig import MemoryUnderTest, running
from tests.hosts.rig import StateInMemory, door
from tests.shopify.conftest import InstalledShop

HOME = {
    "firstName": "Ada",
    "lastName": "Byron",
    "address1": "12 St James's Square",
    "city": "London",
    "countryCodeV2": "GB",
}
ADA = {
    "firstName": "Ada",
    "lastName": "Byron",
    "email": "ada@example.org",
    "phone": "+442079460018",
    "address": HOME,
}
TIMEOUT = timedelta(seconds=2)


@dataclass(kw_only=True)
class Town(World):
    shop: InstalledShop
    memory: MemoryUnderTest
    opened_store: Store
    http: Http

    async def sides(self, connection: Connection) -> Sides:
        made = await super().sides(connection)
        host = MEMORY.open(self.memory.credentials, self.http, StateInMemory())
        return replace(made, host=host, store=replace(made.store, customers=self.opened_store.customers))

    async def listens(self) -> int:
        """The ERP is asked what has changed, and what became wanted is run."""
        raised, _ = await Listening(database=self.database, listened=LISTENED).run(await self.opened())
        await self.drain()
        return raised

    async def enters(self, **more: Any) -> str:
        made = await self.shop.tell("POST", "/customers", customers=[{**ADA, **more}])
        return str(made["customers"][0]["number"])

    async def says(self, number: str) -> None:
        await self.hear(number, kind="customer")
        await self.drain()

    async def here(self) -> list[dict[str, Any]]:
        return list((await self.shop.tell("GET", "/customers"))["customers"])

    async def there(self) -> list[dict[str, Any]]:
        return list((await self.memory.ask("GET", "/v1/customers"))["customers"])


@pytest.fixture(scope="module")
def memory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MemoryUnderTest]:
    with running(Path(tmp_path_factory.mktemp("erp")) / "erp.sqlite") as under:
        yield under


@pytest.fixture
async def town(
    database: Database, addresses: Addresses, memory: MemoryUnderTest, shop: InstalledShop
) -> AsyncIterator[Town]:
    await memory.ask("POST", "/control/wipe", {})
    assert shop.store.prepare is not None
    await shop.store.prepare()
    async with door(memory) as http, new_world(database, addresses) as plain:
        made = Town(
            database=database, owner=plain.owner, joined=plain.joined, shop=shop, memory=memory,
            opened_store=shop.store, http=http,
        )  # fmt: skip
        made.timing = replace(made.timing, deadline=None)
        await made.set(
            flows=orjson.dumps({"customers": True}).decode(),
            options=orjson.dumps({"host_customers": "send"}).decode(),
        )
        yield made


async def test_a_customer_goes_over_and_comes_back_changed(town: Town) -> None:
    number = await town.enters()
    await town.says(number)
    (there,) = await town.there()
    assert (there["key"], there["email"], there["first_name"]) == (number, "ada@example.org", "Ada")
    assert there["addresses"][0]["street"] == "12 St James's Square"
    assert await town.listens() == 0
    moved = {**there["addresses"][0], "street": "Ockham Park"}
    await town.memory.ask("PUT", f"/v1/customers/{there['id']}", {"phone": "+44 20 1", "addresses": [moved]})
    assert await town.listens() == 1
    (here,) = await town.here()
    assert (here["phone"], here["address"]["address1"], len(here["addresses"])) == (
        "+44 20 1",
        "Ockham Park",
        1,
    )


async def test_who_is_entered_in_the_erp_comes_to_the_store_with_its_key_once(town: Town) -> None:
    made = await town.memory.ask(
        "POST", "/v1/customers",
        {"first_name": "Grace", "last_name": "Hopper", "email": "grace@example.org",
         "addresses": [{"name": "Grace Hopper", "street": "1 Navy Yard", "city": "Boston", "country_code": "US"}]},
    )  # fmt: skip
    assert await town.listens() == 1
    assert await town.listens() == 0
    (here,) = await town.here()
    assert (here["mark"], here["email"], here["address"]["city"]) == (
        str(made["id"]),
        "grace@example.org",
        "Boston",
    )
    await town.says(str(here["number"]))
    assert (len(await town.here()), len(await town.there())) == (1, 1)


async def test_an_order_made_the_customer_and_the_customers_event_finds_it(town: Town) -> None:
    number = await town.enters()
    document = {"currency": "EUR", "customer": {"key": number, "name": "Ada Byron"}, "external_id": "order-x-1",
                "lines": [{"key": "1", "item": "TEA", "quantity": "1", "net": "1.00"}]}  # fmt: skip
    await town.memory.ask("PUT", "/v1/items", {"items": [{"code": "TEA"}]})
    await town.memory.ask("POST", "/v1/sales-orders", document)
    await asyncio.gather(town.says(number), town.listens())
    for _ in range(3):
        await town.time_passes(60)
        await town.drain()
    (there,) = await town.there()
    assert (there["email"], there["phone"]) == ("ada@example.org", "+442079460018")
    assert len(await town.here()) == 1


@pytest.mark.parametrize("fault", ["timeout_after", "lost_after"])
async def test_a_creation_whose_answer_was_lost_is_adopted(town: Town, fault: str) -> None:
    await town.memory.next("customer", fault)
    number = await town.enters()
    town.timing = replace(town.timing, deadline=TIMEOUT)
    await town.says(number)
    await town.time_passes(20)
    await town.drain()
    assert await town.state(number) == ("settled", None)
    assert len(await town.there()) == 1


async def test_a_customer_we_may_not_see_clears_nothing_in_the_erp(town: Town) -> None:
    number = await town.enters()
    await town.says(number)
    before = await town.there()
    await town.shop.tell("PATCH", withheld=["email", "phone", "name", "address"])
    await town.shop.tell("PATCH", f"/customers/{number}", taxExempt=True)
    await town.says(number)
    (there,) = await town.there()
    assert there["tax_exempt"] is True
    for name in ("email", "phone", "first_name", "last_name", "addresses"):
        assert there[name] == before[0][name]
