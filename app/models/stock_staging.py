"""What a store's file said, line by line, until it is taken over in slices of the key."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from app.domain.ids import StoreKey
from app.domain.inventory import ItemSeen, LevelKey, LevelSeen
from app.models.database import Row, Tx
from app.models.stock_links import storable


async def keep(tx: Tx, *, tenant: UUID, bulk: UUID, parts: Sequence[ItemSeen | LevelSeen]) -> None:
    """Items and levels as they stand in the file; a line that is read twice changes nothing."""
    items = sorted((p for p in parts if isinstance(p, ItemSeen)), key=lambda item: item.key)
    levels = sorted(
        (p for p in parts if isinstance(p, LevelSeen)), key=lambda level: (level.key.item, level.key.location)
    )
    await tx.run(
        "INSERT INTO stock_staged (tenant_id, bulk_id, item_key, location_key, sku, tracked)"
        " SELECT $1, $2, item_key, '', sku, tracked FROM unnest($3::text[], $4::text[], $5::bool[])"
        " AS i (item_key, sku, tracked) ORDER BY item_key ON CONFLICT DO NOTHING",
        tenant,
        bulk,
        [item.key for item in items],
        [storable(item.sku) for item in items],
        [item.tracked for item in items],
    )
    await tx.run(
        "INSERT INTO stock_staged (tenant_id, bulk_id, item_key, location_key, available, on_hand, committed, at)"
        " SELECT $1, $2, * FROM unnest($3::text[], $4::text[], $5::int[], $6::int[], $7::int[], $8::timestamptz[])"
        " ON CONFLICT DO NOTHING",
        tenant,
        bulk,
        [level.key.item for level in levels],
        [level.key.location for level in levels],
        [level.available for level in levels],
        [level.on_hand for level in levels],
        [level.committed for level in levels],
        [level.at for level in levels],
    )


async def buried(tx: Tx, *, tenant: UUID, shop: UUID, keys: Sequence[str]) -> None:
    """These items are gone by now: a file from before is not to bring them back."""
    await tx.run(
        "INSERT INTO stock_staged (tenant_id, bulk_id, item_key, location_key, gone)"
        " SELECT $1, b.id, k, '', true FROM stock_bulk b, unnest($3::text[]) AS k WHERE b.tenant_id = $1"
        " AND b.shop_id = $2 AND b.purpose = 'link' AND b.ended_at IS NULL ORDER BY b.id, k"
        " ON CONFLICT (tenant_id, bulk_id, item_key, location_key) DO UPDATE SET gone = true",
        tenant,
        shop,
        sorted(set(keys)),
    )


async def slice_of(tx: Tx, *, tenant: UUID, bulk: UUID, after: str, most: int) -> list[ItemSeen]:
    """The next items with their levels, by key."""
    rows = await tx.rows(
        "SELECT item_key, sku, tracked FROM stock_staged WHERE tenant_id = $1 AND bulk_id = $2 AND item_key > $3"
        " AND location_key = '' AND NOT gone ORDER BY item_key LIMIT $4",
        tenant,
        bulk,
        after,
        most,
    )
    found = await tx.rows(
        "SELECT * FROM stock_staged WHERE tenant_id = $1 AND bulk_id = $2 AND item_key = ANY ($3::text[])"
        " AND location_key > ''",
        tenant,
        bulk,
        [row["item_key"] for row in rows],
    )
    levels: dict[str, list[LevelSeen]] = defaultdict(list)
    for row in found:
        levels[row["item_key"]].append(_level(row))
    return [replace(_item(row), levels=tuple(levels[row["item_key"]])) for row in rows]


async def clear(tx: Tx, *, tenant: UUID, bulk: UUID, until: str | None = None) -> None:
    """Lets go of what was taken over up to an item, or of everything."""
    await tx.run(
        "DELETE FROM stock_staged WHERE tenant_id = $1 AND bulk_id = $2 AND ($3::text IS NULL OR (item_key <= $3 AND NOT gone))",
        tenant,
        bulk,
        until,
    )


def _item(row: Row) -> ItemSeen:
    return ItemSeen(key=StoreKey(row["item_key"]), sku=row["sku"], tracked=row["tracked"])


def _level(row: Row) -> LevelSeen:
    return LevelSeen(
        key=LevelKey(item=StoreKey(row["item_key"]), location=StoreKey(row["location_key"])),
        available=row["available"],
        on_hand=row["on_hand"],
        committed=row["committed"],
        at=row["at"],
    )
