"""A connection's stock settings: when its links are read next, and what was accepted last. Its turns are in `schedules`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast
from uuid import UUID

from app.domain.cadence import Every
from app.mapping import stock as mapping_stock
from app.mapping.stock import USUAL, StockSettings
from app.models import schedules, turn_rows
from app.models.database import Database, Tx

TABLE: turn_rows.Table = "stock_setting"


@dataclass(frozen=True, kw_only=True)
class StockSetup:
    """`linked_at` None: the store's items have never been read to the end. `first_push_at` None: nothing was pushed."""

    settings: StockSettings
    linked_at: datetime | None
    rows_accepted: int | None
    first_push_at: datetime | None


async def read(tx: Tx, *, tenant: UUID, connection: UUID) -> StockSetup | None:
    """None: stock was never set up for this connection."""
    row = await tx.row(
        "SELECT * FROM stock_setting WHERE tenant_id = $1 AND connection_id = $2", tenant, connection
    )
    if row is None:
        return None
    return StockSetup(
        settings=mapping_stock.of(row["settings"]),
        linked_at=row["linked_at"],
        rows_accepted=row["rows_accepted"],
        first_push_at=row["first_push_at"],
    )


async def is_on(tx: Tx, *, tenant: UUID, shop: UUID) -> bool:
    """Whether any connection of the shop carries stock."""
    return bool(
        await tx.value(
            "SELECT EXISTS (SELECT 1 FROM stock_setting t JOIN connection c ON c.tenant_id = $1 AND c.id = t.connection_id"
            " WHERE t.tenant_id = $1 AND c.shop_id = $2)",
            tenant,
            shop,
        )
    )


async def save(tx: Tx, *, tenant: UUID, connection: UUID, settings: str) -> None:
    """Sets the flow up, or changes it; it runs at the next turn. Raises ValueError for settings that can't be meant.

    How often it runs is the schedule's to know; settings that say nothing of it leave it as it is.
    """
    every = mapping_stock.of(settings).every
    await tx.run(
        "INSERT INTO stock_setting (tenant_id, connection_id, settings) VALUES ($1, $2, $3::jsonb - 'every_seconds')"
        " ON CONFLICT (tenant_id, connection_id) DO UPDATE SET settings = excluded.settings",
        tenant,
        connection,
        settings,
    )
    flow = schedules.INVENTORY
    await schedules.ensure(tx, tenant=tenant, connection=connection, flow=flow)
    if every is not None:
        pace = Every(gap=every)
        await schedules.set_cadence(
            tx, tenant=tenant, connection=connection, flow=flow, cadence=pace, usual=USUAL
        )
    await schedules.begin_now(tx, tenant=tenant, connection=connection, flow=flow)


async def hook(tx: Tx, *, tenant: UUID, connection: UUID) -> bytes | None:
    """The sealed secret that the ERP signs its events with."""
    return cast(
        "bytes | None",
        await tx.value(
            "SELECT sealed_hook FROM stock_setting WHERE tenant_id = $1 AND connection_id = $2",
            tenant,
            connection,
        ),
    )


async def save_hook(tx: Tx, *, tenant: UUID, connection: UUID, sealed: bytes) -> None:
    await tx.run(
        "UPDATE stock_setting SET sealed_hook = $3 WHERE tenant_id = $1 AND connection_id = $2",
        tenant,
        connection,
        sealed,
    )


async def tenant_of_hook(database: Database, connection: UUID) -> UUID | None:
    """Whose connection this is; None for one that nobody has, or without a secret."""
    async with database.across() as tx:
        return cast("UUID | None", await tx.value("SELECT tenant_of_hook($1)", connection))


async def claim_link(tx: Tx, *, tenant: UUID, connection: UUID, every: timedelta) -> bool:
    """True for the one worker that is to read a stretch of the store's items now."""
    return await turn_rows.claim_link(tx, TABLE, tenant=tenant, connection=connection, every=every)


async def linked(tx: Tx, *, tenant: UUID, connection: UUID) -> None:
    """Every item of the store has been read once."""
    await turn_rows.linked(tx, TABLE, tenant=tenant, connection=connection)


async def accepted(tx: Tx, *, tenant: UUID, connection: UUID, rows: int) -> None:
    """A full read that was believed: the next is compared with it."""
    await turn_rows.accepted(tx, TABLE, tenant=tenant, connection=connection, rows=rows)


async def clock(tx: Tx) -> datetime:
    """The database's clock, which every duration of the engine is measured on."""
    return cast(datetime, await tx.value("SELECT clock_timestamp()"))
