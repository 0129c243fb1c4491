"""Codes that let a shop join an organisation: digests alone, one that counts at a time, each good for one shop."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast
from uuid import UUID, uuid4

from app.models.database import Database, Tx

TRIED = "shop.join_tried"
"""What the audit log calls a try; from there they are counted."""


@dataclass(frozen=True, kw_only=True)
class Code:
    """`used_by`: the domain of the shop that joined by it; None: none has."""

    id: UUID
    ended: bool
    used_by: str | None


async def replace(
    tx: Tx, *, tenant: UUID, digest: bytes, made_by: str, lives: timedelta
) -> tuple[UUID, datetime]:
    """Keeps a new code and forgets every former one, so that the newest alone counts; its id and its end."""
    made = uuid4()
    await tx.run("DELETE FROM shop_join_code WHERE tenant_id = $1", tenant)
    ends = await tx.value(
        "INSERT INTO shop_join_code (tenant_id, id, digest, made_by, expires_at) VALUES ($1, $2, $3, $4, now() + $5)"
        " RETURNING expires_at",
        tenant,
        made,
        digest,
        made_by,
        lives,
    )
    return made, cast(datetime, ends)


async def tenant_of(database: Database, digest: bytes) -> UUID | None:
    """Whose code it is, also when it has ended. It is found by its digest: how long that takes says nothing of the code."""
    async with database.across() as tx:
        return cast("UUID | None", await tx.value("SELECT tenant_of_join_code($1)", digest))


async def hold(tx: Tx, *, tenant: UUID, digest: bytes) -> Code | None:
    """The code, kept to this transaction until it ends: of two shops that come with it one is first."""
    row = await tx.row(
        "SELECT id, expires_at <= now() AS ended, used_by FROM shop_join_code WHERE tenant_id = $1 AND digest = $2 FOR UPDATE",
        tenant,
        digest,
    )
    return Code(**dict(row)) if row is not None else None


async def used(tx: Tx, *, tenant: UUID, code: UUID, by: str) -> None:
    await tx.run(
        "UPDATE shop_join_code SET used_at = now(), used_by = $3 WHERE tenant_id = $1 AND id = $2",
        tenant,
        code,
        by,
    )


async def void(tx: Tx, *, tenant: UUID, made_by: str) -> None:
    """Whoever may no longer what they might leaves no code behind."""
    await tx.run(
        "DELETE FROM shop_join_code WHERE tenant_id = $1 AND made_by = $2 AND used_at IS NULL",
        tenant,
        made_by,
    )


async def tries(tx: Tx, *, tenant: UUID, within: timedelta) -> int:
    """How often anybody of the organisation tried a code lately."""
    sql = "SELECT count(*) FROM audit_log WHERE tenant_id = $1 AND action = $2 AND at > now() - $3::interval"
    return cast(int, await tx.value(sql, tenant, TRIED, within))
