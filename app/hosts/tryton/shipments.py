"""Tryton's customer shipments as we read them: what left for a web shop's sales, and how it is followed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from datetime import UTC, datetime, timedelta

from app.domain.ids import ExternalId, parts_of
from app.domain.listing import Reading, further
from app.domain.shipment import Shipment, ShipmentLine, ShipmentState, Tracking
from app.errors import Rejected, Retry
from app.hosts.tryton.client import Tryton
from app.hosts.tryton.records import Coded, Labelled, Place, Row
from app.hosts.tryton.refusals import BAD_REQUEST
from app.hosts.tryton.wire import Moment, moment
from app.ports import Change, Json, Page, Span

_MODEL = "stock.shipment.out"
_PAGE = 100
_PAD = timedelta(minutes=5)
"""A time of change is a transaction's beginning, and it is seen at the transaction's end."""
_LEFT = ("shipped", "done")
_TOLD = (*_LEFT, "cancelled")


class SaleRow(Row, frozen=True):
    web_id: str | None
    web_shop: Row | None


class MoveRow(Row, frozen=True):
    state: str
    quantity: float
    product: Coded
    sale: SaleRow | None


class PackageRow(Row, frozen=True):
    write_date: Moment | None
    shipping_reference: str | None
    shipping_tracking_url: str | None


class CarrierRow(Row, frozen=True):
    party: Labelled


class ShipmentRow(Row, frozen=True):
    """`carrier`, `shipping_reference` and `packages` are there with their modules only."""

    number: str | None
    reference: str | None
    state: str
    create_date: Moment
    write_date: Moment | None
    warehouse: Place
    outgoing_moves: list[MoveRow]
    carrier: CarrierRow | None = None
    shipping_reference: str | None = None
    packages: tuple[PackageRow, ...] = ()


_FIELDS = (
    "number",
    "reference",
    "state",
    "create_date",
    "write_date",
    "warehouse.code",
    "warehouse.name",
    "outgoing_moves.state",
    "outgoing_moves.quantity",
    "outgoing_moves.product.code",
    "outgoing_moves.sale.web_id",
    "outgoing_moves.sale.web_shop.id",
)
_FOLLOWED = (
    "carrier.party.rec_name",
    "shipping_reference",
    "packages.write_date",
    "packages.shipping_reference",
    "packages.shipping_tracking_url",
)


class TrytonShipments:
    """Implements `Source[Shipment]`. A key is the shipment's id and the sale's: one may hold the goods of several.

    A cursor is an instant; the list behind it is read to its end before the cursor moves on, as it comes by id.
    """

    def __init__(self, tryton: Tryton) -> None:
        self._tryton = tryton
        self._followed: bool | None = None

    async def get(self, key: str) -> Shipment | None:
        shipment, _, sale = key.partition("-")
        if not (shipment.isdigit() and sale.isdigit()):
            return None
        rows = await self._rows([["id", "=", int(shipment)]], most=1)
        return next((_shipment(row, int(sale)) for row in rows if int(sale) in _sales(row)), None)

    async def changes(self, cursor: str | None) -> AsyncIterator[Page[Change]]:
        reading, over = Reading.of(cursor, now=datetime.now(UTC)), False
        at = moment(
            (reading.since - _PAD).astimezone(UTC) if reading.since else datetime(1970, 1, 1, tzinfo=UTC)
        )
        changed: list[Json] = ["OR", [["write_date", ">=", at]]]
        if await self._follows():
            changed.append([["packages.write_date", ">=", at]])
        while not over:
            rows = await self._rows(
                [["id", ">", reading.after], ["state", "in", list(_TOLD)], changed], most=_PAGE
            )
            shop = await self._tryton.shop()
            over = len(rows) < _PAGE
            reading = reading.on(map(_version, rows), after=further(rows, reading.after))
            yield Page(items=tuple(_changes(rows, shop.id)), cursor=reading.cursor(over=over))

    async def cursor_at(self, at: datetime) -> str:
        return at.astimezone(UTC).isoformat()

    async def between(self, span: Span) -> AsyncIterator[Page[Change]]:
        """Newest first."""
        shop, before = await self._tryton.shop(), 0
        while True:
            domain: list[Json] = [
                ["state", "in", list(_TOLD)],
                ["create_date", ">=", moment(span.since.astimezone(UTC))],
                ["create_date", "<", moment(span.until.astimezone(UTC))],
            ]
            rows = await self._rows([*domain, ["id", ">", before]], most=_PAGE)
            yield Page(items=tuple(reversed(list(_changes(rows, shop.id)))), cursor=str(before))
            if len(rows) < _PAGE:
                return
            before = rows[-1].id

    async def _follows(self) -> bool:
        """Whether Tryton has the modules by which parcels are followed."""
        if self._followed is None:
            await self._rows([], most=1)
        return bool(self._followed)

    async def _rows(self, domain: list[Json], *, most: int) -> list[ShipmentRow]:
        if self._followed is not False:
            try:
                found = await self._tryton.find(
                    ShipmentRow, _MODEL, (*_FIELDS, *_FOLLOWED), list(domain), most=most
                )
            except Retry as error:
                if error.code != BAD_REQUEST or self._followed:
                    raise
            else:
                self._followed = True
                return found
        found = await self._tryton.find(ShipmentRow, _MODEL, _FIELDS, list(domain), most=most)
        self._followed = False
        return found


def _changes(rows: Iterable[ShipmentRow], shop: int) -> list[Change]:
    """One for each sale of the web shop that a shipment holds goods of."""
    return [
        Change(key=f"{row.id}-{sale.id}", version=_version(row))
        for row in rows
        for sale in _sales(row).values()
        if sale.web_id and sale.web_shop is not None and sale.web_shop.id == shop
    ]


def _sales(row: ShipmentRow) -> dict[int, SaleRow]:
    return {move.sale.id: move.sale for move in row.outgoing_moves if move.sale is not None}


def _version(row: ShipmentRow) -> datetime:
    times = [row.write_date or row.create_date, *(p.write_date for p in row.packages if p.write_date)]
    return max(time.value for time in times)


def _shipment(row: ShipmentRow, sale: int) -> Shipment:
    state = ShipmentState.SENT if row.state in _LEFT else ShipmentState.PACKED
    moves = [move for move in row.outgoing_moves if move.sale is not None and move.sale.id == sale]
    return Shipment(
        key=f"{row.id}-{sale}",
        number=row.number or str(row.id),
        order_external_id=ExternalId(_sales(row)[sale].web_id or ""),
        state=ShipmentState.CANCELLED if row.state == "cancelled" else state,
        lines=tuple(_line(move) for move in moves if move.state != "cancelled" or row.state == "cancelled"),
        tracking=_tracking(row),
        warehouse=row.warehouse.code or row.warehouse.name,
        shipped_at=_version(row),
        updated_at=_version(row),
        origin=_origin(row),
    )


def _origin(row: ShipmentRow) -> ExternalId | None:
    """Our key where the shipment was taken for what a store had sent; people write there whatever they like."""
    parts = parts_of(row.reference or "")
    return ExternalId(row.reference or "") if parts and parts[0] == "parcel" else None


def _line(move: MoveRow) -> ShipmentLine:
    if move.quantity != int(move.quantity):
        raise Rejected("shipment.part_of_a_unit", f"{move.product.code} was sent in parts of a unit.")
    return ShipmentLine(item=move.product.code or "", quantity=int(move.quantity))


def _tracking(row: ShipmentRow) -> Tracking:
    """The packages' own references; a shipment without packages has one of its own."""
    packed = [package for package in row.packages if package.shipping_reference]
    numbers = [package.shipping_reference or "" for package in packed]
    urls = [package.shipping_tracking_url for package in packed if package.shipping_tracking_url]
    return Tracking(
        numbers=tuple(numbers) or ((row.shipping_reference,) if row.shipping_reference else ()),
        carrier=row.carrier.party.rec_name if row.carrier else None,
        urls=tuple(urls) if len(urls) == len(numbers) else (),
    )
