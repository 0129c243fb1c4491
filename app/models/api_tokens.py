"""API tokens: shown once, kept as a hash, with scopes, expiry and last use."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.models.database import Database, Tx

SCOPES = ("read_status", "read_records", "write_retry", "write_mappings", "admin")


@dataclass(frozen=True, kw_only=True)
class ApiToken:
    id: UUID
    name: str
    scopes: tuple[str, ...]
    made_at: datetime
    expires_at: datetime | None
    used_at: datetime | None
    revoked_at: datetime | None


async def create(
    tx: Tx,
    *,
    tenant: UUID,
    token: UUID,
    name: str,
    digest: bytes,
    scopes: Sequence[str],
    expires_at: datetime | None,
) -> None:
    await tx.run(
        "INSERT INTO api_token (tenant_id, id, name, digest, scopes, expires_at) VALUES ($1, $2, $3, $4, $5, $6)",
        tenant,
        token,
        name,
        digest,
        list(scopes),
        expires_at,
    )


async def listed(tx: Tx, *, tenant: UUID) -> list[ApiToken]:
    """Every token of the organisation, revoked ones included, oldest first. Few by nature: at most 500."""
    rows = await tx.rows(
        "SELECT id, name, scopes, made_at, expires_at, used_at, revoked_at FROM api_token WHERE tenant_id = $1"
        " ORDER BY made_at, id LIMIT 500",
        tenant,
    )
    return [ApiToken(**{**dict(row), "scopes": tuple(row["scopes"])}) for row in rows]


async def revoke(tx: Tx, *, tenant: UUID, token: UUID) -> bool:
    count = await tx.run(
        "UPDATE api_token SET revoked_at = now() WHERE tenant_id = $1 AND id = $2 AND revoked_at IS NULL",
        tenant,
        token,
    )
    return count == 1


async def owner(database: Database, digest: bytes) -> tuple[UUID, UUID] | None:
    """The tenant and id of a valid token; None when it is unknown, revoked or expired."""
    async with database.across() as tx:
        row = await tx.row("SELECT tenant_id, token_id FROM token_owner($1)", digest)
    return (row["tenant_id"], row["token_id"]) if row is not None else None
