"""Shops of platforms that have a form: named after their platform, opened with what a person entered.

That rests where a signed-in shop has its tokens, and moves to a new key, or another organisation, with them.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import cast
from uuid import UUID, uuid4

import orjson

from app.crypto import Vault
from app.models import shops
from app.models.database import Database, Tx


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
    async with shops.at_home(database, domain) as there:
        if there is not None:
            await _kept(there.tx, vault, there.tenant, there.shop, credentials, at)
            return there.tenant, there.shop
    tenant = uuid4()
    async with database.tenant(tenant) as tx:
        shop = await shops.create(tx, tenant=tenant, domain=domain, platform=platform, at=at)
        await _kept(tx, vault, tenant, shop, credentials, at)
    return tenant, shop


async def _kept(
    tx: Tx, vault: Vault, tenant: UUID, shop: UUID, credentials: Mapping[str, str], at: datetime
) -> None:
    """Without a time for what was entered: it does not grow old, so nobody tries to renew it."""
    sealed = vault.seal(orjson.dumps(dict(credentials)), tenant=tenant, purpose=shops.TOKENS)
    await shops.install(tx, tenant=tenant, shop=shop, at=at)
    await tx.run(
        "UPDATE shop SET sealed_tokens = $3, token_generation = token_generation + 1, tokens_at = NULL"
        " WHERE tenant_id = $1 AND id = $2",
        tenant,
        shop,
        sealed,
    )


async def credentials(database: Database, vault: Vault, domain: str) -> Mapping[str, str] | None:
    """What was entered for the shop; None for one that nobody added, or that has left."""
    row = await shops.found(database, domain)
    if row is None or row.sealed_tokens is None or row.state == "uninstalled":
        return None
    opened = vault.open(row.sealed_tokens, tenant=row.tenant, purpose=shops.TOKENS)
    return cast("Mapping[str, str]", orjson.loads(opened))
