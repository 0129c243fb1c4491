"""Orders into NetSuite: what is there, which step is next, and that step, once."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from functools import partial
from typing import cast

from app.domain.document import DocumentState, FoundDocument, SalesDocument
from app.domain.ids import SinkKey, parts_of
from app.errors import Reason
from app.hosts.netsuite import documents, sql, steps
from app.hosts.netsuite.client import NetSuite
from app.hosts.netsuite.clock import Clock
from app.hosts.netsuite.directory import Directory, whole_names
from app.hosts.netsuite.documents import CASH_SALE, INVOICE, ORDER, Transaction
from app.hosts.netsuite.payload import invoice_key
from app.hosts.netsuite.sql import Row, Told
from app.hosts.netsuite.writes import Writes
from app.outbound import redacted
from app.ports import Choice, Evidence, Found, HostField, Json, Listed, Page, Span, Step

_MOST_LIKELY = 5
_SOLD = (ORDER, CASH_SALE)
_ALIKE = (*_SOLD, INVOICE)
_LISTS = {
    "location": "location",
    "method": "method",
    "shipping_method": "shipping_method",
    "subsidiary": "subsidiary",
    "department": "department",
    "class": "class",
}


class NetSuiteOrders:
    """Implements `Sink[SalesDocument]`. An order is found by its external id, which an account keeps unique."""

    def __init__(self, netsuite: NetSuite, directory: Directory, writes: Writes, clock: Clock) -> None:
        self._netsuite, self._directory, self._writes = netsuite, directory, writes
        self._clock = clock

    async def find(self, record: SalesDocument, *, likely: bool = False) -> Found:
        """One request, and one more for an order that somebody else billed."""
        key = record.external_id
        found = await documents.about(self._netsuite, key, self._alike(record) if likely else "")
        earlier = [line.item for told in record.earlier for line in told.lines]
        names = whole_names([*(line.item for line in record.lines), *earlier, record.rounding_item])
        mine = await self._document(key, found, names)
        doubles = self._doubles(record, found) if likely else []
        return Found(documents=(mine,) if mine else (), likely=tuple(doubles))

    async def of(self, key: str, names: Collection[str]) -> FoundDocument | None:
        """The document of an order with what is booked under our keys. `names`: items that are told by their whole names."""
        return await self._document(key, await documents.about(self._netsuite, key), names)

    async def _document(
        self, key: str, among: Sequence[Transaction], names: Collection[str]
    ) -> FoundDocument | None:
        there = {one.head.externalid: one for one in among}
        one = there.get(key)
        if one is None:
            return None
        paid = documents.payments_of(among, key)
        shown = partial(documents.as_found, one, self._place, payments=paid, whole=names)
        found = shown(bill=_bill(there.get(invoice_key(key))))
        if one.head.type == ORDER and found.invoiced and not documents.stage_of(found).invoice:
            bills = [each for each in await documents.bills_of(self._netsuite, one.id) if each.voided != "T"]
            if len(bills) == 1:
                bill = str(bills[0].id), sql.known_amount(bills[0].foreigntotal)
                found = shown(bill=bill)
        return found

    async def numbered(self, number: str) -> Sequence[FoundDocument]:
        condition = f"t.tranid = {sql.text(number.strip())} AND t.type IN ({sql.texts(_SOLD)})"
        found = await documents.read(self._netsuite, condition)
        return [documents.as_found(one, self._place, payments={}) for one in found[:_MOST_LIKELY]]

    def next_step(self, record: SalesDocument, found: Found) -> Step | Reason | None:
        return steps.next_step(record, found)

    async def do(self, step: Step) -> Evidence:
        return with_request(await self._writes.carry_out(step.payload), step)

    def render(self, record: SalesDocument) -> Mapping[str, Json]:
        return steps.create(record).payload

    async def listed(self, span: Span) -> AsyncIterator[Page[Listed]]:
        async for page in listed(self._netsuite, self._clock, span, _SOLD):
            yield page

    def fields(self) -> Sequence[HostField]:
        return (
            HostField(name="item", label="Item", required=True, choices=True),
            HostField(name="tax", label="Tax code", required=True, choices=True),
            HostField(name="method", label="Payment method", required=True, choices=True),
            HostField(name="rounding_item", label="Item for rounding differences", choices=True),
            HostField(name="location", label="Location", choices=True),
            HostField(name="shipping_method", label="Shipping method", choices=True),
            HostField(name="subsidiary", label="Subsidiary", choices=True),
            HostField(name="department", label="Department", choices=True),
            HostField(name="class", label="Class", choices=True),
            HostField(name="note", label="Memo"),
        )

    async def choices(self, field: str) -> Sequence[Choice]:
        """Internal ids with their names; items by their SKU."""
        if field in {"item", "rounding_item"}:
            return await self._services()
        if field == "tax":
            return [
                Choice(code=str(row.id), label=row.name or str(row.id))
                for row in await self._directory.tax_names()
            ]
        if field not in _LISTS:
            return []
        return [
            Choice(code=str(row.id), label=row.name or str(row.id))
            for row in await self._directory.listed(_LISTS[field])
        ]

    async def _services(self) -> list[Choice]:
        """What charges are booked on. Goods are matched by SKU and are too many to choose from."""
        column = f"i.{self._netsuite.access.sku_field}"
        page = await self._netsuite.page(
            _ItemName,
            f"SELECT i.id, {column} AS sku, i.displayname FROM item i WHERE i.itemtype IN"
            " ('NonInvtPart', 'Service', 'OthCharge', 'Discount', 'ShipItem', 'Markup', 'Payment', 'GiftCert')"
            " AND i.isinactive = 'F' ORDER BY i.id",
        )
        return [Choice(code=row.sku, label=row.displayname or row.sku) for row in page.items if row.sku]

    def _alike(self, record: SalesDocument) -> str:
        """Documents that show the same order name, or carry a former connector's number."""
        condition = f"t.otherrefnum = {sql.text(record.reference)}"
        parts, field = parts_of(record.external_id), self._netsuite.access.earlier_field
        if field and parts:
            condition += f" OR t.{field} = {sql.text(parts[2])}"
        return f"(t.type IN ({sql.texts(_ALIKE)}) AND ({condition}))"

    def _doubles(self, record: SalesDocument, among: Sequence[Transaction]) -> list[FoundDocument]:
        """Those of them that are none of ours for another order."""
        kind = record.external_id.split("-", maxsplit=1)[0] + "-"
        strange = [
            one for one in among if one.head.type in _ALIKE and not one.head.externalid.startswith(kind)
        ]
        shown = [documents.as_found(one, self._place, payments={}) for one in strange]
        return [one for one in shown if one.state is not DocumentState.CANCELLED][:_MOST_LIKELY]

    @property
    def _place(self) -> str:
        return self._netsuite.access.place


class _ItemName(Row, frozen=True):
    id: str | int
    sku: str = ""
    displayname: str = ""


class _ListedRow(Row, frozen=True):
    id: str | int
    type: str
    externalid: str
    tranid: str = ""
    status: str = ""
    foreigntotal: Told = None
    symbol: str = ""
    voided: str = "F"


async def listed(
    netsuite: NetSuite, clock: Clock, span: Span, types: Sequence[str]
) -> AsyncIterator[Page[Listed]]:
    """Documents with an external id that were made in the span, by their own ids."""
    zone, last = await clock.zone(), 0
    while True:
        page = await netsuite.page(
            _ListedRow,
            "SELECT t.id, t.type, t.externalid, t.tranid, t.status, t.foreigntotal, cur.symbol, t.voided"
            " FROM transaction t LEFT JOIN currency cur ON cur.id = t.currency"
            f" WHERE t.type IN ({sql.texts(types)}) AND t.externalid IS NOT NULL"
            f" AND t.createddate >= {sql.moment(zone.local(span.since))}"
            f" AND t.createddate < {sql.moment(zone.local(span.until))} AND t.id > {last} ORDER BY t.id",
        )
        yield Page(items=tuple(map(_listed, page.items)), cursor=str(last))
        if not page.more:
            return
        last = sql.further(page.items[-1].id, last)


def _listed(row: _ListedRow) -> Listed:
    total = sql.known_amount(row.foreigntotal)
    gone = row.voided == "T" or (row.type == ORDER and row.status in {"C", "H"})
    return Listed(
        sink_key=SinkKey(str(row.id)),
        external_id=row.externalid,
        number=row.tranid or None,
        total=None if total is None else abs(total),
        currency=row.symbol or None,
        state="cancelled" if gone else "open" if row.type == ORDER and row.status != "G" else "posted",
    )


def _bill(invoice: Transaction | None) -> tuple[str, Decimal | None] | None:
    return None if invoice is None or invoice.gone else (invoice.id, invoice.total)


def with_request(evidence: Evidence, step: Step) -> Evidence:
    return replace(evidence, request=cast("Mapping[str, Json]", redacted(dict(step.payload))))
