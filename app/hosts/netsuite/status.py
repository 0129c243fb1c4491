"""How far NetSuite has come with our orders: those that changed, and those whose invoice or payment did."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from decimal import Decimal

from app.domain.document import DocumentState
from app.domain.document_status import DocumentStatus, Stage
from app.domain.ids import ExternalId, SinkKey
from app.hosts.netsuite import documents, sql
from app.hosts.netsuite.client import NetSuite
from app.hosts.netsuite.clock import Clock
from app.hosts.netsuite.documents import CASH_SALE, DEPOSIT, INVOICE, ORDER, PAYMENT, Transaction
from app.hosts.netsuite.payload import invoice_key, order_key
from app.hosts.netsuite.since import iso, pages
from app.hosts.netsuite.sql import MOMENT, Row
from app.ports import Page

_TYPES = (ORDER, CASH_SALE, INVOICE, DEPOSIT, PAYMENT)
_SLICE = 50


class _Moved(Row, frozen=True):
    id: str | int
    externalid: str
    modified: str


class NetSuiteStatus:
    """Implements `StatusSource`."""

    def __init__(self, netsuite: NetSuite, clock: Clock) -> None:
        self._netsuite, self._clock = netsuite, clock

    async def moved(self, cursor: str | None) -> AsyncIterator[Page[DocumentStatus]]:
        if cursor is None:
            zone = await self._clock.zone()
            yield Page(items=(), cursor=iso(self._clock.theirs(zone)))
            return
        query = (
            f"SELECT t.id, t.externalid, TO_CHAR(t.lastmodifieddate, '{MOMENT}') AS modified FROM transaction t"
            f" WHERE t.type IN ({sql.texts(_TYPES)}) AND t.externalid IS NOT NULL AND"
        )
        async for rows, told in pages(self._netsuite, self._clock, _Moved, query, cursor):
            keys = sorted({order_key(row.externalid) for row in rows})
            items: list[DocumentStatus] = []
            for start in range(0, len(keys), _SLICE):
                items += await self._statuses(keys[start : start + _SLICE])
            yield Page(items=tuple(items), cursor=told.cursor)

    async def _statuses(self, keys: Sequence[str]) -> list[DocumentStatus]:
        """Two requests: the documents, and what was paid for them under whichever of our keys."""
        there = await documents.by_keys(self._netsuite, [*keys, *map(invoice_key, keys)])
        wanted = " OR ".join(f"t.externalid LIKE {sql.text(f'{key}-pay-%')}" for key in keys)
        paid = await documents.read(
            self._netsuite, f"t.type IN ({sql.texts((DEPOSIT, PAYMENT))}) AND ({wanted})"
        )
        found = []
        for key in keys:
            one = there.get(key)
            if one is not None and one.head.type in {ORDER, CASH_SALE}:
                mine = [each for each in paid if order_key(each.head.externalid) == key]
                found.append(_status(key, one, there.get(invoice_key(key)), mine))
        return found


def _status(
    key: str, one: Transaction, invoice: Transaction | None, paid: Sequence[Transaction]
) -> DocumentStatus:
    bill = (invoice.id, invoice.total) if invoice is not None and not invoice.gone else None
    document = documents.as_found(one, "", payments={each.id: each for each in paid}, bill=bill)
    money = sum(document.amounts.values(), start=Decimal(0))
    cancelled = document.state is DocumentState.CANCELLED
    sold = document.total or Decimal(0)
    reached = {
        Stage.ALLOCATED: not cancelled and one.head.status != "A",
        Stage.SHIPPED: document.shipped,
        Stage.INVOICED: document.invoiced and not cancelled,
        Stage.PAID: document.invoiced and money >= sold > Decimal(0),
        Stage.CANCELLED: cancelled,
    }
    return DocumentStatus(
        sink_key=SinkKey(one.id),
        external_id=ExternalId(key),
        number=one.head.tranid or None,
        reached=frozenset(stage for stage, there in reached.items() if there),
        paid=money,
        currency=document.currency,
    )
