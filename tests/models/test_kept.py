"""A mapping is read and built once for each version, and rates once for each change, however often their connection is read."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from app.mapping.rates import Rate
from app.models import connections, mapping_versions, rates
from app.models.connections import Connection
from app.models.database import Database, Row, Tx
from app.models.kept import Kept
from tests.models.world import TABLES, Joined, join

MANY = {f"SKU-{n:05}": f"ITEM-{n:05}" for n in range(10_000)}
RULES: Any = {"fields": [{"id": "r", "target": "memo", "liquid": "{{ order.name }}"}]}


async def read(database: Database, joined: Joined) -> Connection:
    async with database.tenant(joined.tenant) as tx:
        found = await connections.one(tx, tenant=joined.tenant, connection=joined.connection)
    assert found is not None
    return found


async def publish(database: Database, joined: Joined, tables: Any, rules: Any = RULES) -> int:
    async with database.tenant(joined.tenant) as tx:
        return await mapping_versions.publish(
            tx,
            tenant=joined.tenant,
            connection=joined.connection,
            tables=tables,
            rules=rules,
            note="",
            by="t",
        )


async def enter(database: Database, joined: Joined, *entered: Rate) -> None:
    async with database.tenant(joined.tenant) as tx:
        await rates.save(tx, tenant=joined.tenant, connection=joined.connection, entered=entered, by="t")


def usd(rate: str, *, days: int = 0) -> Rate:
    return Rate(source="EUR", target="USD", rate=Decimal(rate), day=date(2026, 11, 1) - timedelta(days=days))


async def test_ten_thousand_rows_and_two_thousand_rates_are_built_once(database: Database) -> None:
    joined = await join(database)
    await publish(database, joined, {**TABLES, "items": MANY})
    await enter(database, joined, *(usd("1.5", days=n) for n in range(2_000)))
    before = database.kept.built
    first = await read(database, joined)
    assert database.kept.built == before + 2
    for _ in range(20):
        found = await read(database, joined)
        assert found.tables.items is first.tables.items
        assert found.tables.rules.templates is first.tables.rules.templates
        assert found.tables.rates is first.tables.rates
    assert database.kept.built == before + 2
    assert first.tables.items["sku-00007"] == "ITEM-00007"


async def test_what_is_known_is_not_even_sent_by_the_database(database: Database) -> None:
    joined = await join(database)
    await read(database, joined)
    seen: list[Row] = []

    class Watched(Tx):
        async def row(self, sql: str, *values: object) -> Row | None:
            found = await super().row(sql, *values)
            assert found is not None
            seen.append(found)
            return found

    async with database.tenant(joined.tenant) as tx:
        watched = Watched(tx.connection, tx.client, kept=tx.kept)
        await connections.one(watched, tenant=joined.tenant, connection=joined.connection)
    assert [(row["mapping_tables"], row["mapping_rules"], row["rates"]) for row in seen] == [
        (None, None, None)
    ]


async def test_another_version_and_another_rate_count_at_once(database: Database) -> None:
    joined = await join(database)
    await enter(database, joined, usd("1.5"))
    at = datetime(2026, 11, 2, tzinfo=UTC)
    assert (await read(database, joined)).tables.rate("EUR", "USD", at).rate == Decimal("1.5")
    await enter(database, joined, usd("1.6"))
    assert (await read(database, joined)).tables.rate("EUR", "USD", at).rate == Decimal("1.6")
    number = await publish(database, joined, {**TABLES, "payments": {"*": "NEW"}})
    found = await read(database, joined)
    assert (found.tables.number, found.tables.payments) == (number, {"*": "NEW"})
    assert found.tables.rate("EUR", "USD", at).rate == Decimal("1.6")


async def test_a_version_that_orders_keep_is_built_once_and_a_draft_never_kept(database: Database) -> None:
    joined = await join(database)
    old = await publish(database, joined, {**TABLES, "items": {"a": "A"}})
    await publish(database, joined, TABLES)

    async def mapping(number: int) -> Any:
        async with database.tenant(joined.tenant) as tx:
            return await connections.mapping(
                tx, tenant=joined.tenant, connection=joined.connection, number=number
            )

    first, second = await mapping(old), await mapping(old)
    assert first.items is second.items
    assert (first.number, first.items) == (old, {"a": "A"})
    async with database.tenant(joined.tenant) as tx:
        await mapping_versions.begin(tx, tenant=joined.tenant, connection=joined.connection, by="t")
    draft, again = await mapping(0), await mapping(0)
    assert draft.payments is not again.payments
    assert await mapping(77) is None


async def test_nobody_is_given_anothers(database: Database) -> None:
    one, two = await join(database), await join(database)
    await publish(database, one, {**TABLES, "payments": {"*": "ONE"}})
    await read(database, one)
    assert (await read(database, two)).tables.payments == TABLES["payments"]
    stranger = replace(one, tenant=two.tenant)
    async with database.tenant(two.tenant) as tx:
        assert await connections.one(tx, tenant=two.tenant, connection=stranger.connection) is None


def test_the_least_used_make_room_and_who_holds_them_keeps_them() -> None:
    kept, tenants = Kept(most=30), [uuid4() for _ in range(3)]

    def keep(tenant: UUID, slot: str, *, key: str = "", weight: int = 9) -> None:
        kept.keep(tenant, slot=slot, key=key or slot, value=slot, weight=weight)

    for tenant in tenants:
        keep(tenant, "a")
    held = kept.of(tenants[0])
    keep(tenants[2], "b")
    assert [kept.of(tenant) for tenant in tenants] == [{"a": "a"}, {}, {"a": "a", "b": "b"}]
    keep(tenants[0], "huge", weight=1_000)
    assert held == {"a": "a"}
    assert [kept.of(tenant) for tenant in tenants] == [{}, {}, {}]
    for n in range(5):
        keep(tenants[0], "rates", key=f"r{n}")
    assert list(kept.of(tenants[0])) == ["r4"]
