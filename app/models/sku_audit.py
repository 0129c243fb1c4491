"""The SKUs of both sides put beside each other: what the store lacks, what the ERP lacks, and what is written badly."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from app.models.database import Row, Tx


class SkuFault(StrEnum):
    """CASE: the same but for capitals, inside one side or between the two. MISSING: the other side has it."""

    BLANK_IN_STORE = "blank_in_store"
    BLANK_IN_HOST = "blank_in_host"
    DUPLICATE_IN_STORE = "duplicate_in_store"
    DUPLICATE_IN_HOST = "duplicate_in_host"
    CASE = "case"
    MISSING_IN_STORE = "missing_in_store"
    MISSING_IN_HOST = "missing_in_host"


@dataclass(frozen=True, kw_only=True)
class AuditedSku:
    """`store` and `host`: how it is written there, None: it is not there; and how many items have it."""

    search: str
    store: str | None
    host: str | None
    in_store: int
    in_host: int
    fault: SkuFault


_SIDES = """
    WITH store AS (
        SELECT sku_search, min(sku) AS sku, count(*) AS items, count(DISTINCT sku) > 1 AS cased FROM stock_item
        WHERE tenant_id = $1 AND shop_id = $2 AND ($4::text IS NULL OR sku_search > $4)
        GROUP BY sku_search ORDER BY sku_search LIMIT $5),
    host AS (
        SELECT sku_search, min(sku) AS sku, count(*) AS items, count(DISTINCT sku) > 1 AS cased FROM product_cache
        WHERE tenant_id = $1 AND connection_id = $3 AND active AND ($4::text IS NULL OR sku_search > $4)
        GROUP BY sku_search ORDER BY sku_search LIMIT $5),
    both_sides AS (
        SELECT coalesce(s.sku_search, h.sku_search) AS search, s.sku AS store, h.sku AS host,
            coalesce(s.items, 0) AS in_store, coalesce(h.items, 0) AS in_host,
            coalesce(s.cased, false) OR coalesce(h.cased, false) OR coalesce(s.sku <> h.sku, false) AS cased
        FROM store s FULL JOIN host h ON h.sku_search = s.sku_search),
    judged AS (
        SELECT *, CASE
            WHEN search = '' AND in_store > 0 THEN 'blank_in_store'
            WHEN search = '' THEN 'blank_in_host'
            WHEN in_host > 1 AND NOT cased THEN 'duplicate_in_host'
            WHEN in_store > 1 AND NOT cased THEN 'duplicate_in_store'
            WHEN cased THEN 'case'
            WHEN in_store = 0 THEN 'missing_in_store'
            WHEN in_host = 0 THEN 'missing_in_host' END AS fault
        FROM both_sides)
"""
_PAGE = _SIDES + "SELECT * FROM judged ORDER BY search LIMIT $5"  # noqa: S608  literals
_COUNTS = _SIDES + "SELECT fault, count(*) AS skus FROM judged WHERE fault IS NOT NULL GROUP BY fault"  # noqa: S608
_EVERYTHING = 10_000_000


async def page(
    tx: Tx, *, tenant: UUID, shop: UUID, connection: UUID, after: str | None, most: int
) -> tuple[list[AuditedSku], str | None]:
    """A page by SKU, and where the next one begins; a page may be short before the end, since what is well is left out."""
    rows = await tx.rows(_PAGE, tenant, shop, connection, after, most)
    found = [_audited(row) for row in rows if row["fault"] is not None]
    return found, rows[-1]["search"] if len(rows) == most else None


async def counts(tx: Tx, *, tenant: UUID, shop: UUID, connection: UUID) -> Mapping[SkuFault, int]:
    """How many SKUs have each fault."""
    rows = await tx.rows(_COUNTS, tenant, shop, connection, None, _EVERYTHING)
    known = {SkuFault(row["fault"]): int(row["skus"]) for row in rows}
    return {fault: known.get(fault, 0) for fault in SkuFault}


def _audited(row: Row) -> AuditedSku:
    return AuditedSku(
        search=row["search"],
        store=row["store"],
        host=row["host"],
        in_store=row["in_store"],
        in_host=row["in_host"],
        fault=SkuFault(row["fault"]),
    )
