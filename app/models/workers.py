"""Workers: heartbeats, the fixed shards they hold, and the questions that look across tenants for work."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast
from uuid import UUID

from app.models.database import Database


@dataclass(frozen=True, kw_only=True)
class Leases:
    """Implements the worker's shard leases on PostgreSQL's clock. A worker that misses its beats loses its shards."""

    database: Database
    shards: int
    lease: timedelta

    async def beat(self, worker: str) -> int:
        async with self.database.across() as tx:
            await tx.run("DELETE FROM worker_beat WHERE at < now() - $1::interval", self.lease * 3)
            await tx.run(
                "INSERT INTO worker_beat (worker, at) VALUES ($1, now()) ON CONFLICT (worker) DO UPDATE SET at = now()",
                worker,
            )
            count = await tx.value(
                "SELECT count(*) FROM worker_beat WHERE at > now() - $1::interval", self.lease
            )
        return cast(int, count)

    async def claim(self, worker: str, most: int) -> set[int]:
        async with self.database.across() as tx:
            await tx.run(
                "DELETE FROM worker_shard WHERE owner = $1 AND shard NOT IN"
                " (SELECT shard FROM worker_shard WHERE owner = $1 ORDER BY shard LIMIT $2)",
                worker,
                most,
            )
            await tx.run(
                """
                INSERT INTO worker_shard AS w (shard, owner, until)
                SELECT s, $1, now() + $3 FROM generate_series(0, $2 - 1) AS s
                WHERE NOT EXISTS (SELECT 1 FROM worker_shard x WHERE x.shard = s AND x.owner <> $1 AND x.until > now())
                ORDER BY (EXISTS (SELECT 1 FROM worker_shard x WHERE x.shard = s AND x.owner = $1)) DESC, s LIMIT $4
                ON CONFLICT (shard) DO UPDATE SET owner = $1, until = now() + $3
                WHERE w.owner = $1 OR w.until <= now()
                """,
                worker,
                self.shards,
                self.lease,
                most,
            )
            rows = await tx.rows("SELECT shard FROM worker_shard WHERE owner = $1 AND until > now()", worker)
        return {row["shard"] for row in rows}

    async def release(self, worker: str) -> None:
        async with self.database.across() as tx:
            await tx.run("DELETE FROM worker_shard WHERE owner = $1", worker)
            await tx.run("DELETE FROM worker_beat WHERE worker = $1", worker)


@dataclass(frozen=True, kw_only=True)
class Backlog:
    """Counts stop at 100,000. The times are of what waits longest."""

    events: int
    oldest_event: datetime | None
    records: int
    oldest_record: datetime | None


async def backlog(database: Database) -> Backlog:
    async with database.across() as tx:
        row = await tx.row("SELECT * FROM backlog()")
    assert row is not None
    return Backlog(**dict(row))


async def shops_with_work(database: Database, *, missed_for: timedelta, most: int) -> list[tuple[UUID, UUID]]:
    """Shops with anything due, the one served longest ago first."""
    async with database.across() as tx:
        rows = await tx.rows("SELECT tenant_id, shop_id FROM shops_with_work($1, $2)", missed_for, most)
    return [(row["tenant_id"], row["shop_id"]) for row in rows]


async def connections_to_listen(database: Database, *, most: int) -> list[tuple[UUID, UUID]]:
    """Those whose ERP may be asked what has changed there."""
    async with database.across() as tx:
        rows = await tx.rows("SELECT tenant_id, connection_id FROM connections_to_listen($1)", most)
    return [(row["tenant_id"], row["connection_id"]) for row in rows]
