"""Upkeep: the coming days' partitions, and what has been kept long enough; each step is short and may be repeated."""

from __future__ import annotations

from datetime import timedelta
from typing import cast
from uuid import UUID

import asyncpg

from app.models import notifications, request_keys
from app.models.database import Database

_DAYS_AHEAD = 14
_PAGE = 2_000
_PLANS = 20


async def keep_house(
    database: Database, *, seen_for: timedelta, bodies_for: timedelta, timeline_for: timedelta
) -> None:
    """Makes partitions 14 days ahead, then lets go what is older than its retention."""
    async with database.across() as tx:
        await tx.value("SELECT make_partitions($1)", _DAYS_AHEAD)
        await tx.value("SELECT forget_seen((now() - $1::interval)::date)", seen_for)
    await _expire_payloads(database, bodies_for)
    await _expire_plans(database, bodies_for)
    while await notifications.expire(database, bodies=bodies_for, rows=timeline_for, most=_PAGE):
        pass
    await _expire_runs(database, bodies_for)
    while await request_keys.expire(database, most=_PAGE):
        pass
    await _expire_members(database, timeline_for)
    await _drop_old(database, "inbox_event", bodies_for)
    await _drop_old(database, "timeline", timeline_for)


async def _expire_payloads(database: Database, kept: timedelta) -> None:
    while True:
        async with database.across() as tx:
            count = await tx.value("SELECT expire_payloads(now() - $1::interval, $2)", kept, _PAGE)
        if cast(int, count) < _PAGE:
            return


async def _expire_plans(database: Database, kept: timedelta) -> None:
    """The lines of old plans and what-ifs; the runs stay with their counts."""
    while True:
        async with database.across() as tx:
            gone = await tx.value(
                "SELECT expire_plans(now() - $1::interval, $2) + expire_price_plans(now() - $1::interval, $2)"
                " + expire_what_ifs(now() - $1::interval, $2)",
                kept,
                _PLANS,
            )
        if not gone:
            return


async def _expire_runs(database: Database, kept: timedelta) -> None:
    """Comparisons of orders come all day; what people began themselves stays."""
    while True:
        async with database.across() as tx:
            count = await tx.value("SELECT expire_runs(now() - $1::interval, $2)", kept, _PAGE)
        if cast(int, count) < _PAGE:
            return


async def _expire_members(database: Database, kept: timedelta) -> None:
    """Whoever was not seen for so long: should they come back, they are met anew."""
    while True:
        async with database.across() as tx:
            count = await tx.value("SELECT expire_members(now() - $1::interval, $2)", kept, _PAGE)
        if cast(int, count) < _PAGE:
            return


async def _drop_old(database: Database, parent: str, kept: timedelta) -> None:
    """Whole days go at once. What is undone moves forward first; a busy table is left for the next round (rule 30)."""
    async with database.across() as tx:
        old = await tx.rows(
            "SELECT child, day FROM old_partitions($1, (now() - $2::interval)::date)", parent, kept
        )
    for row in old:
        try:
            async with database.across() as tx:
                if parent == "inbox_event":
                    await tx.value("SELECT move_undone_forward($1)", row["day"])
                await tx.value("SELECT drop_partition($1)", row["child"])
        except asyncpg.LockNotAvailableError:
            return


async def paused_connections(database: Database, *, after: UUID, most: int) -> list[tuple[UUID, UUID]]:
    """Connections that paused because a side refused them access, to be asked again."""
    async with database.across() as tx:
        rows = await tx.rows("SELECT tenant_id, connection_id FROM paused_connections($1, $2)", after, most)
    return [(row["tenant_id"], row["connection_id"]) for row in rows]


async def shops_with_unowned(database: Database, *, most: int) -> list[tuple[UUID, str]]:
    """Shops that are known by now and still have events from before."""
    async with database.across() as tx:
        rows = await tx.rows("SELECT tenant_id, domain FROM shops_with_unowned($1)", most)
    return [(row["tenant_id"], row["domain"]) for row in rows]


async def shops_with_old_tokens(database: Database, *, older: timedelta, most: int) -> list[str]:
    """Shops whose tokens nobody renewed for so long; an idle shop would lose its access in the end."""
    async with database.across() as tx:
        rows = await tx.rows(
            "SELECT domain FROM shops_with_old_tokens(now() - $1::interval, $2)", older, most
        )
    return [row["domain"] for row in rows]
