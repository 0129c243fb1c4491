"""Looks orders up, wherever they went: among open orders, posted invoices and shipments, with their payments, by one call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from app.domain.document import DocumentPayment, FoundDocument
from app.hosts.businesscentral import keys
from app.hosts.businesscentral.client import BusinessCentral, ask, one
from app.hosts.businesscentral.directory import Directory
from app.hosts.businesscentral.odata import one_of, text
from app.hosts.businesscentral.stage import Booked, Names, documents_of
from app.hosts.businesscentral.units import Units
from app.hosts.businesscentral.wire import (
    NOBODY,
    JournalLine,
    LedgerEntry,
    SalesInvoice,
    SalesOrder,
    Shipment,
)

NUMBER = "externalDocumentNumber"
_SHIPMENT = "id,number,externalDocumentNumber,orderNumber"
_ENTRY = "id,documentNumber,documentType,description"
_DATED_BACK = timedelta(days=7)
"""People who close a month post what came in since under its last day."""


@dataclass(frozen=True, kw_only=True)
class Rows:
    orders: list[SalesOrder]
    invoices: list[SalesInvoice]
    shipments: list[Shipment]
    booked: Booked

    @classmethod
    def of(cls, lists: Sequence[list[Any]]) -> Rows:
        """Answers to what `Reading.asked` asks; no payments were looked for."""
        orders, invoices, shipments = lists
        return cls(orders=orders, invoices=invoices, shipments=shipments, booked=Booked(amounts={}))


class Reading:
    """Every answer is the database's own state at that moment."""

    def __init__(self, central: BusinessCentral, directory: Directory, units: Units) -> None:
        self._central, self._directory, self._units = central, directory, units

    async def about(
        self,
        condition: str,
        *,
        external_id: str = "",
        payments: Sequence[DocumentPayment] = (),
        items: Sequence[str] = (),
    ) -> Rows:
        """`payments`: those that are looked for, in the journals of their ways of paying and among what was posted.

        `items`: those that lines are written of next.
        """
        asked = self.asked(condition)
        numbers = {keys.payment_number(external_id, each.key): str(each.key) for each in payments}
        asked += await self.payments_asked(numbers, payments, "customerPaymentJournals", "customerPayments")
        orders, invoices, shipments, *paid = await self.beside(items, asked)
        return Rows(orders=orders, invoices=invoices, shipments=shipments, booked=booked_of(paid, numbers))

    async def beside(self, items: Sequence[str], asked: Sequence[tuple[type[Any], str]]) -> list[list[Any]]:
        """Answers to what is asked; how the items are counted is learned by the same call."""
        strange = self._units.strange(items)
        found = await self._central.together(*asked, *self._units.asked(strange))
        self._units.learn(strange, found[len(asked) :])
        return found[: len(asked)]

    def asked(self, condition: str) -> list[tuple[type[Any], str]]:
        """Open orders, posted invoices and shipments: an order that was posted is not among the orders any more."""
        return [
            (SalesOrder, ask("salesOrders", filter=condition, expand="salesOrderLines")),
            (SalesInvoice, ask("salesInvoices", filter=condition, expand="salesInvoiceLines")),
            (
                Shipment,
                ask("salesShipments", filter=condition, select=_SHIPMENT, expand="salesShipmentLines"),
            ),
        ]

    async def payments_of(self, external_id: str) -> list[tuple[type[Any], str]]:
        """Whatever waits in a journal of what was paid on an order. What was posted of it is found by its own number alone."""
        return [
            (
                JournalLine,
                ask(
                    one("customerPaymentJournals", journal.id, "/customerPayments"), filter=ours(external_id)
                ),
            )
            for journal in await self._directory.all_journals()
        ]

    async def payments_asked(
        self, numbers: Mapping[str, str], payments: Sequence[DocumentPayment], journals: str, lines: str
    ) -> list[tuple[type[Any], str]]:
        """Lines that are not posted yet are asked of each journal, posted ones of the ledger: by their number, and by what

        they are described by, as posting may number them anew. The ledger has no external document number, and is long.
        """
        if not numbers:
            return []
        condition = one_of("documentNumber", sorted(numbers))
        asked: list[tuple[type[Any], str]] = []
        for method in sorted({each.method for each in payments}):
            journal = await self._directory.journal_or_none(method)
            if journal is not None:
                path = one(journals, journal.id, f"/{lines}")
                asked.append((JournalLine, ask(path, filter=condition)))
        described = " or ".join(f"contains(description,{text(number)})" for number in sorted(numbers))
        since = min(each.at for each in payments).date() - _DATED_BACK
        anew = f"postingDate ge {since.isoformat()} and ({described})"
        posted = (ask("generalLedgerEntries", filter=each, select=_ENTRY) for each in (condition, anew))
        return [*asked, *((LedgerEntry, each) for each in posted)]

    async def documents(
        self, rows: Rows, spelled: dict[str, str], *, booked: bool = True
    ) -> list[FoundDocument]:
        lines = [line for order in rows.orders for line in order.lines]
        lines += [line for invoice in rows.invoices for line in invoice.lines]
        strange = {line.item_variant_id for line in lines} - {NOBODY}
        names = Names(spelled=spelled, variants=await self._directory.variants(strange) if strange else {})
        return documents_of(
            rows.orders,
            rows.invoices,
            rows.shipments,
            names=names,
            booked=rows.booked if booked else Booked(amounts={}),
            pages=self._central.access.pages,
        )


def booked_of(found: Sequence[Sequence[JournalLine | LedgerEntry]], numbers: Mapping[str, str]) -> Booked:
    """By our keys. What was posted tells no amount in the document's currency."""
    amounts: dict[str, Decimal | None] = {}
    for row in (row for rows in found for row in rows):
        key = numbers.get(row.document_number.upper())
        if key is None and isinstance(row, LedgerEntry):
            key = numbers.get(keys.payment_in(row.description))
        if key is not None:
            amounts[key] = abs(row.amount) if isinstance(row, JournalLine) else amounts.get(key)
    return Booked(amounts=amounts)


def ours(external_id: str) -> str:
    """The condition for what has an order's digest in its number: its document, a draft of it, and its credits."""
    return f"contains({NUMBER},{text(f'/{keys.digest(external_id)}')})"


def alike(reference: str) -> str:
    """The condition for what shows the same order name: ours of any key, and that of a person or another connector."""
    shown = keys.shown(reference)
    whole = reference.strip().upper()[:35]
    return f"startswith({NUMBER},{text(f'{shown}/')}) or {one_of(NUMBER, sorted({shown, whole}))}"
