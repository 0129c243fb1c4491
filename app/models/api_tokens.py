"""API tokens: shown once, kept as a hash, with scopes, expiry and last use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import cast
from uuid import UUID

from tortoise.expressions import Q

from app.domain.access import Scope
from app.models.database import Database, Tx
from app.models.entities import ApiToken

SCOPES = tuple(scope.value for scope in Scope)
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


async def page(tx: Tx, *, tenant: UUID, after: tuple[datetime, UUID] | None, most: int) -> Sequence[ApiToken]:
    """The newest first, ended ones included."""
    found = ApiToken.filter(tenant_id=tenant).using_db(tx.orm).order_by("-made_at", "-id")
    if after is not None:
        at, last = after
        found = found.filter(Q(made_at__lt=at) | Q(made_at=at, id__lt=last))
    return await found.limit(most)


async def one(tx: Tx, *, tenant: UUID, token: UUID) -> ApiToken | None:
    return await ApiToken.filter(tenant_id=tenant, id=token).using_db(tx.orm).first()


async def valid(tx: Tx, *, tenant: UUID) -> int:
    """How many have not ended."""
    sql = (
        "SELECT count(*) FROM api_token WHERE tenant_id = $1 AND revoked_at IS NULL"
        " AND (expires_at IS NULL OR expires_at > now())"
    )
    return cast(int, await tx.value(sql, tenant))


async def names(tx: Tx, *, tenant: UUID, tokens: Sequence[UUID]) -> Mapping[UUID, str]:
    rows = await tx.rows(
        "SELECT id, name FROM api_token WHERE tenant_id = $1 AND id = ANY ($2::uuid[])", tenant, tokens
    )
    return {row["id"]: row["name"] for row in rows}


async def still(tx: Tx, *, tenant: UUID, token: UUID) -> frozenset[str] | None:
    """The scopes of a token that has not ended; None when it has."""
    row = await tx.row(
        "SELECT scopes FROM api_token WHERE tenant_id = $1 AND id = $2 AND revoked_at IS NULL"
        " AND (expires_at IS NULL OR expires_at > now())",
        tenant,
        token,
    )
    return frozenset(row["scopes"]) if row is not None else None


async def revoke(tx: Tx, *, tenant: UUID, token: UUID) -> bool:
    """Ends a token; False when there is none, or it has ended already."""
    found = ApiToken.filter(tenant_id=tenant, id=token, revoked_at__isnull=True).using_db(tx.orm)
    return await found.update(revoked_at=datetime.now(UTC)) == 1


async def owner(database: Database, digest: bytes) -> tuple[UUID, UUID] | None:
    """The tenant and id of a valid token; None when it is unknown, revoked or expired."""
    async with database.across() as tx:
        row = await tx.row("SELECT tenant_id, token_id FROM token_owner($1)", digest)
    return (row["tenant_id"], row["token_id"]) if row is not None else None
