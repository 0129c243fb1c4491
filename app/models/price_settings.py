"""A connection's price settings: when the store is read next, and what was accepted last. Its turns are in `schedules`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import orjson

from app.domain.cadence import Every
from app.domain.ids import StoreKey
from app.mapping import prices as mapping_prices
from app.mapping.prices import USUAL, PriceSettings
from app.models import schedules, turn_rows
from app.models.database import Tx

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

    How often it runs is the schedule's to know. Raises ValueError for settings that can't be meant.
    """
    every = mapping_prices.of(settings).every
    await tx.run(
        "INSERT INTO price_setting AS p (tenant_id, connection_id, settings) VALUES ($1, $2, $3::jsonb - 'every_seconds')"
        " ON CONFLICT (tenant_id, connection_id) DO UPDATE SET settings = excluded.settings,"
        " linked_at = CASE WHEN p.settings->'tiers' IS DISTINCT FROM $3::jsonb->'tiers' THEN NULL ELSE p.linked_at END",
        tenant,
        connection,
        settings,
    )
    flow = schedules.PRICES
    await schedules.ensure(tx, tenant=tenant, connection=connection, flow=flow)
    if every is not None:
        pace = Every(gap=every)
        await schedules.set_cadence(
            tx, tenant=tenant, connection=connection, flow=flow, cadence=pace, usual=USUAL
        )
    await schedules.begin_now(tx, tenant=tenant, connection=connection, flow=flow)


async def save_currencies(
    tx: Tx, *, tenant: UUID, connection: UUID, currencies: Mapping[StoreKey, str]
) -> None:
    await tx.run(
        "UPDATE price_setting SET currencies = $3::jsonb WHERE tenant_id = $1 AND connection_id = $2",
        tenant,
        connection,
        orjson.dumps(dict(currencies)).decode(),
    )
