"""A connection's price settings and its turns: when the ERP is read next, when the store is, and what was accepted last."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import orjson

from app.domain.ids import StoreKey
from app.mapping import prices as mapping_prices
from app.mapping.prices import PriceSettings
from app.models import turn_rows
from app.models.database import Database, Tx

TABLE: turn_rows.Table = "price_setting"


@dataclass(frozen=True, kw_only=True)
class PriceSetup:
    """`currencies`: of the fed lists, as the last plan found them. `linked_at` None: the store's variants have never been

    read to the end. `first_push_at` None: nothing was written.
    """

    settings: PriceSettings
    stored: str
    currencies: Mapping[StoreKey, str]
    linked_at: datetime | None
    rows_accepted: int | None
    first_push_at: datetime | None


async def read(tx: Tx, *, tenant: UUID, connection: UUID) -> PriceSetup | None:
    """None: prices were never set up for this connection."""
    row = await tx.row(
        "SELECT * FROM price_setting WHERE tenant_id = $1 AND connection_id = $2", tenant, connection
    )
    if row is None:
        return None
    return PriceSetup(
        settings=mapping_prices.of(row["settings"]),
        stored=row["settings"],
        currencies=orjson.loads(row["currencies"]),
        linked_at=row["linked_at"],
        rows_accepted=row["rows_accepted"],
        first_push_at=row["first_push_at"],
    )


async def is_on(tx: Tx, *, tenant: UUID, shop: UUID) -> bool:
    """Whether any connection of the shop carries prices."""
    return bool(
        await tx.value(
            "SELECT EXISTS (SELECT 1 FROM price_setting t JOIN connection c ON c.tenant_id = $1 AND c.id = t.connection_id"
            " WHERE t.tenant_id = $1 AND c.shop_id = $2)",
            tenant,
            shop,
        )
    )


async def on(tx: Tx, *, tenant: UUID, connections: Sequence[UUID]) -> dict[UUID, bool]:
    """Those of these connections whose prices were turned on."""
    rows = await tx.rows(
        "SELECT connection_id FROM price_setting WHERE tenant_id = $1 AND connection_id = ANY ($2::uuid[])",
        tenant,
        list(connections),
    )
    return {row["connection_id"]: True for row in rows}


async def save(tx: Tx, *, tenant: UUID, connection: UUID, settings: str) -> None:
    """Sets the flow up, or changes it; it runs at the next turn, and a new list is read first.

    Raises ValueError for settings that can't be meant.
    """
    mapping_prices.of(settings)
    await tx.run(
        "INSERT INTO price_setting AS p (tenant_id, connection_id, settings) VALUES ($1, $2, $3::jsonb)"
        " ON CONFLICT (tenant_id, connection_id) DO UPDATE SET settings = $3::jsonb, due_at = now(),"
        " linked_at = CASE WHEN p.settings->'tiers' IS DISTINCT FROM $3::jsonb->'tiers' THEN NULL ELSE p.linked_at END",
        tenant,
        connection,
        settings,
    )


async def save_currencies(
    tx: Tx, *, tenant: UUID, connection: UUID, currencies: Mapping[StoreKey, str]
) -> None:
    await tx.run(
        "UPDATE price_setting SET currencies = $3::jsonb WHERE tenant_id = $1 AND connection_id = $2",
        tenant,
        connection,
        orjson.dumps(dict(currencies)).decode(),
    )


async def due(database: Database, *, most: int) -> list[tuple[UUID, UUID]]:
    """Connections whose turn of prices has come, the one that waits longest first."""
    async with database.across() as tx:
        rows = await tx.rows("SELECT tenant_id, connection_id FROM connections_with_prices_due($1)", most)
    return [(row["tenant_id"], row["connection_id"]) for row in rows]
