"""Rows of mapping versions: the published one and those before it, which never change, and one draft beside them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import cast
from uuid import UUID

import orjson

from app.mapping.contents import Rules, Tables
from app.models.database import Row, Tx

DRAFT = 0
"""The draft's number: records remember numbers, and none may ever name a draft."""


@dataclass(frozen=True, kw_only=True)
class Head:
    """A version without its contents. `revision` of a draft is another after every change; of others the last it had.

    `based_on`: the version it began as a copy of, or followed; None: it is the connection's first.
    """

    number: int
    state: str
    note: str
    based_on: int | None
    revision: UUID
    made_by: str
    made_at: datetime
    published_by: str | None
    published_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class Version:
    """A version whole."""

    head: Head
    tables: Tables
    rules: Rules


async def lock(tx: Tx, *, tenant: UUID, connection: UUID) -> None:
    """Whoever changes a connection's mapping waits for whoever does; records and their runs do not."""
    await tx.row(
        "SELECT 1 FROM connection WHERE tenant_id = $1 AND id = $2 FOR NO KEY UPDATE", tenant, connection
    )


async def page(tx: Tx, *, tenant: UUID, connection: UUID, before: int | None, most: int) -> list[Head]:
    """What was published, the newest first."""
    rows = await tx.rows(
        "SELECT number, state, note, based_on, revision, made_by, made_at, published_by, published_at FROM mapping_version"
        " WHERE tenant_id = $1 AND connection_id = $2 AND number > 0 AND ($3::int IS NULL OR number < $3)"
        " ORDER BY number DESC LIMIT $4",
        tenant,
        connection,
        before,
        most,
    )
    return [_head(row) for row in rows]


async def one(tx: Tx, *, tenant: UUID, connection: UUID, number: int) -> Version | None:
    """By its number; DRAFT is the draft."""
    row = await tx.row(
        "SELECT * FROM mapping_version WHERE tenant_id = $1 AND connection_id = $2 AND number = $3",
        tenant,
        connection,
        number,
    )
    return _version(row) if row is not None else None


async def published(tx: Tx, *, tenant: UUID, connection: UUID) -> Version | None:
    """The one in force."""
    row = await tx.row(
        "SELECT * FROM mapping_version WHERE tenant_id = $1 AND connection_id = $2 AND state = 'published'",
        tenant,
        connection,
    )
    return _version(row) if row is not None else None


async def of_revision(tx: Tx, *, tenant: UUID, connection: UUID, revision: UUID) -> Version | None:
    """What a draft was at this revision: it is that still, or was published so; every version has one of its own."""
    row = await tx.row(
        "SELECT * FROM mapping_version WHERE tenant_id = $1 AND connection_id = $2 AND revision = $3",
        tenant,
        connection,
        revision,
    )
    return _version(row) if row is not None else None


async def in_force(tx: Tx, *, tenant: UUID, connection: UUID) -> int:
    """Its number; 0: none is."""
    number = await tx.value(
        "SELECT number FROM mapping_version WHERE tenant_id = $1 AND connection_id = $2 AND state = 'published'",
        tenant,
        connection,
    )
    return cast("int | None", number) or 0


async def begin(tx: Tx, *, tenant: UUID, connection: UUID, by: str) -> bool:
    """A draft that is as the published version is. False: there is one already."""
    count = await tx.run(
        """
        INSERT INTO mapping_version (tenant_id, connection_id, number, state, tables, rules, based_on, made_by)
        SELECT c.tenant_id, c.id, 0, 'draft', coalesce(m.tables, '{}'), coalesce(m.rules, '{}'), m.number, $3
        FROM connection c LEFT JOIN mapping_version m
            ON m.tenant_id = c.tenant_id AND m.connection_id = c.id AND m.state = 'published'
        WHERE c.tenant_id = $1 AND c.id = $2 ON CONFLICT DO NOTHING
        """,
        tenant,
        connection,
        by,
    )
    return count == 1


async def save(
    tx: Tx,
    *,
    tenant: UUID,
    connection: UUID,
    revision: UUID,
    tables: Tables,
    rules: Rules,
    note: str,
    based_on: int | None,
    by: str,
) -> UUID | None:
    """The draft's next revision. None: it is not as the caller saw it."""
    made = await tx.value(
        "UPDATE mapping_version SET tables = $4::jsonb, rules = $5::jsonb, note = $6, based_on = $7, made_by = $8,"
        " made_at = now(), revision = gen_random_uuid()"
        " WHERE tenant_id = $1 AND connection_id = $2 AND number = 0 AND revision = $3 RETURNING revision",
        tenant,
        connection,
        revision,
        _json(tables),
        _json(rules),
        note,
        based_on,
        by,
    )
    return cast("UUID | None", made)


async def discard(tx: Tx, *, tenant: UUID, connection: UUID, revision: UUID) -> bool:
    count = await tx.run(
        "DELETE FROM mapping_version WHERE tenant_id = $1 AND connection_id = $2 AND number = 0 AND revision = $3",
        tenant,
        connection,
        revision,
    )
    return count == 1


async def promote(tx: Tx, *, tenant: UUID, connection: UUID, revision: UUID, by: str) -> int:
    """The draft becomes the version in force; the caller holds the lock and knows that there is one."""
    await _retire(tx, tenant, connection)
    number = await tx.value(
        "UPDATE mapping_version SET state = 'published', published_at = now(), published_by = $4,"
        " number = (SELECT max(number) + 1 FROM mapping_version WHERE tenant_id = $1 AND connection_id = $2)"
        " WHERE tenant_id = $1 AND connection_id = $2 AND number = 0 AND revision = $3 RETURNING number",
        tenant,
        connection,
        revision,
        by,
    )
    return cast(int, number)


async def publish(
    tx: Tx,
    *,
    tenant: UUID,
    connection: UUID,
    tables: Tables,
    rules: Rules | None,
    note: str,
    by: str,
    based_on: int | None = None,
) -> int:
    """A new version, in force at once. `rules` None: as they are; `based_on` None: on the version in force."""
    await lock(tx, tenant=tenant, connection=connection)
    now = await published(tx, tenant=tenant, connection=connection)
    await _retire(tx, tenant, connection)
    number = await tx.value(
        "INSERT INTO mapping_version (tenant_id, connection_id, number, state, tables, rules, note, based_on, made_by,"
        " published_by, published_at)"
        " SELECT $1, $2, coalesce(max(number), 0) + 1, 'published', $3::jsonb, $4::jsonb, $5, $6, $7, $7, now()"
        " FROM mapping_version WHERE tenant_id = $1 AND connection_id = $2 RETURNING number",
        tenant,
        connection,
        _json(tables),
        _json(rules if rules is not None else now.rules if now else {}),
        note,
        based_on or (now.head.number if now else None),
        by,
    )
    return cast(int, number)


async def _retire(tx: Tx, tenant: UUID, connection: UUID) -> None:
    await tx.run(
        "UPDATE mapping_version SET state = 'retired'"
        " WHERE tenant_id = $1 AND connection_id = $2 AND state = 'published'",
        tenant,
        connection,
    )


def _json(value: Mapping[str, object]) -> str:
    return orjson.dumps(dict(value)).decode()


def _version(row: Row) -> Version:
    return Version(head=_head(row), tables=orjson.loads(row["tables"]), rules=orjson.loads(row["rules"]))


def _head(row: Row) -> Head:
    return Head(
        number=row["number"],
        state=row["state"],
        note=row["note"],
        based_on=row["based_on"],
        revision=row["revision"],
        made_by=row["made_by"],
        made_at=row["made_at"],
        published_by=row["published_by"],
        published_at=row["published_at"],
    )
