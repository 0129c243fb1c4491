"""What the ERP said last of each item in each warehouse, and how many units of orders it can't know of yet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import cast
from uuid import UUID

from app.domain.inventory import StockReading, told_once
from app.models.database import Row, Tx


async def save(
    tx: Tx, *, tenant: UUID, connection: UUID, readings: Sequence[StockReading], since: datetime | None = None
) -> None:
    """Keeps the newest observation of each, in one sorted statement; an older one changes nothing.

    `since`: these are a page of a read that began then. What it told of an item before, and of another one of the same name
    now, is of several items. None: these are all that there is of them.
    """
    ordered = told_once(r for r in readings if "\x00" not in r.item + r.warehouse + r.own)
    await tx.run(
        """
        INSERT INTO stock_reading AS r
            (tenant_id, connection_id, item, warehouse, available, physical, reserved, observed_at, own, several)
        SELECT $1, $2, item, warehouse, available, physical, reserved, observed_at, own, several
        FROM unnest($3::text[], $4::text[], $5::numeric[], $6::numeric[], $7::numeric[], $8::timestamptz[], $9::text[],
            $10::bool[]) AS t (item, warehouse, available, physical, reserved, observed_at, own, several)
        ORDER BY item, warehouse
        ON CONFLICT (tenant_id, connection_id, item, warehouse) DO UPDATE SET available = excluded.available,
            physical = excluded.physical, reserved = excluded.reserved, observed_at = excluded.observed_at,
            own = excluded.own, several = excluded.several OR (r.observed_at >= $11::timestamptz
                AND (r.several OR (r.own <> excluded.own AND r.own <> '' AND excluded.own <> '')))
        WHERE r.observed_at < excluded.observed_at
        """,
        tenant,
        connection,
        [r.item for r in ordered],
        [r.warehouse for r in ordered],
        [r.available for r in ordered],
        [r.physical for r in ordered],
        [r.reserved for r in ordered],
        [r.observed_at for r in ordered],
        [r.own for r in ordered],
        [r.several for r in ordered],
        since,
    )


async def of_items(
    tx: Tx, *, tenant: UUID, connection: UUID, items: Sequence[str], since: datetime
) -> Mapping[tuple[str, str], StockReading]:
    """By item and warehouse. What was observed before `since` is left out: it was said by another read."""
    rows = await tx.rows(
        "SELECT * FROM stock_reading WHERE tenant_id = $1 AND connection_id = $2 AND item = ANY ($3::text[])"
        " AND observed_at >= $4",
        tenant,
        connection,
        sorted(set(items)),
        since,
    )
    return {(row["item"], row["warehouse"]): _reading(row) for row in rows}


async def told(tx: Tx, *, tenant: UUID, connection: UUID, items: Sequence[str]) -> set[str]:
    """Which of these the ERP has ever told of, under exactly these names."""
    rows = await tx.rows(
        "SELECT DISTINCT item FROM stock_reading WHERE tenant_id = $1 AND connection_id = $2 AND item = ANY ($3::text[])",
        tenant,
        connection,
        sorted(set(items)),
    )
    return {row["item"] for row in rows}


async def told_of_several(tx: Tx, *, tenant: UUID, connection: UUID, items: Sequence[str]) -> set[str]:
    """Which of these are names of several of the ERP's items."""
    rows = await tx.rows(
        "SELECT DISTINCT item FROM stock_reading WHERE tenant_id = $1 AND connection_id = $2 AND item = ANY ($3::text[])"
        " AND several",
        tenant,
        connection,
        sorted(set(items)),
    )
    return {row["item"] for row in rows}


async def told_in_other_case(tx: Tx, *, tenant: UUID, connection: UUID, items: Sequence[str]) -> set[str]:
    """Which of these, in lower case, the ERP knows under whatever case. Reads all that it has told."""
    rows = await tx.rows(
        "SELECT DISTINCT lower(item) AS item FROM stock_reading WHERE tenant_id = $1 AND connection_id = $2"
        " AND lower(item) = ANY ($3::text[])",
        tenant,
        connection,
        sorted({item.lower() for item in items}),
    )
    return {row["item"] for row in rows}


def _reading(row: Row) -> StockReading:
    several = row["several"]
    return StockReading(
        warehouse=row["warehouse"],
        item=row["item"],
        available=None if several else row["available"],
        physical=None if several else row["physical"],
        reserved=None if several else row["reserved"],
        observed_at=row["observed_at"],
        own=row["own"],
        several=several,
    )


async def count(tx: Tx, *, tenant: UUID, connection: UUID, since: datetime) -> int:
    """How many rows a read that began at `since` gave."""
    return cast(
        int,
        await tx.value(
            "SELECT count(*) FROM stock_reading WHERE tenant_id = $1 AND connection_id = $2 AND observed_at >= $3",
            tenant,
            connection,
            since,
        ),
    )


async def forget_old(tx: Tx, *, tenant: UUID, connection: UUID, before: timedelta) -> None:
    """Items the ERP has not mentioned for so long are unknown."""
    await tx.run(
        "DELETE FROM stock_reading WHERE tenant_id = $1 AND connection_id = $2 AND observed_at < now() - $3::interval",
        tenant,
        connection,
        before,
    )
