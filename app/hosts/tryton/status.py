"""How far Tryton has come with our sales: those written since the cursor, and those whose shipment or invoice moved alone."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from app.domain.document_status import DocumentStatus, Stage
from app.domain.ids import ExternalId, SinkKey
from app.hosts.tryton.client import Tryton
from app.hosts.tryton.records import MOVED_FIELDS, Moved
from app.hosts.tryton.wire import moment
from app.ports import Json, Page

_PAGE = 200
_PAD = timedelta(minutes=2)
"""A transaction that is long under way writes an earlier time than those it is seen after."""


class TrytonStatus:
    """Implements `StatusSource`. Tryton writes the sale itself when its shipments or invoices change state."""

    def __init__(self, tryton: Tryton, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._tryton, self._now = tryton, now

    async def moved(self, cursor: str | None) -> AsyncIterator[Page[DocumentStatus]]:
        if cursor is None:
            yield Page(items=(), cursor=self._now().isoformat())
            return
        since, began, last = datetime.fromisoformat(cursor), self._now(), 0
        shop = await self._tryton.shop()
        while True:
            domain: Json = [
                ["web_shop", "=", shop.id],
                ["write_date", ">=", moment((since - _PAD).astimezone(UTC))],
                ["id", ">", last],
            ]
            rows = await self._tryton.find(Moved, "sale.sale", MOVED_FIELDS, domain, most=_PAGE)
            over = len(rows) < _PAGE
            ours = tuple(_status(row) for row in rows if row.web_id)
            yield Page(items=ours, cursor=(max(began, since) if over else since).isoformat())
            if over:
                return
            last = rows[-1].id


def _status(row: Moved) -> DocumentStatus:
    paid = sum(
        (p.amount.value for p in row.payments if p.amount and p.state == "succeeded"), start=Decimal(0)
    )
    invoiced = row.invoice_state in {"awaiting payment", "partially paid", "paid"}
    reached = {
        Stage.ALLOCATED: row.state in {"processing", "done"},
        Stage.SHIPPED: row.shipment_state == "sent",
        Stage.INVOICED: invoiced,
        Stage.PAID: row.invoice_state == "paid",
        Stage.CANCELLED: row.state == "cancelled",
    }
    return DocumentStatus(
        sink_key=SinkKey(str(row.id)),
        external_id=ExternalId(row.web_id or ""),
        number=row.number,
        reached=frozenset(stage for stage, there in reached.items() if there),
        paid=paid,
        currency=row.currency.code,
    )
