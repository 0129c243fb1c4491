"""Feeds of look-up tables: their addresses and sealed secrets, and how the last deliveries went."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import cast
from uuid import UUID

from app.errors import Reason
from app.models.database import Database, Row, Tx


@dataclass(frozen=True, kw_only=True)
class Feed:
    """`signed_at`: the sender's own time of the newest delivery that was taken. `code`: of the last one, where it was refused."""

    id: UUID
    connection: UUID
    table: str
    merge: bool
    sealed_secret: bytes = field(repr=False)
    signed_at: int
    delivered_at: datetime | None
    delivered_rows: int | None
    version: int | None
    failed_at: datetime | None
    code: str | None
    sentence: str | None


async def save(
    tx: Tx, *, tenant: UUID, connection: UUID, table: str, merge: bool, sealed: bytes, by: str
) -> UUID:
    """A table's feed, with a new secret where there is one already: its address stays."""
    made = await tx.value(
        "INSERT INTO table_feed (tenant_id, connection_id, table_name, merge, sealed_secret, made_by)"
        " VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (tenant_id, connection_id, table_name) DO UPDATE SET"
        " merge = excluded.merge, sealed_secret = excluded.sealed_secret, made_by = excluded.made_by, made_at = now()"
        " RETURNING id",
        tenant,
        connection,
        table,
        merge,
        sealed,
        by,
    )
    return cast(UUID, made)


async def remove(tx: Tx, *, tenant: UUID, connection: UUID, table: str) -> bool:
    count = await tx.run(
        "DELETE FROM table_feed WHERE tenant_id = $1 AND connection_id = $2 AND table_name = $3",
        tenant,
        connection,
        table,
    )
    return count == 1


async def listed(tx: Tx, *, tenant: UUID, connection: UUID) -> list[Feed]:
    """By table; there are no more than tables."""
    rows = await tx.rows(
        "SELECT * FROM table_feed WHERE tenant_id = $1 AND connection_id = $2 ORDER BY table_name LIMIT 200",
        tenant,
        connection,
    )
    return [_feed(row) for row in rows]


async def refused(tx: Tx, *, tenant: UUID, most: int = 100) -> list[Feed]:
    """Those of connections that have been live whose last delivery was refused, the newest first."""
    rows = await tx.rows(
        "SELECT f.* FROM table_feed f JOIN connection c ON c.tenant_id = f.tenant_id AND c.id = f.connection_id"
        " WHERE f.tenant_id = $1 AND f.failed_at IS NOT NULL AND c.state <> 'setup' ORDER BY f.failed_at DESC, f.id LIMIT $2",
        tenant,
        most,
    )
    return [_feed(row) for row in rows]


async def one(tx: Tx, *, tenant: UUID, feed: UUID) -> Feed | None:
    row = await tx.row("SELECT * FROM table_feed WHERE tenant_id = $1 AND id = $2", tenant, feed)
    return _feed(row) if row is not None else None


async def tenant_of(database: Database, feed: UUID) -> UUID | None:
    """Whose address this is; None for one that nobody has."""
    async with database.across() as tx:
        return cast("UUID | None", await tx.value("SELECT tenant_of_feed($1)", feed))


async def advance(tx: Tx, *, tenant: UUID, feed: UUID, signed_at: int) -> bool:
    """Whether this delivery is newer than every one that was taken; then no older one is taken any more."""
    count = await tx.run(
        "UPDATE table_feed SET signed_at = $3 WHERE tenant_id = $1 AND id = $2 AND signed_at < $3",
        tenant,
        feed,
        signed_at,
    )
    return count == 1


async def delivered(tx: Tx, *, tenant: UUID, feed: UUID, rows: int, version: int) -> None:
    await tx.run(
        "UPDATE table_feed SET delivered_at = now(), delivered_rows = $3, version = $4, failed_at = NULL, code = NULL,"
        " sentence = NULL WHERE tenant_id = $1 AND id = $2",
        tenant,
        feed,
        rows,
        version,
    )


async def failed(tx: Tx, *, tenant: UUID, feed: UUID, reason: Reason) -> None:
    await tx.run(
        "UPDATE table_feed SET failed_at = now(), code = $3, sentence = $4 WHERE tenant_id = $1 AND id = $2",
        tenant,
        feed,
        reason.code,
        reason.sentence,
    )


def _feed(row: Row) -> Feed:
    return Feed(
        id=row["id"],
        connection=row["connection_id"],
        table=row["table_name"],
        merge=row["merge"],
        sealed_secret=row["sealed_secret"],
        signed_at=row["signed_at"],
        delivered_at=row["delivered_at"],
        delivered_rows=row["delivered_rows"],
        version=row["version"],
        failed_at=row["failed_at"],
        code=row["code"],
        sentence=row["sentence"],
    )
