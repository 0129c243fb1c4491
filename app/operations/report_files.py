"""Reports as tables to be saved: their rows come page by page, so that a long one is never held whole."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from app.domain.spreadsheet import safe
from app.models import product_cache, reconciled_days, reconciliations, sku_audit
from app.models.connections import Connection
from app.models.reconciled_days import ReconciledDay
from app.wiring import Core

_PAGE = 500
_MOST_PAGES = 2_000

Rows = Sequence[tuple[str | None, ...]]


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """`name` is the file's, without its ending: nothing in it is anybody's."""

    name: str
    head: tuple[str, ...]
    pages: AsyncIterator[Rows]

    async def lines(self) -> AsyncIterator[str]:
        """RFC 4180; no cell that a spreadsheet would run."""
        yield _written([self.head])
        async for rows in self.pages:
            yield _written(rows)


def days(core: Core, connection: Connection, *, since: date, until: date) -> Sheet:
    """Both sides by day."""
    head = (
        "day",
        "currency",
        "shop orders",
        "shop total",
        "erp documents",
        "erp total",
        "agrees",
        "compared",
    )
    return Sheet(name=f"both-sides-{since}-{until}", head=head, pages=_days(core, connection, since, until))


def findings(core: Core, connection: Connection, *, report: UUID) -> Sheet:
    """What one comparison found to differ."""
    head = ("what", "key", "name", "should be", "was", "healed")
    return Sheet(name=f"differences-{report}", head=head, pages=_findings(core, connection, report))


def products(core: Core, connection: Connection) -> Sheet:
    """What the ERP told of its items, and what became of each."""
    head = (
        "sku",
        "name",
        "price",
        "currency",
        "quantity",
        "active",
        "erp id",
        "shop product",
        "state",
        "changed",
    )
    return Sheet(name="products", head=head, pages=_products(core, connection))


def skus(core: Core, connection: Connection) -> Sheet:
    """SKUs that do not fit."""
    head = ("fault", "shop", "erp", "items in the shop", "items in the erp")
    return Sheet(name="sku-audit", head=head, pages=_skus(core, connection))


async def _days(core: Core, connection: Connection, since: date, until: date) -> AsyncIterator[Rows]:
    async with core.database.tenant(connection.tenant) as tx:
        found = await reconciled_days.between(
            tx, tenant=connection.tenant, connection=connection.id, since=since, until=until
        )
    yield [_day(each) for each in found]


def _day(row: ReconciledDay) -> tuple[str | None, ...]:
    if row.compared_at is None:
        return (row.day.isoformat(), None, None, None, None, None, "not compared", None)
    return (
        *(row.day.isoformat(), row.currency, str(row.store_count), f"{row.store_amount:f}"),
        *(str(row.host_count), f"{row.host_amount:f}", "yes" if row.agrees else "no"),
        row.compared_at.isoformat(timespec="seconds"),
    )


async def _findings(core: Core, connection: Connection, report: UUID) -> AsyncIterator[Rows]:
    after: int | None = None
    for _ in range(_MOST_PAGES):
        async with core.database.tenant(connection.tenant) as tx:
            rows = await reconciliations.findings(
                tx, tenant=connection.tenant, report=report, after=after, most=_PAGE
            )
        yield [
            (r.kind, r.key, r.reference, r.ours, r.theirs, r.healed_at.isoformat() if r.healed_at else None)
            for r in rows
        ]
        if len(rows) < _PAGE:
            return
        after = rows[-1].id


async def _products(core: Core, connection: Connection) -> AsyncIterator[Rows]:
    after: tuple[str, str] | None = None
    for _ in range(_MOST_PAGES):
        async with core.database.tenant(connection.tenant) as tx:
            rows = await product_cache.page(
                tx, tenant=connection.tenant, connection=connection.id, after=after, most=_PAGE
            )
        yield [
            (
                *(r.sku, r.name, None if r.price is None else f"{r.price:f}", r.currency),
                *(None if r.quantity is None else f"{r.quantity:f}", "yes" if r.active else "no", r.host_id),
                *(r.in_store, r.state, r.updated_at.isoformat(timespec="seconds")),
            )
            for r in rows
        ]
        if len(rows) < _PAGE:
            return
        after = (rows[-1].search, rows[-1].host_id)


async def _skus(core: Core, connection: Connection) -> AsyncIterator[Rows]:
    """A page may be shorter than was asked for: what was left says where the next one begins."""
    after: str | None = None
    for _ in range(_MOST_PAGES):
        async with core.database.tenant(connection.tenant) as tx:
            rows, after = await sku_audit.page(
                tx,
                tenant=connection.tenant,
                shop=connection.shop,
                connection=connection.id,
                after=after,
                most=_PAGE,
            )
        yield [(r.fault.value, r.store, r.host, str(r.in_store), str(r.in_host)) for r in rows]
        if after is None:
            return


def _written(rows: Rows) -> str:
    out = io.StringIO()
    csv.writer(out).writerows([safe(cell) for cell in row] for row in rows)
    return out.getvalue()
