"""Who may write stock: one lease per shop and location, with an epoch that grows with each take (rules 8, 18)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import cast
from uuid import UUID

from app.models.database import Tx


@dataclass(frozen=True, kw_only=True)
class Pen:
    """The right to write these locations of a shop, under one epoch."""

    tenant: UUID
    shop: UUID
    connection: UUID
    locations: tuple[str, ...]
    epoch: int


async def take(
    tx: Tx,
    *,
    tenant: UUID,
    shop: UUID,
    connection: UUID,
    locations: Sequence[str],
    owner: str,
    lease: timedelta,
) -> Pen | None:
    """All of the locations or none; None while anyone else holds one of them."""
    wanted = sorted(locations)
    await tx.run(
        "INSERT INTO stock_writer (tenant_id, shop_id, location_key) SELECT $1, $2, l FROM unnest($3::text[]) AS l"
        " ORDER BY l ON CONFLICT DO NOTHING",
        tenant,
        shop,
        wanted,
    )
    free = await tx.rows(
        "SELECT location_key FROM stock_writer WHERE tenant_id = $1 AND shop_id = $2 AND location_key = ANY ($3::text[])"
        " AND until < now() ORDER BY location_key FOR UPDATE",
        tenant,
        shop,
        wanted,
    )
    if len(free) < len(wanted):
        return None
    epoch = cast(int, await tx.value("SELECT nextval('stock_epoch')"))
    await tx.run(
        "UPDATE stock_writer SET epoch = $4, owner = $5, until = now() + $6"
        " WHERE tenant_id = $1 AND shop_id = $2 AND location_key = ANY ($3::text[])",
        tenant,
        shop,
        wanted,
        epoch,
        owner,
        lease,
    )
    return Pen(tenant=tenant, shop=shop, connection=connection, locations=tuple(wanted), epoch=epoch)


async def extend(tx: Tx, pen: Pen, *, lease: timedelta) -> bool:
    """False: an heir has it."""
    count = await tx.run(
        "UPDATE stock_writer SET until = greatest(until, now() + $4)"
        " WHERE tenant_id = $1 AND shop_id = $2 AND epoch = $3 AND until > now()",
        pen.tenant,
        pen.shop,
        pen.epoch,
        lease,
    )
    return count == len(pen.locations)


async def give_back(tx: Tx, pen: Pen) -> None:
    await tx.run(
        "UPDATE stock_writer SET until = '-infinity' WHERE tenant_id = $1 AND shop_id = $2 AND epoch = $3",
        pen.tenant,
        pen.shop,
        pen.epoch,
    )
