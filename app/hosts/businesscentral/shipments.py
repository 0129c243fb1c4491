"""What left Business Central for a store's orders, as its posted shipments tell it: goods and quantities, no tracking.

Which variant a line is of stands on the order's line of the same number, or on the invoice's.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from app.domain.ids import ExternalId
from app.domain.shipment import Shipment, ShipmentLine, ShipmentState, Tracking
from app.hosts.businesscentral import keys, since
from app.hosts.businesscentral.access import GUID
from app.hosts.businesscentral.client import BusinessCentral, ask
from app.hosts.businesscentral.directory import REMEMBERED_SECONDS, Directory, sku_of
from app.hosts.businesscentral.odata import instant, one_of, text
from app.hosts.businesscentral.reading import NUMBER
from app.hosts.businesscentral.wire import ITEM, NOBODY, Line, Named, Row, SalesInvoice, SalesOrder, Variant
from app.hosts.businesscentral.wire import Shipment as ShipmentRow
from app.hosts.businesscentral.wire import ShipmentLine as LineRow
from app.ports import Change, Page, Span

_ENTRIES = "itemLedgerEntries"
_OURS = f"contains({NUMBER},{text('/')})"
_AT_ONCE, _IN_BATCH = 20, 25
_ORDER = ("order-",)


class Entry(Row, frozen=True, kw_only=True):
    """A movement of stock; one that takes a shipment back puts its goods in again under the shipment's number."""

    document_number: str
    last_modified_date_time: str


class CentralShipments:
    """Implements `Source[Shipment]`. A shipment that is undone keeps its time of change: the stock's ledger tells of it."""

    def __init__(
        self, central: BusinessCentral, directory: Directory, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._central, self._directory, self._clock = central, directory, clock
        self._services: tuple[float, frozenset[str]] | None = None

    async def get(self, key: str) -> Shipment | None:
        if not GUID.fullmatch(key):
            return None
        path = ask("salesShipments", filter=f"id eq {key}", expand="salesShipmentLines")
        found = await self._central.rows(ShipmentRow, path)
        if not found:
            return None
        row = found[0]
        moves, *origins = await self._central.together((Entry, _entries([row.number])), *_origins(row))
        ordered = [line for rows in origins for document in rows for line in document.lines]
        strange = {line.item_variant_id for line in ordered} - {NOBODY}
        variants = await self._directory.variants(strange) if strange else {}
        return _shipment(row, moves, _Goods(ordered, variants), await self._no_goods())

    async def changes(self, cursor: str | None) -> AsyncIterator[Page[Change]]:
        """Those with a key of ours, and before them those that were undone since."""
        began = since.read(cursor)
        if began is not None:
            yield Page(items=tuple(await self._undone(began)), cursor=cursor or "")
        async for rows, where in since.pages(
            self._central,
            ShipmentRow,
            "salesShipments",
            cursor,
            select="",
            also=_OURS,
            expand="salesShipmentLines",
        ):
            mine = [row for row in rows if _key(row)]
            moved = await self._moves(row.number for row in mine)
            yield Page(items=tuple(_change(row, moved[row.number]) for row in mine), cursor=where)

    async def cursor_at(self, at: datetime) -> str:
        return since.cursor_of(at)

    async def between(self, span: Span) -> AsyncIterator[Page[Change]]:
        async for page in since.between(self.changes(since.cursor_of(span.since)), span):
            yield page

    async def _undone(self, began: datetime) -> list[Change]:
        condition = (
            f"documentType eq 'Sales Shipment' and quantity gt 0 and"
            f" lastModifiedDateTime ge {instant(began - since.PAD)}"
        )
        entries = await self._central.rows(Entry, ask(_ENTRIES, filter=condition))
        numbers = sorted({entry.document_number for entry in entries})
        found: list[Change] = []
        for start in range(0, len(numbers), _AT_ONCE):
            some = one_of("number", numbers[start : start + _AT_ONCE])
            rows = await self._central.rows(
                ShipmentRow, ask("salesShipments", filter=some, expand="salesShipmentLines")
            )
            mine = [row for row in rows if _key(row)]
            moved = await self._moves(row.number for row in mine)
            found += [_change(row, moved[row.number]) for row in mine]
        return found

    async def _moves(self, numbers: Iterable[str]) -> defaultdict[str, list[Entry]]:
        """By one call for hundreds of shipments."""
        moved: defaultdict[str, list[Entry]] = defaultdict(list)
        wanted = sorted(set(numbers))
        asked = [
            (Entry, _entries(wanted[start : start + _AT_ONCE])) for start in range(0, len(wanted), _AT_ONCE)
        ]
        for start in range(0, len(asked), _IN_BATCH):
            for entries in await self._central.together(*asked[start : start + _IN_BATCH]):
                for entry in entries:
                    moved[entry.document_number].append(entry)
        return moved

    async def _no_goods(self) -> frozenset[str]:
        """Numbers of services, which are on shipments as well; those of some minutes ago at most."""
        now, kept = self._clock(), self._services
        if kept is not None and now - kept[0] < REMEMBERED_SECONDS:
            return kept[1]
        path = ask("items", filter="type eq 'Service'", select="id,number")
        found = frozenset(row.number for row in await self._central.rows(Named, path))
        self._services = now, found
        return found


class _Goods:
    """What the lines of a shipment are called outside, by those that it was made from."""

    def __init__(self, ordered: Sequence[Line], variants: Mapping[str, Variant]) -> None:
        self._ordered = sorted(ordered, key=lambda line: line.sequence)
        self._variants = variants

    def sku(self, line: LineRow) -> str:
        """A line that takes another one back stands behind it, under a number between it and the next."""
        number = line.line_object_number
        before = [
            each
            for each in self._ordered
            if each.sequence <= line.sequence and each.line_object_number == number
        ]
        variant = self._variants.get(before[-1].item_variant_id) if before else None
        return sku_of(variant) if variant else number


def _shipment(
    row: ShipmentRow, moves: Sequence[Entry], goods: _Goods, services: frozenset[str]
) -> Shipment | None:
    key = _key(row)
    if key is None:
        return None
    units: defaultdict[str, Decimal] = defaultdict(lambda: Decimal(0))
    for line in row.sales_shipment_lines:
        if line.line_type == ITEM and line.line_object_number not in services:
            units[goods.sku(line)] += line.quantity
    left = {item: int(quantity) for item, quantity in units.items() if quantity > 0}
    at = _changed(row, moves)
    return Shipment(
        key=row.id.lower(),
        number=row.number,
        order_external_id=ExternalId(key),
        state=ShipmentState.SENT if left or not units else ShipmentState.CANCELLED,
        lines=tuple(ShipmentLine(item=item, quantity=quantity) for item, quantity in left.items()),
        tracking=Tracking(),
        warehouse=None,
        shipped_at=_day(row.posting_date) or at,
        updated_at=at,
    )


def _key(row: ShipmentRow) -> str | None:
    said = (line.description for line in row.sales_shipment_lines if line.is_words)
    told = next((one.strip() for one in said if one.strip().startswith(_ORDER)), None)
    return told if told and " " not in told and not keys.is_draft(row.external_document_number) else None


def _origins(row: ShipmentRow) -> list[tuple[type[Any], str]]:
    """The order while it is open, else what it was invoiced by."""
    if not row.order_number:
        return []
    order = text(row.order_number)
    return [
        (SalesOrder, ask("salesOrders", filter=f"number eq {order}", expand="salesOrderLines")),
        (SalesInvoice, ask("salesInvoices", filter=f"orderNumber eq {order}", expand="salesInvoiceLines")),
    ]


def _entries(numbers: Sequence[str]) -> str:
    condition = f"({one_of('documentNumber', numbers)}) and documentType eq 'Sales Shipment'"
    return ask(_ENTRIES, filter=condition)


def _change(row: ShipmentRow, moves: Sequence[Entry]) -> Change:
    return Change(key=row.id.lower(), version=_changed(row, moves))


def _changed(row: ShipmentRow, moves: Sequence[Entry]) -> datetime:
    return max([since.version(row), *(since.version(entry) for entry in moves)])


def _day(told: str) -> datetime | None:
    try:
        return datetime.fromisoformat(told).replace(tzinfo=UTC)
    except ValueError:
        return None
