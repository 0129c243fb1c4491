"""Shops of platforms that have a form: named after their platform, opened with what a person entered."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import cast
from uuid import UUID, uuid4

import orjson

from app.crypto import Vault
from app.models import shops
from app.models.database import Database, Tx

_PURPOSE = "tokens"
"""They rest where a signed-in shop has its tokens, and move to a new key with them."""


def domain_of(platform: str, name: str) -> str:
    """What the shop is called here. No host name has a colon, so it is never taken for another platform's shop."""
    return f"{platform}:{name}"


async def add(
    database: Database,
    vault: Vault,
    *,
    platform: str,
    name: str,
    credentials: Mapping[str, str],
    at: datetime,
) -> tuple[UUID, UUID]:
    """Adds the shop as an organisation of its own, or gives a known one new credentials; answers with both ids."""
    domain = domain_of(platform, name)
    known = await shops.locate(database, domain)
    tenant = known[0] if known else uuid4()
    async with database.tenant(tenant) as tx:
        shop = (
            known[1]
            if known
            else await shops.create(tx, tenant=tenant, domain=domain, platform=platform, at=at)
        )
        sealed = vault.seal(orjson.dumps(dict(credentials)), tenant=tenant, purpose=_PURPOSE)
        await shops.install(tx, tenant=tenant, shop=shop, at=at)
        await _keep(tx, tenant, shop, sealed)
    return tenant, shop


async def _keep(tx: Tx, tenant: UUID, shop: UUID, sealed: bytes) -> None:
    """Without a time: what was entered does not grow old, so nobody tries to renew it."""
    await tx.run(
        "UPDATE shop SET sealed_tokens = $3, token_generation = token_generation + 1, tokens_at = NULL"
        " WHERE tenant_id = $1 AND id = $2",
        tenant,
        shop,
        sealed,
    )


async def credentials(database: Database, vault: Vault, domain: str) -> Mapping[str, str] | None:
    """What was entered for the shop; None for one that nobody added, or that has left."""
    where = await shops.locate(database, domain)
    if where is None:
        return None
    async with database.tenant(where[0]) as tx:
        row = await shops.read(tx, tenant=where[0], shop=where[1])
    if row is None or row.sealed_tokens is None or row.state == "uninstalled":
        return None
    opened = vault.open(row.sealed_tokens, tenant=where[0], purpose=_PURPOSE)
    return cast("Mapping[str, str]", orjson.loads(opened))
