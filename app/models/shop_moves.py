"""A shop leaves its organisation for another: its row, its access and its privacy requests go along, all else stays or ends.

Both halves stand in one transaction (`Database.moving`). Events that nobody has handled yet stay where they are; they are
the shop's own again once somebody has looked for them (`moved_from`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID, uuid4

from app.models import privacy
from app.models.database import Row, Tx


@dataclass(frozen=True, kw_only=True)
class Leaving:
    """A shop's row, and how many connections it has that are no practice. `sealed` opens for the organisation it is in."""

    tenant: UUID
    id: UUID
    domain: str
    state: str
    sealed: bytes | None = field(repr=False)
    connections: int
    row: Row = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Request:
    """A privacy request that was carried out, or is to be."""

    id: UUID
    topic: str
    received_at: datetime
    done_at: datetime | None
    result: str


async def lock(tx: Tx, *, tenant: UUID) -> None:
    """Keeps the organisation to this transaction: nobody else moves into it or out of it, and it stays until the end."""
    await tx.value("SELECT 1 FROM tenant WHERE id = $1 FOR UPDATE", tenant)


async def leaving(tx: Tx, *, tenant: UUID, shop: UUID) -> Leaving | None:
    """The shop as it stands, kept to this transaction: no install, uninstall, or new connection comes in between."""
    row = await tx.row("SELECT * FROM shop WHERE tenant_id = $1 AND id = $2 FOR UPDATE", tenant, shop)
    if row is None:
        return None
    sql = "SELECT count(*) FROM connection WHERE tenant_id = $1 AND shop_id = $2 AND NOT practice"
    return Leaving(
        tenant=tenant,
        id=shop,
        domain=row["domain"],
        state=row["state"],
        sealed=row["sealed_tokens"],
        connections=int(str(await tx.value(sql, tenant, shop))),
        row=row,
    )


async def take_out(tx: Tx, shop: Leaving) -> Sequence[Request]:
    """Erases the shop where it was, and its organisation when it was the last one; its privacy requests go along."""
    rows = await tx.rows(
        "SELECT id, topic, received_at, done_at, result::text AS result FROM privacy_request"
        " WHERE tenant_id = $1 AND shop_id = $2 ORDER BY id",
        shop.tenant,
        shop.id,
    )
    await privacy.erase_shop(tx, tenant=shop.tenant, shop=shop.id, domain=shop.domain, undone=False)
    return [Request(**dict(row)) for row in rows]


async def bring_in(
    tx: Tx, shop: Leaving, *, tenant: UUID, sealed: bytes | None, requests: Sequence[Request]
) -> UUID:
    """Makes the shop's row in its new organisation, with `sealed` for its tokens; answers with its new id.

    The tokens keep their version and their lease, so that whoever renews them just now goes on.
    """
    new, was = uuid4(), shop.row
    await tx.run(
        "INSERT INTO shop (tenant_id, id, platform, domain, state, state_sentence, installed_at, scopes, zone,"
        " sealed_tokens, token_generation, tokens_at, token_lease_owner, token_lease_until, moved_from)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15::uuid[])",
        tenant,
        new,
        *(was[name] for name in _KEPT),
        sealed,
        *(was[name] for name in _KEPT_OF_TOKENS),
        sorted({*was["moved_from"], shop.tenant} - {tenant}),
    )
    await tx.run(
        "INSERT INTO privacy_request (tenant_id, shop_id, id, topic, received_at, done_at, result)"
        " SELECT $1, $2, r.id, r.topic, r.received_at, r.done_at, r.result::jsonb FROM unnest($3::uuid[], $4::text[],"
        " $5::timestamptz[], $6::timestamptz[], $7::text[]) AS r (id, topic, received_at, done_at, result)",
        tenant,
        new,
        [each.id for each in requests],
        [each.topic for each in requests],
        [each.received_at for each in requests],
        [each.done_at for each in requests],
        [each.result for each in requests],
    )
    return new


_KEPT = ("platform", "domain", "state", "state_sentence", "installed_at", "scopes", "zone")
_KEPT_OF_TOKENS = ("token_generation", "tokens_at", "token_lease_owner", "token_lease_until")
