"""The product cache and its report: what is kept, how it is paged and written out, and the SKUs of both sides."""

from __future__ import annotations

import csv
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from app.domain.ids import StoreKey
from app.domain.inventory import ItemSeen
from app.domain.product import Product
from app.models import product_cache, sku_audit, stock_links
from app.models.sku_audit import SkuFault
from app.operations import products as report
from tests.fakes.items import BEGAN, item, product
from tests.fakes.world import World


async def keep(world: World, *products: Product) -> None:
    for each in products:
        async with world.database.tenant(world.joined.tenant) as tx:
            await product_cache.keep(
                tx, tenant=world.joined.tenant, connection=world.joined.connection, product=each
            )


async def cached(world: World, **wanted: str) -> list[product_cache.CachedItem]:
    async with world.database.tenant(world.joined.tenant) as tx:
        return await product_cache.page(
            tx, tenant=world.joined.tenant, connection=world.joined.connection, most=100, **wanted
        )


async def test_a_null_clears_nothing_and_an_older_word_changes_nothing(world: World) -> None:
    await keep(world, product())
    bare = item(price=None, cost=None, barcode=None, quantity=None, updated_at=BEGAN + timedelta(hours=1))
    await keep(world, product("G-1", bare, name="Cup", description=None, category=None))
    (row,) = await cached(world)
    assert (row.price, row.cost, row.barcode, row.quantity, row.category) == (
        Decimal("12.50"),
        Decimal("4.20"),
        "4006381333931",
        Decimal(7),
        "Kitchen",
    )
    await keep(world, product("G-1", item(name="Old", updated_at=BEGAN - timedelta(days=1))))
    assert [row.name for row in await cached(world)] == ["Cup"]


async def test_a_row_is_found_by_the_beginning_of_its_sku_in_any_case(world: World) -> None:
    await keep(world, product("G", *(item(sku) for sku in ("Cup-1", "CUP-2", "mug"))))
    assert [row.sku for row in await cached(world, words="cup")] == ["Cup-1", "CUP-2"]


async def test_what_nobody_can_store_is_stored_without_it(world: World) -> None:
    await keep(world, product("G", item("A\x00B", name="C\x00up")))
    assert [(row.sku, row.name) for row in await cached(world)] == [("AB", "Cup")]


async def test_another_organisation_sees_nothing_of_it(world: World) -> None:
    await keep(world, product())
    async with world.database.tenant(world.joined.shop) as tx:
        assert await tx.rows("SELECT * FROM product_cache") == []


async def test_the_report_is_written_by_pages_and_runs_no_formula(world: World) -> None:
    bad = ["=1+1", "+1", "-1", "@A1", " =1", "plain", 'a "quoted", one']
    items = [item(f"S-{n}", name=name, barcode=f"=B{n}") for n, name in enumerate(bad)]
    await keep(world, product("G", *items))
    lines = [
        line
        async for line in report.lines(
            world.database, tenant=world.joined.tenant, connection=world.joined.connection, size=2
        )
    ]
    rows = list(csv.DictReader("".join(lines).splitlines()))
    assert [row["sku"] for row in rows] == [f"S-{n}" for n in range(len(bad))]
    assert [row["name"] for row in rows] == [
        "'=1+1",
        "'+1",
        "'-1",
        "'@A1",
        "' =1",
        "plain",
        'a "quoted", one',
    ]
    assert all(row["barcode"].startswith("'=") for row in rows)
    assert {(row["price"], row["currency"]) for row in rows} == {("12.50", "EUR")}


async def test_the_audit_names_what_does_not_fit_page_by_page(world: World) -> None:
    joined = world.joined
    store = ["BOTH", "case", "ONLY-STORE", "TWICE", "TWICE", "", ""]
    async with world.database.tenant(joined.tenant) as tx:
        await stock_links.save_items(
            tx,
            tenant=joined.tenant,
            shop=joined.shop,
            found=[ItemSeen(key=StoreKey(str(n)), sku=sku, tracked=True) for n, sku in enumerate(store, 1)],
        )
    erp = [item(sku) for sku in ("BOTH", "CASE", "ONLY-ERP", "TWICE")] + [item("", host_id="blank")]
    ended = item("ENDED", active=False)
    doubled = [item("DOUBLE", host_id="d1"), item("DOUBLE", host_id="d2")]
    await keep(world, product("G", *erp, ended), replace(product("H"), items=tuple(doubled)))
    found: dict[str, SkuFault] = {}
    after: str | None = None
    while True:
        async with world.database.tenant(joined.tenant) as tx:
            page, after = await sku_audit.page(
                tx, tenant=joined.tenant, shop=joined.shop, connection=joined.connection, after=after, most=2
            )
        found |= {each.search: each.fault for each in page}
        if after is None:
            break
    assert found == {
        "": SkuFault.BLANK_IN_STORE,
        "case": SkuFault.CASE,
        "double": SkuFault.DUPLICATE_IN_HOST,
        "only-erp": SkuFault.MISSING_IN_STORE,
        "only-store": SkuFault.MISSING_IN_HOST,
        "twice": SkuFault.DUPLICATE_IN_STORE,
    }
    async with world.database.tenant(joined.tenant) as tx:
        counts = await sku_audit.counts(
            tx, tenant=joined.tenant, shop=joined.shop, connection=joined.connection
        )
    assert {fault: count for fault, count in counts.items() if count} == dict.fromkeys(found.values(), 1)
