"""Products from an ERP into the simulated shop, over the real engine and PostgreSQL."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import pytest

from app.domain.money import Money
from app.domain.product import Product
from app.models.database import Database
from app.shopify.products import Products
from tests.conftest import Addresses
from tests.fakes.items import FakeItems, item, product
from tests.fakes.world import World, new_world
from tests.models.world import TABLES
from tests.shopify.conftest import InstalledShop


@dataclass(kw_only=True)
class Stage:
    """An ERP, a shop, and the worker between them."""

    shop: InstalledShop
    world: World
    erp: FakeItems

    async def say(self, said: Product) -> tuple[str, str | None]:
        """The ERP says it, it is heard of and run."""
        at = self.erp.say(said).updated_at
        await self.world.hear(said.key, version=at, kind="product")
        await self.world.drain()
        return await self.world.state(said.key)

    async def again(self, key: str = "G-1") -> tuple[str, str | None]:
        """A person asks for it."""
        await self.world.ask(key)
        await self.world.drain()
        return await self.world.state(key)

    async def look(self, key: str = "G-1") -> tuple[str, str | None]:
        """It runs once more, though the ERP says nothing new."""
        await self.world.hear(key, kind="product")
        await self.world.drain()
        return await self.world.state(key)

    async def choose(self, **chosen: str) -> None:
        stored = ", ".join(f'"{name}": "{value}"' for name, value in chosen.items())
        await self.world.set(options=f"{{{stored}}}")

    async def products(self) -> list[dict[str, Any]]:
        return list((await self.shop.tell("GET", "/products"))["products"])

    async def there(self, key: str = "G-1") -> dict[str, Any]:
        number = (await self.world.record(key))["sink_key"]
        return next(p for p in await self.products() if str(p["legacy_id"]) == number)

    async def edit(self, key: str = "G-1", **changed: Any) -> None:
        """A person edits it in the admin."""
        number = (await self.world.record(key))["sink_key"]
        await self.shop.tell("PATCH", "/products", product=number, **changed)

    async def owner_says(self, sql: str) -> None:
        await self.world.owner.execute(sql)

    async def writes(self) -> list[str]:
        rows = await self.world.owner.fetch("SELECT key FROM effect ORDER BY planned_at, id")
        return [row["key"].split("/", 1)[1].split(":")[0] for row in rows]


@pytest.fixture
async def stage(shop: InstalledShop, database: Database, addresses: Addresses) -> AsyncIterator[Stage]:
    erp = FakeItems()
    async with new_world(database, addresses, items=erp, products=Products(shop.client)) as world:
        await world.publish({**TABLES, "products": {"*": "send"}})
        yield Stage(shop=shop, world=world, erp=erp)


async def test_a_product_is_made_as_the_erp_has_it(stage: Stage) -> None:
    assert await stage.say(product()) == ("settled", None)
    there = await stage.there()
    assert (there["title"], there["category"], there["tags"]) == ("Cup", "Kitchen", ["web"])
    assert there["description"] == "<p>Holds tea.</p><p>And &lt;b&gt;coffee&lt;/b&gt;.</p>"
    assert there["status"] == "DRAFT"
    (variant,) = there["variants"]
    assert variant == {
        "sku": "CUP-RED",
        "barcode": "4006381333931",
        "price": "12.50",
        "cost": "4.2",
        "weight": 250,
        "options": ["Default Title"],
        "tracked": True,
    }
    assert await stage.writes() == ["define", "create", "first"]


async def test_what_is_equal_already_costs_no_write(stage: Stage) -> None:
    await stage.say(product())
    before = await stage.writes()
    assert await stage.look() == ("settled", None)
    assert await stage.say(product()) == ("settled", None)
    assert await stage.writes() == before


async def test_a_group_becomes_variants_and_a_later_item_joins_them(stage: Stage) -> None:
    red, blue = item("CUP-RED", variant="Red"), item("CUP-BLUE", variant="Blue", barcode="1")
    assert await stage.say(product("G-1", red, blue)) == ("settled", None)
    assert await stage.say(product("G-1", red, blue, item("CUP-GOLD", variant="Gold"))) == ("settled", None)
    there = await stage.there()
    assert {v["sku"]: v["options"] for v in there["variants"]} == {
        "CUP-RED": ["Red"],
        "CUP-BLUE": ["Blue"],
        "CUP-GOLD": ["Gold"],
    }


async def test_a_change_in_the_erp_writes_what_it_names_and_nothing_else(stage: Stage) -> None:
    await stage.say(product())
    await stage.edit(tags=["web", "summer"], variants=[{"sku": "OWN-1", "price": "3.00"}])
    changed = replace(product("G-1", item(cost=Money(amount=Decimal(5), currency="EUR"))), name="Big cup")
    assert await stage.say(changed) == ("settled", None)
    there = await stage.there()
    assert (there["title"], sorted(there["tags"])) == ("Big cup", ["summer", "web"])
    assert [(v["sku"], v["cost"]) for v in there["variants"]] == [("CUP-RED", "5.0"), ("OWN-1", None)]
    assert await stage.say(product()) == ("settled", None)
    assert (await stage.there())["title"] == "Cup", "and back again: A, B, A"
    assert await stage.say(changed) == ("settled", None)
    assert (await stage.there())["title"] == "Big cup"


async def test_what_a_person_changed_is_asked_about_or_follows_the_policy(stage: Stage) -> None:
    await stage.say(product())
    await stage.edit(title="Our cup")
    assert await stage.look() == ("held", "product.changed_in_store")
    assert (await stage.there())["title"] == "Our cup"
    assert await stage.again() == ("settled", None)
    assert (await stage.there())["title"] == "Cup"
    await stage.choose(product_changed="store")
    await stage.edit(title="Our own cup")
    assert await stage.say(product(name="Cup 2")) == ("settled", None)
    assert (await stage.there())["title"] == "Our own cup"
    await stage.choose(product_changed="erp")
    assert await stage.look() == ("settled", None)
    print(await stage.world.told_of("G-1"), await stage.writes(), (await stage.world.connection())["options"])
    assert (await stage.there())["title"] == "Cup 2"


async def test_a_field_that_the_store_owns_is_written_once(stage: Stage) -> None:
    await stage.choose(product_title="store")
    await stage.say(product())
    assert await stage.say(product(name="Other", category="Garden")) == ("settled", None)
    there = await stage.there()
    assert (there["title"], there["category"]) == ("Cup", "Garden")


async def test_what_the_erp_leaves_out_clears_nothing(stage: Stage) -> None:
    await stage.say(product())
    bare = product(
        "G-1", item(barcode=None, cost=None, weight=None), description=None, category=None, tags=()
    )
    assert await stage.say(bare) == ("settled", None)
    there = await stage.there()
    assert (there["category"], there["tags"], there["variants"][0]["barcode"]) == (
        "Kitchen",
        ["web"],
        "4006381333931",
    )
    rows = await stage.world.owner.fetch("SELECT category, barcode, cost FROM product_cache")
    assert [tuple(row) for row in rows] == [("Kitchen", "4006381333931", Decimal("4.20"))]
