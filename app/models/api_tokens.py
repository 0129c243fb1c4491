"""API tokens: shown once, kept as a hash, with scopes, expiry and last use."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

from app.models.database import Database, Tx
from app.models.entities import ApiToken

SCOPES = ("read_status", "read_records", "write_retry", "write_mappings", "admin")
_MOST = 500


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
    await ApiToken.create(
        using_db=tx.orm,
        tenant_id=tenant,
        id=token,
        name=name,
        digest=digest,
        scopes=list(scopes),
        expires_at=expires_at,
    )


async def listed(tx: Tx, *, tenant: UUID) -> list[ApiToken]:
    """Every token of the organisation, revoked ones included, oldest first. Few by nature: at most 500."""
    found = ApiToken.filter(tenant_id=tenant).using_db(tx.orm)
    return await found.order_by("made_at", "id").limit(_MOST)


async def revoke(tx: Tx, *, tenant: UUID, token: UUID) -> bool:
    """Ends a token; False when there is none, or it has ended already."""
    found = ApiToken.filter(tenant_id=tenant, id=token, revoked_at__isnull=True).using_db(tx.orm)
    return await found.update(revoked_at=datetime.now(UTC)) == 1


async def owner(database: Database, digest: bytes) -> tuple[UUID, UUID] | None:
    """The tenant and id of a valid token; None when it is unknown, revoked or expired."""
    async with database.across() as tx:
        row = await tx.row("SELECT tenant_id, token_id FROM token_owner($1)", digest)
    return (row["tenant_id"], row["token_id"]) if row is not None else None
