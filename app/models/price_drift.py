"""List prices of the store that are not what both sides last agreed on: noted while everything is read, looked at twice."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from app.domain.ids import StoreKey
from app.domain.price import PriceKey, PriceSeen
from app.models.database import Tx

_TOLD = "unnest($3::text[], $4::text[], $5::numeric[]) AS t (list_key, variant_key, listed)"
_OURS = (
    "s.tenant_id = $1 AND s.shop_id = $2 AND s.variant_key = t.variant_key AND s.list_key = t.list_key"
    " AND s.written IS NOT NULL"
)
_QUIET = (
    "NOT EXISTS (SELECT 1 FROM price_line l WHERE l.tenant_id = $1 AND l.variant_key = s.variant_key"
    " AND l.list_key = s.list_key AND l.state = 'sent')"
)
"""While a write of ours is under way nobody can say what a price shows."""


async def note(tx: Tx, *, tenant: UUID, shop: UUID, report: UUID, seen: Sequence[PriceSeen]) -> int:
    """Notes list prices that differ from what was agreed; during a sale the one that is struck through counts."""
    ordered = _priced(seen)
    return await tx.run(
        f"""
        INSERT INTO reconciliation_finding (tenant_id, reconciliation_id, kind, key, reference, ours, theirs)
        SELECT $1, $6, 'drift', s.variant_key || '@' || s.list_key, v.sku, s.written::text, t.listed::text
        FROM {_TOLD} JOIN price_shown s ON {_OURS}
        LEFT JOIN price_variant v ON v.tenant_id = $1 AND v.shop_id = $2 AND v.variant_key = s.variant_key
        WHERE s.written <> t.listed AND {_QUIET} ORDER BY s.variant_key, s.list_key
        """,  # noqa: S608  literals
        tenant,
        shop,
        *_columns(ordered),
        report,
    )


async def settle(tx: Tx, *, tenant: UUID, shop: UUID, report: UUID, seen: Sequence[PriceSeen]) -> int:
    """Takes back what a write of ours has explained meanwhile."""
    return await tx.run(
        f"""
        DELETE FROM reconciliation_finding f USING {_TOLD}, price_shown s
        WHERE f.tenant_id = $1 AND f.reconciliation_id = $6 AND f.key = t.variant_key || '@' || t.list_key AND {_OURS}
          AND (s.written = t.listed OR NOT {_QUIET})
        """,  # noqa: S608  literals
        tenant,
        shop,
        *_columns(_priced(seen)),
        report,
    )


def price_of(key: str) -> PriceKey:
    variant, _, on = key.partition("@")
    return PriceKey(list=StoreKey(on), variant=StoreKey(variant))


def _priced(seen: Sequence[PriceSeen]) -> list[PriceSeen]:
    """A list that asks nothing of its own for a variant has no price to differ."""
    return sorted((e for e in seen if e.shown is not None), key=lambda e: (e.key.variant, e.key.list))


def _columns(seen: Sequence[PriceSeen]) -> tuple[list[object], ...]:
    return (
        [each.key.list for each in seen],
        [each.key.variant for each in seen],
        [each.shown.listed for each in seen if each.shown],
    )
