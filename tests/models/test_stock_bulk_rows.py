"""Rows of bulk operations: one of a purpose at a time, steps by who read the latest, and words by their age."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import asyncpg

from app.domain.ids import StoreKey
from app.domain.inventory import ItemSeen
from app.errors import Reason
from app.models import privacy, stock_bulks, stock_links, stock_settings, stock_staging
from app.models.database import Database
from app.models.stock_bulks import Bulk, Purpose, Stage
from tests.conftest import Addresses
from tests.models.world import Joined, join

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


async def begun(database: Database, one: Joined, purpose: Purpose = Purpose.LINK, **more: object) -> Bulk:
    async with database.tenant(one.tenant) as tx:
        await stock_bulks.begin(
            tx,
            tenant=one.tenant,
            id=uuid4(),
            shop=one.shop,
            connection=one.connection,
            purpose=purpose,
            **more,  # type: ignore[arg-type]
        )
        found = await stock_bulks.open_of(tx, tenant=one.tenant, shop=one.shop, purpose=purpose)
    assert found is not None
    return found


def item(key: str, sku: str, *, at: datetime | None = None, tracked: bool | None = None) -> ItemSeen:
    return ItemSeen(key=StoreKey(key), sku=sku, tracked=tracked, at=at)


async def say(database: Database, one: Joined, *items: ItemSeen) -> None:
    async with database.tenant(one.tenant) as tx:
        await stock_links.save_items(tx, tenant=one.tenant, shop=one.shop, found=items)


async def known(addresses: Addresses, one: Joined) -> tuple[str, bool]:
    owner = await asyncpg.connect(addresses.owner)
    row = await owner.fetchrow("SELECT sku, tracked FROM stock_item WHERE tenant_id = $1", one.tenant)
    await owner.close()
    assert row
    return row["sku"], row["tracked"]


async def test_one_of_a_purpose_is_open_at_a_time_for_each_shop(database: Database) -> None:
    one, other = await join(database), await join(database)
    first = await begun(database, one)
    assert (await begun(database, one)).id == first.id
    assert (await begun(database, one, Purpose.LOAD)).id != first.id
    assert (await begun(database, other)).id != first.id
    async with database.tenant(one.tenant) as tx:
        assert await stock_bulks.end(tx, first)
    assert (await begun(database, one)).id != first.id


async def test_only_who_read_the_latest_goes_on(database: Database) -> None:
    one = await join(database)
    read = await begun(database, one)
    async with database.tenant(one.tenant) as tx:
        mine = await stock_bulks.save(tx, replace(read, stage=Stage.ASKED), asks=True)
        assert mine
        assert mine.asked_at
        assert await stock_bulks.save(tx, replace(read, lines=5)) is None
        assert not await stock_bulks.end(tx, read)
        assert await stock_bulks.end(tx, mine, reason=Reason(code="a.b", sentence="No."))
        assert await stock_bulks.given_up(
            tx, tenant=one.tenant, connection=one.connection, purpose=Purpose.LINK, within=timedelta(hours=1)
        )


async def test_a_load_fences_its_own_locations(database: Database) -> None:
    one = await join(database)
    load = await begun(database, one, Purpose.LOAD, run=UUID(int=7), locations=["1", "2"])
    async with database.tenant(one.tenant) as tx:
        shop = {"tenant": one.tenant, "shop": one.shop}
        assert await stock_bulks.fences(tx, **shop, locations=["2", "3"])
        assert not await stock_bulks.fences(tx, **shop, locations=["3"])
        assert await stock_bulks.load_of(tx, tenant=one.tenant, connection=one.connection) == UUID(int=7)
        await stock_bulks.end(tx, load)
        assert not await stock_bulks.fences(tx, **shop, locations=["2"])


async def test_the_word_that_an_operation_is_over_brings_the_turn_of_who_waits_for_it(
    database: Database,
) -> None:
    one = await join(database)
    bulk = await begun(database, one)
    async with database.tenant(one.tenant) as tx:
        await stock_bulks.save(tx, replace(bulk, operation="gid://op/1", stage=Stage.RUNNING))
        await stock_settings.save(tx, tenant=one.tenant, connection=one.connection, settings="{}")
    async with database.tenant(one.tenant) as tx:
        await tx.run("UPDATE schedule SET due_at = now() + interval '1 hour' WHERE flow = 'inventory'")
        for operation, due in (("gid://op/9", False), ("gid://op/1", True)):
            await stock_bulks.hurry(tx, tenant=one.tenant, shop=one.shop, operations=[operation])
            assert await tx.value("SELECT due_at <= now() FROM schedule WHERE flow = 'inventory'") is due


async def test_an_older_word_about_an_item_does_not_win_and_a_direct_look_does(
    database: Database, addresses: Addresses
) -> None:
    one = await join(database)
    await say(database, one, item("1", "NEW", at=NOON, tracked=False))
    await say(database, one, item("1", "OLD", at=NOON - timedelta(minutes=5)))
    assert await known(addresses, one) == ("NEW", False)
    await say(database, one, item("1", "NEWER", at=NOON + timedelta(minutes=5)))
    assert await known(addresses, one) == ("NEWER", False)
    await say(database, one, item("1", "LOOKED", tracked=True))
    assert await known(addresses, one) == ("LOOKED", True)


async def test_two_words_in_one_batch_are_put_in_their_order(
    database: Database, addresses: Addresses
) -> None:
    one = await join(database)
    late = item("1", "OLD", at=NOON - timedelta(minutes=5), tracked=False)
    await say(database, one, item("1", "NEW", at=NOON), late)
    assert await known(addresses, one) == ("NEW", False)


async def test_a_slice_of_a_file_holds_items_with_their_levels_and_leaves_out_who_is_gone(
    database: Database,
) -> None:
    one = await join(database)
    bulk = await begun(database, one)
    async with database.tenant(one.tenant) as tx:
        parts = [item(str(n), f"SKU-{n}", tracked=True) for n in range(1, 6)]
        await stock_staging.keep(tx, tenant=one.tenant, bulk=bulk.id, parts=parts)
        await stock_staging.keep(tx, tenant=one.tenant, bulk=bulk.id, parts=parts)
        await stock_staging.buried(tx, tenant=one.tenant, shop=one.shop, keys=["2", "9"])
        await stock_staging.keep(tx, tenant=one.tenant, bulk=bulk.id, parts=[item("9", "BACK", tracked=True)])
        first = await stock_staging.slice_of(tx, tenant=one.tenant, bulk=bulk.id, after="", most=3)
        rest = await stock_staging.slice_of(tx, tenant=one.tenant, bulk=bulk.id, after="4", most=3)
    assert [each.sku for each in first] == ["SKU-1", "SKU-3", "SKU-4"]
    assert [each.sku for each in rest] == ["SKU-5"]


async def test_all_of_it_goes_with_the_shop(database: Database, addresses: Addresses) -> None:
    one = await join(database)
    bulk = await begun(database, one)
    async with database.tenant(one.tenant) as tx:
        await stock_staging.keep(tx, tenant=one.tenant, bulk=bulk.id, parts=[item("1", "SKU", tracked=True)])
        await privacy.erase_shop(tx, tenant=one.tenant, shop=one.shop, domain=one.domain)
    owner = await asyncpg.connect(addresses.owner)
    left = await owner.fetchval("SELECT count(*) FROM stock_bulk WHERE tenant_id = $1", one.tenant)
    await owner.close()
    assert left == 0
