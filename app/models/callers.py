"""Who holds an API token, and what the audit log says of those who ask for a change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

import orjson

from app.models.database import Database, Tx


@dataclass(frozen=True, kw_only=True)
class TokenHolder:
    tenant: UUID
    token: UUID
    name: str
    scopes: frozenset[str]


async def token_holder(database: Database, digest: bytes) -> TokenHolder | None:
    """Who a token belongs to; None when it is unknown, revoked or expired. Its last use is noted once a minute."""
    async with database.across() as tx:
        owner = await tx.row("SELECT tenant_id, token_id FROM token_owner($1)", digest)
    if owner is None:
        return None
    tenant, token = owner["tenant_id"], owner["token_id"]
    async with database.tenant(tenant) as tx:
        row = await tx.row(
            "SELECT name, scopes, used_at IS NULL OR used_at < now() - interval '1 minute' AS unnoted"
            " FROM api_token WHERE tenant_id = $1 AND id = $2",
            tenant,
            token,
        )
        if row is not None and row["unnoted"]:
            await tx.run(
                "UPDATE api_token SET used_at = now() WHERE tenant_id = $1 AND id = $2", tenant, token
            )
    if row is None:
        return None
    return TokenHolder(tenant=tenant, token=token, name=row["name"], scopes=frozenset(row["scopes"]))


async def audited(
    tx: Tx, *, tenant: UUID, actor: str, action: str, subject: str, facts: Mapping[str, str] | None = None
) -> None:
    """Notes who changed what. `facts` hold neither secrets nor personal data."""
    await tx.run(
        "INSERT INTO audit_log (tenant_id, actor, action, subject, facts) VALUES ($1, $2, $3, $4, $5::jsonb)",
        tenant,
        actor,
        action,
        subject,
        orjson.dumps(dict(facts or {})).decode(),
    )


async def denied(tx: Tx, *, tenant: UUID, actor: str, field: str, facts: Mapping[str, str]) -> None:
    """Notes that somebody asked for what they may not: once a minute each, so that asking fills no log."""
    await tx.run(
        "INSERT INTO audit_log (tenant_id, actor, action, subject, facts)"
        " SELECT $1, $2, 'access.denied', $3, $4::jsonb WHERE NOT EXISTS ("
        " SELECT 1 FROM audit_log WHERE tenant_id = $1 AND at > now() - interval '1 minute'"
        " AND actor = $2 AND action = 'access.denied' AND subject = $3)",
        tenant,
        actor,
        field,
        orjson.dumps(dict(facts)).decode(),
    )
