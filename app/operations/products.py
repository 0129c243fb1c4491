"""The product report: every item the ERP told of, page by page, as rows or as CSV that a spreadsheet can open safely."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator, Sequence
from decimal import Decimal
from uuid import UUID

from app.domain.spreadsheet import safe
from app.models import product_cache
from app.models.database import Database
from app.models.product_cache import CachedItem

_PAGE = 500
HEAD = (
    "sku",
    "name",
    "variant",
    "description",
    "category",
    "tags",
    "price",
    "cost",
    "currency",
    "quantity",
    "barcode",
    "active",
    "erp_id",
    "erp_product",
    "store_product",
    "state",
    "updated_at",
)


async def lines(
    database: Database, *, tenant: UUID, connection: UUID, words: str = "", size: int = _PAGE
) -> AsyncIterator[str]:
    """The report as CSV, a page at a time: its length costs no memory. RFC 4180, UTF-8."""
    yield _line(HEAD)
    after: tuple[str, str] | None = None
    while True:
        async with database.tenant(tenant) as tx:
            page = await product_cache.page(
                tx, tenant=tenant, connection=connection, words=words, after=after, most=size
            )
        for item in page:
            yield _line(_cells(item))
        if len(page) < size:
            return
        after = (page[-1].search, page[-1].host_id)


def _line(cells: Sequence[str]) -> str:
    out = io.StringIO()
    csv.writer(out).writerow(cells)
    return out.getvalue()


def _cells(item: CachedItem) -> tuple[str, ...]:
    return (
        safe(item.sku),
        safe(item.name),
        safe(item.variant),
        safe(item.description),
        safe(item.category),
        safe(", ".join(item.tags)),
        _figure(item.price),
        _figure(item.cost),
        safe(item.currency),
        _figure(item.quantity),
        safe(item.barcode),
        "yes" if item.active else "no",
        safe(item.host_id),
        safe(item.product_key),
        safe(item.in_store),
        safe(item.state),
        item.updated_at.isoformat(),
    )


def _figure(amount: Decimal | None) -> str:
    return "" if amount is None else f"{amount:f}"
