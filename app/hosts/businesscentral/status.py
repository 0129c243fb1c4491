"""How far Business Central has come with our orders: open ones that changed since the cursor, and their invoices."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from app.domain.document import DocumentState, FoundDocument
from app.domain.document_status import DocumentStatus, Stage
from app.domain.ids import ExternalId
from app.hosts.businesscentral import since
from app.hosts.businesscentral.client import WITH_LINES, BusinessCentral, ask, one
from app.hosts.businesscentral.directory import Directory
from app.hosts.businesscentral.odata import instant, one_of, text
from app.hosts.businesscentral.reading import NUMBER, Reading, Rows
from app.hosts.businesscentral.stage import Booked, stage_of
from app.hosts.businesscentral.wire import JournalLine, SalesInvoice, SalesOrder
from app.ports import Page

_AT_ONCE = 15
"""Numbers in one condition: it is part of an address."""
_OURS = f"contains({NUMBER},{text('/')})"


class CentralStatus:
    """Implements `StatusSource`. What was posted of a payment is not told by order, so that only journals are added up."""

    def __init__(
        self,
        central: BusinessCentral,
        directory: Directory,
        reading: Reading,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._central, self._directory, self._reading, self._now = central, directory, reading, now

    async def moved(self, cursor: str | None) -> AsyncIterator[Page[DocumentStatus]]:
        """Open orders first: an invoice of one that is open still says nothing of the whole."""
        began = self._now()
        before = since.read(cursor)
        if before is None:
            yield Page(items=(), cursor=since.cursor_of(began))
            return
        condition = f"lastModifiedDateTime ge {instant(before - since.PAD)} and {_OURS}"
        open_ones: set[str] = set()
        orders = ask("salesOrders", filter=condition, expand="salesOrderLines")
        async for rows, _ in self._central.pages(SalesOrder, orders, most=WITH_LINES):
            open_ones |= {row.id.lower() for row in rows}
            yield Page(items=await self._told(rows, ()), cursor=cursor or "")
        bills = ask("salesInvoices", filter=condition, expand="salesInvoiceLines")
        async for posted, last in self._central.pages(SalesInvoice, bills, most=WITH_LINES):
            alone = [row for row in posted if row.order_id.lower() not in open_ones]
            where = since.cursor_of(max(began, before)) if last else cursor or ""
            yield Page(items=await self._told((), alone), cursor=where)

    async def _told(
        self, orders: Sequence[SalesOrder], invoices: Sequence[SalesInvoice]
    ) -> tuple[DocumentStatus, ...]:
        rows = Rows(orders=[*orders], invoices=[*invoices], shipments=[], booked=Booked(amounts={}))
        found = [each for each in await self._reading.documents(rows, {}) if each.external_id]
        paid = await self._paid([stage_of(each).number for each in found])
        return tuple(_status(each, paid.get(stage_of(each).number)) for each in found)

    async def _paid(self, numbers: Sequence[str]) -> dict[str, Decimal]:
        """In all journals, by the order's number."""
        amounts: dict[str, Decimal] = dict.fromkeys(numbers, Decimal(0))
        journals = await self._directory.all_journals() if numbers else []
        for start in range(0, len(numbers), _AT_ONCE):
            some = one_of(NUMBER, sorted(set(numbers[start : start + _AT_ONCE])))
            asked: list[tuple[type[Any], str]] = [
                (JournalLine, ask(one("customerPaymentJournals", each.id, "/customerPayments"), filter=some))
                for each in journals
            ]
            for lines in await self._central.together(*asked) if asked else []:
                for line in lines:
                    number = line.external_document_number
                    amounts[number] = amounts.get(number, Decimal(0)) + abs(line.amount)
        return amounts


def _status(found: FoundDocument, paid: Decimal | None) -> DocumentStatus:
    stage = stage_of(found)
    bills = [bill for bill in stage.bills if bill.status in {"Open", "Paid"}]
    settled = found.invoiced and bool(bills) and all(bill.status == "Paid" for bill in bills)
    reached = {
        Stage.ALLOCATED: found.state in {DocumentState.OPEN, DocumentState.POSTED},
        Stage.SHIPPED: found.shipped,
        Stage.INVOICED: found.invoiced,
        Stage.PAID: settled,
        Stage.CANCELLED: found.state is DocumentState.CANCELLED,
    }
    return DocumentStatus(
        sink_key=found.sink_key,
        external_id=ExternalId(found.external_id or ""),
        number=found.number,
        reached=frozenset(stage for stage, there in reached.items() if there),
        paid=found.total if settled else paid,
        currency=found.currency,
    )
