"""Orders into Business Central: what is there, which step is next, and that step."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import cast

from app.domain.document import DocumentState, FoundDocument, SalesDocument
from app.domain.ids import SinkKey
from app.errors import Reason, StockbridgeError
from app.hosts.businesscentral import keys, steps
from app.hosts.businesscentral.client import WITH_LINES, BusinessCentral, ask
from app.hosts.businesscentral.directory import Directory
from app.hosts.businesscentral.odata import instant, text
from app.hosts.businesscentral.payload import DIMENSIONS, SALESPERSON
from app.hosts.businesscentral.reading import Reading, Rows, alike, ours
from app.hosts.businesscentral.stage import Booked, bill_state, money, order_state, spelled, whole_key
from app.hosts.businesscentral.wire import NOBODY, Named, SalesInvoice, SalesOrder
from app.hosts.businesscentral.writes import Payload, Writes, shown
from app.outbound import redacted
from app.ports import Choice, Evidence, Found, HostField, Json, Listed, Page, Span, Step

_MOST_LIKELY = 5
_DAY = timedelta(days=1)


class CentralOrders:
    """Implements `Sink[SalesDocument]`. Our key is an external document number, which Business Central keeps no single one of."""

    def __init__(
        self, central: BusinessCentral, directory: Directory, reading: Reading, writes: Writes
    ) -> None:
        self._central, self._directory = central, directory
        self._reading, self._writes = reading, writes

    async def find(self, record: SalesDocument, *, likely: bool = False) -> Found:
        """One call. An order that was posted is among the invoices, not among the orders."""
        key = record.external_id
        rows = await self._reading.about(
            f"{alike(record.reference)} or {ours(key)}" if likely else ours(key),
            external_id=record.external_id,
            payments=record.payments,
            items=[*_spelled(record).values()],
        )
        mine = replace(
            rows,
            orders=[row for row in rows.orders if _is(row, key)],
            invoices=[row for row in rows.invoices if _is(row, key)],
            shipments=[row for row in rows.shipments if keys.is_order(row.external_document_number, key)],
        )
        found = await self._reading.documents(mine, _spelled(record))
        documents = tuple(replace(each, external_id=record.external_id) for each in found)
        if not likely:
            return Found(documents=documents)
        others = replace(
            rows,
            orders=[row for row in rows.orders if row not in mine.orders],
            invoices=[row for row in rows.invoices if row not in mine.invoices and not _is_credit(row)],
            shipments=[],
        )
        doubles = await self._reading.documents(others, {}, booked=False)
        standing = [each for each in doubles if each.state is not DocumentState.CANCELLED]
        return Found(documents=documents, likely=tuple(standing[:_MOST_LIKELY]))

    async def numbered(self, number: str) -> Sequence[FoundDocument]:
        """By the order's number, whether it is open or posted, or by its invoice's."""
        asked = text(number.strip().upper()[:20])
        orders, bills, posted = await self._central.together(
            (SalesOrder, ask("salesOrders", filter=f"number eq {asked}", expand="salesOrderLines")),
            (SalesInvoice, ask("salesInvoices", filter=f"number eq {asked}", expand="salesInvoiceLines")),
            (
                SalesInvoice,
                ask("salesInvoices", filter=f"orderNumber eq {asked}", expand="salesInvoiceLines"),
            ),
        )
        rows = Rows(orders=orders, invoices=[*bills, *posted], shipments=[], booked=Booked(amounts={}))
        return await self._reading.documents(rows, {})

    def next_step(self, record: SalesDocument, found: Found) -> Step | Reason | None:
        return steps.next_step(record, found)

    async def do(self, step: Step) -> Evidence:
        if step.payload["action"] == "create":
            return with_request(await self._create(step.payload), step)
        return with_request(await self._writes.carry_out(step.payload), step)

    async def _create(self, payload: Payload) -> Evidence:
        """The same call looks for doubles once the draft is there: one that is alone needs no other look before it counts."""
        made, lists = await self._writes.create(payload, *self._reading.asked(ours(payload["external_id"])))
        found = None
        if lists is not None:
            with suppress(StockbridgeError):  # it is made, whatever else can't be told
                found = await self._seen(made, Rows.of(lists), payload)
        return Evidence(
            sink_key=SinkKey(made.id.lower()), number=made.number, response=shown(made), found=found
        )

    async def _seen(self, made: SalesOrder, rows: Rows, payload: Payload) -> Found | None:
        """None where there is more than the draft: then its payments are to be looked for as well."""
        key = payload["external_id"]
        documents = await self._reading.documents(rows, spelled([row["item"] for row in payload["lines"]]))
        mine = len(documents) == 1 and documents[0].sink_key == made.id.lower()
        if not mine or documents[0].state is not DocumentState.DRAFT:
            return None
        return Found(documents=(replace(documents[0], external_id=key),))

    def render(self, record: SalesDocument) -> Mapping[str, Json]:
        return steps.create(record).payload

    async def listed(self, span: Span) -> AsyncIterator[Page[Listed]]:
        """When something was made is not told; what was changed since then and is dated before the span's end is."""
        changed = f"lastModifiedDateTime ge {instant(span.since)}"
        until = (span.until + _DAY).date().isoformat()
        orders = f"{changed} and orderDate le {until}"
        async for rows, _ in self._central.pages(
            SalesOrder, ask("salesOrders", filter=orders, expand="salesOrderLines"), most=WITH_LINES
        ):
            yield Page(items=tuple(_listed(row, order_state(row)) for row in rows if whole(row)), cursor="")
        bills = f"{changed} and invoiceDate le {until}"
        async for posted, _ in self._central.pages(
            SalesInvoice, ask("salesInvoices", filter=bills, expand="salesInvoiceLines"), most=WITH_LINES
        ):
            yield Page(items=tuple(_listed(row, bill_state(row)) for row in posted if whole(row)), cursor="")

    def fields(self) -> Sequence[HostField]:
        return (
            HostField(name="item", label="Item", required=True, choices=True),
            HostField(name="tax", label="Tax group", required=True, choices=True),
            HostField(name="method", label="Customer payment journal", required=True, choices=True),
            HostField(name="rounding_item", label="Item for rounding differences", choices=True),
            HostField(name="location", label="Location", choices=True),
            HostField(name="shipping_method", label="Shipment method", choices=True),
            HostField(name=SALESPERSON, label="Salesperson"),
            HostField(name=DIMENSIONS[0], label="Shortcut dimension 1"),
            HostField(name=DIMENSIONS[1], label="Shortcut dimension 2"),
            HostField(name="note", label="Comment line"),
        )

    async def choices(self, field: str) -> Sequence[Choice]:
        if field in {"item", "rounding_item"}:
            return await self._services()
        if field == "method":
            return [
                Choice(code=row.code, label=row.display_name or row.code)
                for row in await self._directory.journals()
            ]
        names = {"tax": "taxGroups", "location": "locations", "shipping_method": "shipmentMethods"}
        if field not in names:
            return []
        rows = await self._directory.listed(names[field])
        return [Choice(code=row.code, label=row.display_name or row.code) for row in rows]

    async def _services(self) -> list[Choice]:
        """What charges are booked on. Goods are matched by SKU and are too many to choose from; accounts come after `GL:`."""
        path = ask("items", filter="type eq 'Service'", select="id,number")
        rows = await self._central.rows(Named, path)
        return [Choice(code=row.number, label=row.number) for row in rows]


def with_request(evidence: Evidence, step: Step) -> Evidence:
    return replace(evidence, request=cast("Mapping[str, Json]", redacted(dict(step.payload))))


def whole(row: SalesOrder | SalesInvoice) -> str | None:
    return whole_key(row.lines, ("order-",))


def _is(row: SalesOrder | SalesInvoice, key: str) -> bool:
    """By the digest, and by the whole key where its comment line is still there."""
    return keys.is_order(row.external_document_number, key) and whole(row) in {None, keys.comment_of(key)}


def _is_credit(row: SalesInvoice) -> bool:
    """An exchange that cost more became an invoice of its own."""
    return whole_key(row.lines, ("refund-",)) is not None


def _spelled(record: SalesDocument) -> dict[str, str]:
    """As the order spells its items, what it was before included."""
    told = [line.item for line in record.lines]
    told += [line.item for earlier in record.earlier for line in earlier.lines]
    return spelled([*told, *([record.rounding_item] if record.rounding_item else [])])


def _listed(row: SalesOrder | SalesInvoice, state: DocumentState) -> Listed:
    origin = row.order_id if isinstance(row, SalesInvoice) and row.order_id != NOBODY else row.id
    return Listed(
        sink_key=SinkKey(origin.lower()),
        external_id=whole(row),
        number=row.number,
        total=money(row.total_amount_including_tax, row.currency_code),
        currency=row.currency_code,
        state=state,
    )
