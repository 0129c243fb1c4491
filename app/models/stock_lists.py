"""Lists of stock for people: levels by SKU, each page through the index of SKUs, with their locations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import orjson

from app.mapping import stock as mapping_stock
from app.mapping.stock import StockSettings
from app.models.database import Tx

_END = "\U0010ffff"


@dataclass(frozen=True, kw_only=True)
class LevelRow:
    """One item at one location as the store last showed it. `search` is what SKUs are compared and sorted by."""

    item_key: str
    location_key: str
    location: str
    active: bool
    sku: str
    search: str
    tracked: bool
    available: int
    on_hand: int | None
    committed: int | None
    seen_at: datetime
    written_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class Spot:
    """Where a page ended."""

    search: str
    item_key: str
    location_key: str


async def page(
    tx: Tx,
    *,
    tenant: UUID,
    shop: UUID,
    words: str,
    after: Spot | None,
    most: int,
    backwards: bool = False,
) -> list[LevelRow]:
    """Levels by SKU and location; `words` is what the SKU begins with, in whatever case. Items without a SKU come first."""
    start = words.strip().casefold()
    way, beyond = ("DESC", "<") if backwards else ("ASC", ">")
    # Where a page begins is a bound of its own, so that the index is gone into there.
    bound = (
        "s.sku_search >= $3 AND s.sku_search <= coalesce($5, $4)"
        if backwards
        else "s.sku_search >= coalesce($5, $3)"
    )
    rows = await tx.rows(
        f"""
        SELECT l.*, s.sku, s.sku_search, s.tracked, coalesce(p.name, '') AS name, coalesce(p.active, false) AS active
        FROM stock_item s
        JOIN stock_level l ON l.tenant_id = $1 AND l.shop_id = $2 AND l.item_key = s.item_key
        LEFT JOIN store_location p ON p.tenant_id = $1 AND p.shop_id = $2 AND p.location_key = l.location_key
        WHERE s.tenant_id = $1 AND s.shop_id = $2
          AND {bound} AND ($3 = '' OR s.sku_search < ($3 || $4))
          AND ($5::text IS NULL OR s.sku_search {beyond} $5
            OR (s.sku_search = $5 AND (s.item_key, l.location_key) {beyond} ($6::text, $7::text)))
        ORDER BY s.sku_search {way}, s.item_key {way}, l.location_key {way} LIMIT $8
        """,  # noqa: S608 -- nothing of a caller's is in the text
        tenant,
        shop,
        start,
        _END,
        after.search if after else None,
        after.item_key if after else None,
        after.location_key if after else None,
        most,
    )
    return [
        LevelRow(
            item_key=row["item_key"],
            location_key=row["location_key"],
            location=row["name"],
            active=row["active"],
            sku=row["sku"],
            search=row["sku_search"],
            tracked=row["tracked"],
            available=row["available"],
            on_hand=row["on_hand"],
            committed=row["committed"],
            seen_at=row["seen_at"],
            written_at=row["written_at"],
        )
        for row in rows
    ]


@dataclass(frozen=True, kw_only=True)
class SettingRow:
    """A connection's stock settings, as they are meant and as they are stored."""

    settings: StockSettings
    stored: Mapping[str, object]
    linked_at: datetime | None
    first_push_at: datetime | None


async def setting(tx: Tx, *, tenant: UUID, connection: UUID) -> SettingRow | None:
    """None: stock was never set up for this connection."""
    row = await tx.row(
        "SELECT * FROM stock_setting WHERE tenant_id = $1 AND connection_id = $2", tenant, connection
    )
    if row is None:
        return None
    return SettingRow(
        settings=mapping_stock.of(row["settings"]),
        stored=orjson.loads(row["settings"]),
        linked_at=row["linked_at"],
        first_push_at=row["first_push_at"],
    )


async def on(tx: Tx, *, tenant: UUID, connections: Sequence[UUID]) -> dict[UUID, bool]:
    """Those of these connections whose stock was turned on."""
    rows = await tx.rows(
        "SELECT connection_id FROM stock_setting WHERE tenant_id = $1 AND connection_id = ANY ($2::uuid[])",
        tenant,
        list(connections),
    )
    return {row["connection_id"]: True for row in rows}
