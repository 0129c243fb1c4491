"""Connections, shops and the organisation as people see them: no secrets, no mapping, many in one statement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import orjson

from app.models.database import Row, Tx


@dataclass(frozen=True, kw_only=True)
class ShopRow:
    id: UUID
    platform: str
    domain: str
    state: str
    state_sentence: str | None
    installed_at: datetime


@dataclass(frozen=True, kw_only=True)
class ConnectionRow:
    """A connection as it stands, with the shop it joins. `mapping_version` is the published one's number."""

    id: UUID
    shop: ShopRow
    host: str
    name: str
    state: str
    paused_code: str | None
    paused_sentence: str | None
    go_live_at: datetime | None
    flows: Mapping[str, bool]
    owners: Mapping[str, str]
    options: Mapping[str, str]
    no_writes: bool
    practice: bool
    breaker_failures: int
    breaker_until: datetime | None
    created_at: datetime
    mapping_version: int | None


_SELECT = """
    SELECT c.*, m.number AS mapping_version, s.platform AS shop_platform, s.domain AS shop_domain, s.state AS shop_state,
        s.state_sentence AS shop_state_sentence, s.installed_at AS shop_installed_at
    FROM connection c JOIN shop s ON s.tenant_id = c.tenant_id AND s.id = c.shop_id
    LEFT JOIN mapping_version m ON m.tenant_id = c.tenant_id AND m.connection_id = c.id AND m.state = 'published'
    WHERE c.tenant_id = $1
"""


async def listed(tx: Tx, *, tenant: UUID) -> list[ConnectionRow]:
    """Every connection of the organisation, oldest first. Few by nature: at most 500."""
    rows = await tx.rows(_SELECT + " ORDER BY c.created_at, c.id LIMIT 500", tenant)
    return [_connection(row) for row in rows]


async def some(tx: Tx, *, tenant: UUID, ids: Sequence[UUID]) -> dict[UUID, ConnectionRow]:
    rows = await tx.rows(_SELECT + " AND c.id = ANY ($2::uuid[])", tenant, list(ids))
    return {row["id"]: _connection(row) for row in rows}


async def shops(tx: Tx, *, tenant: UUID, ids: Sequence[UUID]) -> dict[UUID, ShopRow]:
    rows = await tx.rows(
        "SELECT * FROM shop WHERE tenant_id = $1 AND id = ANY ($2::uuid[])", tenant, list(ids)
    )
    return {row["id"]: _shop(row) for row in rows}


async def shops_listed(tx: Tx, *, tenant: UUID) -> list[ShopRow]:
    """Every shop of the organisation, the first one first. Few by nature: at most 500."""
    rows = await tx.rows(
        "SELECT * FROM shop WHERE tenant_id = $1 ORDER BY installed_at, id LIMIT 500", tenant
    )
    return [_shop(row) for row in rows]


async def organisation(tx: Tx, *, tenant: UUID) -> str:
    """Its name."""
    return str(await tx.value("SELECT name FROM tenant WHERE id = $1", tenant) or "")


def _shop(row: Row, of: str = "") -> ShopRow:
    """`of`: what its columns begin with."""
    return ShopRow(
        id=row[f"{of}id"],
        platform=row[f"{of}platform"],
        domain=row[f"{of}domain"],
        state=row[f"{of}state"],
        state_sentence=row[f"{of}state_sentence"],
        installed_at=row[f"{of}installed_at"],
    )


def _connection(row: Row) -> ConnectionRow:
    return ConnectionRow(
        id=row["id"],
        shop=_shop(row, "shop_"),
        host=row["host"],
        name=row["name"],
        state=row["state"],
        paused_code=row["paused_code"],
        paused_sentence=row["paused_sentence"],
        go_live_at=row["go_live_at"],
        flows=orjson.loads(row["flows"]),
        owners=orjson.loads(row["owners"]),
        options=orjson.loads(row["options"]),
        no_writes=row["no_writes"],
        practice=row["practice"],
        breaker_failures=row["breaker_failures"],
        breaker_until=row["breaker_until"],
        created_at=row["created_at"],
        mapping_version=row["mapping_version"],
    )
