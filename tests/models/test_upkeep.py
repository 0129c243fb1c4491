"""Upkeep: partitions ahead, retention by dropped days, and nothing undone that is lost with them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import asyncpg

from app.errors import Reason
from app.models import connections
from app.models.database import Database
from app.models.upkeep import keep_house, paused_connections, shops_with_unowned
from tests.conftest import Addresses
from tests.models.world import join

TODAY = datetime.now(UTC).date()
KEEP = {"seen_for": timedelta(days=7), "bodies_for": timedelta(days=30), "timeline_for": timedelta(days=400)}


async def _partition(owner: asyncpg.Connection, day: date) -> str:
    child = f"inbox_event_{day:%Y%m%d}"
    await owner.execute(
        f"CREATE TABLE {child} PARTITION OF inbox_event FOR VALUES FROM ('{day}') TO ('{day + timedelta(days=1)}')"
    )
    return child


async def _children(owner: asyncpg.Connection) -> set[str]:
    return {row["relname"] for row in await owner.fetch("SELECT relname FROM pg_class WHERE relispartition")}


async def test_partitions_are_made_two_weeks_ahead_and_twice_makes_no_more(
    database: Database, addresses: Addresses
) -> None:
    owner = await asyncpg.connect(addresses.owner)
    await keep_house(database, **KEEP)
    first = await _children(owner)
    await keep_house(database, **KEEP)
    assert await _children(owner) == first
    assert f"inbox_event_{TODAY + timedelta(days=14):%Y%m%d}" in first
    await owner.close()


async def test_an_old_day_is_dropped_and_what_is_undone_in_it_moves_forward(
    database: Database, addresses: Addresses
) -> None:
    one, day = await join(database), TODAY - timedelta(days=45)
    owner = await asyncpg.connect(addresses.owner)
    child = await _partition(owner, day)
    for event in (1, 2):
        await owner.execute(
            "INSERT INTO inbox_event (tenant_id, id, received_on, shop_domain, topic, webhook_id, body, body_hash)"
            " VALUES ($1, $2, $3, $4, 'orders/create', $5, 'x', 'y')",
            one.tenant,
            event,
            day,
            one.domain,
            str(event),
        )
    await owner.execute(
        "INSERT INTO inbox_work (tenant_id, shop_domain, event_id, received_on, topic, held_code)"
        " VALUES ($1, $2, 2, $3, 'orders/create', 'event.malformed')", one.tenant, one.domain, day)  # fmt: skip
    await keep_house(database, **KEEP)
    assert child not in await _children(owner)
    left = await owner.fetch(
        "SELECT e.id, e.received_on = w.received_on AS pointed FROM inbox_event e"
        " JOIN inbox_work w ON w.event_id = e.id"
    )
    assert [(row["id"], row["pointed"]) for row in left] == [(2, True)]
    assert await owner.fetchval("SELECT count(*) FROM inbox_event") == 1
    await owner.close()


async def test_connections_refused_access_are_found_to_be_asked_again(database: Database) -> None:
    one, other = await join(database), await join(database)
    for joined, code in ((one, "shopify.frozen"), (other, "owner.refused")):
        async with database.tenant(joined.tenant) as tx:
            await connections.pause(tx, tenant=joined.tenant, connection=joined.connection,
                                    reason=Reason(code=code, sentence="Paused."))  # fmt: skip
    assert await paused_connections(database, after=UUID(int=0), most=10) == [(one.tenant, one.connection)]
    assert await shops_with_unowned(database, most=10) == []


async def test_comparisons_of_orders_go_after_a_month_and_what_people_began_stays(
    database: Database, addresses: Addresses
) -> None:
    one = await join(database)
    owner = await asyncpg.connect(addresses.owner)
    for kind, flow, days in (
        ("turn", "orders", 31), ("turn", "orders", 29), ("turn", "inventory", 31), ("replay", "orders", 31),
        ("backfill", "orders", 31),
    ):  # fmt: skip
        await owner.execute(
            "INSERT INTO run (tenant_id, connection_id, flow, kind, started_by, state, ended_at)"
            " VALUES ($1, $2, $3, $4, 'schedule', 'done', now() - make_interval(days => $5))",
            one.tenant,
            one.connection,
            flow,
            kind,
            days,
        )
    await keep_house(database, **KEEP)
    left = await owner.fetch("SELECT kind, flow FROM run ORDER BY kind, flow")
    await owner.close()
    assert [tuple(row) for row in left] == [
        ("backfill", "orders"),
        ("replay", "orders"),
        ("turn", "inventory"),
        ("turn", "orders"),
    ]
