"""Levels of the store that are not what we knew of them: noted while everything is read, and looked at twice."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from app.domain.ids import StoreKey
from app.domain.inventory import LevelKey, LevelSeen
from app.models.database import Tx

_TOLD = "unnest($3::text[], $4::text[], $5::int[]) AS t (item_key, location_key, available)"
_QUIET = (
    "NOT EXISTS (SELECT 1 FROM stock_line s WHERE s.tenant_id = $1 AND s.item_key = l.item_key"
    " AND s.location_key = l.location_key AND s.state = 'sent')"
)
"""While a write of ours is under way nobody can say what a level shows."""


async def note(tx: Tx, *, tenant: UUID, shop: UUID, report: UUID, seen: Sequence[LevelSeen]) -> int:
    """Notes the levels that differ from what we know; those nobody has known are news and no drift."""
    ordered = _sorted(seen)
    return await tx.run(
        f"""
        INSERT INTO reconciliation_finding (tenant_id, reconciliation_id, kind, key, reference, ours, theirs)
        SELECT $1, $6, 'drift', l.item_key || '@' || l.location_key, i.sku, l.available::text, t.available::text
        FROM {_TOLD} JOIN stock_level l ON l.tenant_id = $1 AND l.shop_id = $2 AND l.item_key = t.item_key
            AND l.location_key = t.location_key
        LEFT JOIN stock_item i ON i.tenant_id = $1 AND i.shop_id = $2 AND i.item_key = l.item_key
        WHERE l.available <> t.available AND {_QUIET} ORDER BY l.item_key, l.location_key
        """,  # noqa: S608  literals
        tenant,
        shop,
        [level.key.item for level in ordered],
        [level.key.location for level in ordered],
        [level.available for level in ordered],
        report,
    )


async def settle(tx: Tx, *, tenant: UUID, shop: UUID, report: UUID, seen: Sequence[LevelSeen]) -> int:
    """Takes back what an event has explained meanwhile: these levels were read again, and we know what they show."""
    ordered = _sorted(seen)
    return await tx.run(
        f"""
        DELETE FROM reconciliation_finding f USING {_TOLD}, stock_level l
        WHERE f.tenant_id = $1 AND f.reconciliation_id = $6 AND f.key = t.item_key || '@' || t.location_key
          AND l.tenant_id = $1 AND l.shop_id = $2 AND l.item_key = t.item_key AND l.location_key = t.location_key
          AND (l.available = t.available OR NOT {_QUIET})
        """,  # noqa: S608  literals
        tenant,
        shop,
        [level.key.item for level in ordered],
        [level.key.location for level in ordered],
        [level.available for level in ordered],
        report,
    )


def level_of(key: str) -> LevelKey:
    item, _, location = key.partition("@")
    return LevelKey(item=StoreKey(item), location=StoreKey(location))


def _sorted(seen: Sequence[LevelSeen]) -> list[LevelSeen]:
    return sorted(seen, key=lambda each: (each.key.item, each.key.location))
