"""How far Odoo has come with our sales: those that changed since the cursor, and those whose delivery or invoice did alone."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from app.domain.document import FoundDocument
from app.domain.document_status import DocumentStatus, Stage
from app.domain.ids import ExternalId, SinkKey
from app.errors import Misconfigured
from app.hosts.odoo.client import Odoo
from app.hosts.odoo.reading import BILLS, Reading
from app.hosts.odoo.records import Sale
from app.hosts.odoo.stage import CONFIRMED, read_stage
from app.hosts.odoo.wire import Domain, Row, instant
from app.ports import Json, Page

_PAGE, _BILLS = 100, 1_000
_PAD = timedelta(minutes=5)
"""A transaction that is long under way writes an earlier time than those it is seen after."""
_SETTLED = frozenset({"paid", "in_payment", "reversed"})


class Origin(Row, frozen=True, kw_only=True):
    invoice_origin: str | None = None


class OdooStatus:
    """Implements `StatusSource`."""

    def __init__(
        self, odoo: Odoo, reading: Reading, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._odoo, self._reading, self._now = odoo, reading, now

    async def moved(self, cursor: str | None) -> AsyncIterator[Page[DocumentStatus]]:
        if cursor is None:
            yield Page(items=(), cursor=(await self._theirs()).isoformat())
            return
        since, began, last = datetime.fromisoformat(cursor), await self._theirs(), 0
        at = instant(since - _PAD)
        billed = await self._billed(at)
        while True:
            changed: Domain = [
                "|",
                "|",
                ["write_date", ">=", at],
                ["picking_ids.write_date", ">=", at],
                billed,
            ]
            domain: Domain = [["client_order_ref", "=like", "order-%"], ["id", ">", last], *changed]
            sales = await self._reading.sales(domain, most=_PAGE)
            over = len(sales) < _PAGE
            found = await self._reading.seen(sales)
            items = tuple(_status(sale, one) for sale, one in zip(sales, found, strict=True))
            yield Page(items=items, cursor=(max(began, since) if over else since).isoformat())
            if over:
                return
            last = sales[-1].id

    async def _theirs(self) -> datetime:
        """Now, by Odoo's clock: its times of change are compared with this."""
        return self._now() + (await self._odoo.version()).offset

    async def _billed(self, at: str) -> Json:
        """Sales whose invoices changed, by their numbers. An invoice does not always touch its sale, nor may everybody see it."""
        try:
            rows = await self._bills(at)
        except Misconfigured as error:
            if error.code != "access.forbidden":
                raise
            rows = []
        # An invoice of several sales names them all.
        told = ", ".join(row.invoice_origin for row in rows if row.invoice_origin)
        names: list[Json] = [*sorted({name for name in told.split(", ") if name})]
        return ["name", "in", names]

    async def _bills(self, at: str) -> list[Origin]:
        """To the end, however many were settled at once."""
        found: list[Origin] = []
        while True:
            last = found[-1].id if found else 0
            domain: Domain = [["move_type", "=", "out_invoice"], ["write_date", ">=", at], ["id", ">", last]]
            page = await self._odoo.rows(Origin, BILLS, domain, ("invoice_origin",), most=_BILLS)
            found += page
            if len(page) < _BILLS or page[-1].id <= last:
                return found


def _status(sale: Sale, found: FoundDocument) -> DocumentStatus:
    posted = [invoice for invoice in read_stage(found).invoices if invoice.state == "posted"]
    reached = {
        Stage.ALLOCATED: sale.state in CONFIRMED,
        Stage.SHIPPED: found.shipped,
        Stage.INVOICED: found.invoiced,
        Stage.PAID: bool(posted) and all(invoice.paid in _SETTLED for invoice in posted),
        Stage.CANCELLED: sale.state == "cancel",
    }
    return DocumentStatus(
        sink_key=SinkKey(str(sale.id)),
        external_id=ExternalId(sale.client_order_ref or ""),
        number=sale.name,
        reached=frozenset(stage for stage, there in reached.items() if there),
        paid=sum(found.amounts.values(), Decimal(0)),
        currency=sale.currency,
    )
