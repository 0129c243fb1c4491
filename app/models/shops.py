"""Shops: one row per install, its sealed tokens with their version, and the lease of whoever renews them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from app.models.database import Database, Row, Tx

TOKENS = "tokens"
"""What a shop's access is sealed for."""


@dataclass(frozen=True, kw_only=True)
class Shop:
    """`sealed_tokens` opens with purpose `tokens`; None when there are none. `moved_from`: whose it was before."""

    tenant: UUID
    id: UUID
    platform: str
    domain: str
    state: str
    installed_at: datetime
    scopes: tuple[str, ...]
    sealed_tokens: bytes | None = field(repr=False)
    generation: int
    moved_from: tuple[UUID, ...] = ()


async def locate(database: Database, domain: str) -> tuple[UUID, UUID] | None:
    """The tenant and id of a shop by its domain, whatever its state; None when nobody ever installed it."""
    async with database.across() as tx:
        row = await tx.row("SELECT tenant_id, shop_id FROM shop_by_domain($1)", domain)
    return (row["tenant_id"], row["shop_id"]) if row is not None else None


@dataclass(frozen=True)
class AtHome:
    """A transaction in the organisation that a shop stays in until it ends."""

    tx: Tx
    tenant: UUID
    shop: UUID


@asynccontextmanager
async def at_home(database: Database, domain: str) -> AsyncIterator[AtHome | None]:
    """Goes where the shop is, and after it when it moves just then; None when nobody has it."""
    while (where := await locate(database, domain)) is not None:
        async with database.tenant(where[0]) as tx:
            if await _stays(tx, tenant=where[0], shop=where[1]):
                yield AtHome(tx, *where)
                return
    yield None


async def found(database: Database, domain: str) -> Shop | None:
    """The shop as it stands, wherever it is; None when nobody has it."""
    while (where := await locate(database, domain)) is not None:
        async with database.tenant(where[0]) as tx:
            if (shop := await read(tx, tenant=where[0], shop=where[1])) is not None:
                return shop
    return None


async def read(tx: Tx, *, tenant: UUID, shop: UUID) -> Shop | None:
    return _shop(await tx.row("SELECT * FROM shop WHERE tenant_id = $1 AND id = $2", tenant, shop))


async def served(tx: Tx, *, tenant: UUID, shop: UUID) -> tuple[str, str] | None:
    """Notes that the shop had its turn, so that the one served longest ago goes first; its domain and platform."""
    row = await tx.row(
        "UPDATE shop SET served_at = now() WHERE tenant_id = $1 AND id = $2 RETURNING domain, platform",
        tenant,
        shop,
    )
    return (row["domain"], row["platform"]) if row else None


async def lock(tx: Tx, *, tenant: UUID, domain: str) -> Shop | None:
    """The shop, its row kept to this transaction until it ends; None where it is there no more."""
    return _shop(
        await tx.row("SELECT * FROM shop WHERE tenant_id = $1 AND domain = $2 FOR UPDATE", tenant, domain)
    )


async def create(tx: Tx, *, tenant: UUID, domain: str, platform: str, at: datetime) -> UUID:
    """A new organisation with its first shop. Raises a unique violation when another install was faster."""
    shop = uuid4()
    await tx.run("INSERT INTO tenant (id, name) VALUES ($1, $2)", tenant, domain)
    await tx.run(
        "INSERT INTO shop (tenant_id, id, platform, domain, installed_at) VALUES ($1, $2, $3, $4, $5)",
        tenant,
        shop,
        platform,
        domain,
        at,
    )
    return shop


async def install(tx: Tx, *, tenant: UUID, shop: UUID, at: datetime) -> None:
    """The app is installed (again): the stay begins `at` unless one is running; what was paused for access resumes."""
    await tx.run(
        "UPDATE shop SET installed_at = CASE WHEN state = 'uninstalled' THEN $3 ELSE installed_at END,"
        " state = 'installed', state_sentence = NULL, uninstalled_at = NULL WHERE tenant_id = $1 AND id = $2",
        tenant,
        shop,
        at,
    )
    await tx.run(
        "UPDATE connection SET state = 'live', paused_code = NULL, paused_sentence = NULL"
        " WHERE tenant_id = $1 AND shop_id = $2 AND state = 'paused'"
        " AND paused_code LIKE (SELECT platform || '.%' FROM shop WHERE tenant_id = $1 AND id = $2)",
        tenant,
        shop,
    )


async def store_tokens(
    tx: Tx,
    *,
    tenant: UUID,
    shop: UUID,
    sealed: bytes,
    scopes: Sequence[str],
    over: int | None,
) -> bool:
    """Stores a whole pair as the next generation, only over generation `over` (None: whichever is there)."""
    count = await tx.run(
        "UPDATE shop SET sealed_tokens = $3, scopes = $4, token_generation = token_generation + 1, tokens_at = now()"
        " WHERE tenant_id = $1 AND id = $2 AND ($5::bigint IS NULL OR token_generation = $5)",
        tenant,
        shop,
        sealed,
        sorted(scopes),
        over,
    )
    return count == 1


async def lose_tokens(tx: Tx, *, tenant: UUID, shop: UUID, generation: int) -> bool:
    """Drops a worthless pair; the shop counts as signed out until it comes back."""
    count = await tx.run(
        "UPDATE shop SET sealed_tokens = NULL, state = CASE WHEN state = 'installed' THEN 'signed_out' ELSE state END"
        " WHERE tenant_id = $1 AND id = $2 AND token_generation = $3",
        tenant,
        shop,
        generation,
    )
    return count == 1


async def lease_tokens(tx: Tx, *, tenant: UUID, shop: UUID, holder: UUID, until: timedelta) -> bool:
    """Takes the one right to renew, by the database's clock; False while another holds it."""
    count = await tx.run(
        "UPDATE shop SET token_lease_owner = $3, token_lease_until = now() + $4 WHERE tenant_id = $1 AND id = $2"
        " AND (token_lease_until IS NULL OR token_lease_until < now() OR token_lease_owner = $3)",
        tenant,
        shop,
        str(holder),
        until,
    )
    return count == 1


async def release_tokens(tx: Tx, *, tenant: UUID, shop: UUID, holder: UUID) -> None:
    await tx.run(
        "UPDATE shop SET token_lease_owner = NULL, token_lease_until = NULL"
        " WHERE tenant_id = $1 AND id = $2 AND token_lease_owner = $3",
        tenant,
        shop,
        str(holder),
    )


async def uninstall(tx: Tx, *, tenant: UUID, shop: UUID, installed_at: datetime) -> bool:
    """Ends exactly the stay that began then: tokens go, connections pause, data stays until the privacy topic."""
    count = await tx.run(
        "UPDATE shop SET state = 'uninstalled', uninstalled_at = now(), sealed_tokens = NULL,"
        " token_generation = token_generation + 1"
        " WHERE tenant_id = $1 AND id = $2 AND installed_at = $3 AND state <> 'uninstalled'",
        tenant,
        shop,
        installed_at,
    )
    if count != 1:
        return False
    await tx.run(
        "UPDATE connection SET state = 'paused', paused_sentence = 'The app was uninstalled from this shop.',"
        " paused_code = (SELECT platform || '.uninstalled' FROM shop WHERE tenant_id = $1 AND id = $2)"
        " WHERE tenant_id = $1 AND shop_id = $2 AND state = 'live'",
        tenant,
        shop,
    )
    return True


async def grant(tx: Tx, *, tenant: UUID, shop: UUID, scopes: Sequence[str]) -> None:
    """Remembers what the shop grants now."""
    await tx.run("UPDATE shop SET scopes = $3 WHERE tenant_id = $1 AND id = $2", tenant, shop, sorted(scopes))


async def set_zone(tx: Tx, *, tenant: UUID, shop: UUID, zone: str) -> None:
    """Where its people live: what their cron expressions mean."""
    await tx.run(
        "UPDATE shop SET zone = $3 WHERE tenant_id = $1 AND id = $2 AND zone IS DISTINCT FROM $3",
        tenant,
        shop,
        zone,
    )


async def _stays(tx: Tx, *, tenant: UUID, shop: UUID) -> bool:
    """Keeps the shop from moving until the transaction ends, and from nothing else; False where it is there no more."""
    sql = "SELECT 1 FROM shop WHERE tenant_id = $1 AND id = $2 FOR KEY SHARE"
    return await tx.value(sql, tenant, shop) is not None


def _shop(row: Row | None) -> Shop | None:
    if row is None:
        return None
    return Shop(
        tenant=row["tenant_id"],
        id=row["id"],
        platform=row["platform"],
        domain=row["domain"],
        state=row["state"],
        installed_at=row["installed_at"],
        scopes=tuple(row["scopes"]),
        sealed_tokens=row["sealed_tokens"],
        generation=row["token_generation"],
        moved_from=tuple(row["moved_from"]),
    )
