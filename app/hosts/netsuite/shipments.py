"""NetSuite's item fulfilments as we read them: what left for orders of ours, and how it is followed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from operator import attrgetter

from app.domain.ids import ExternalId, StoreKey, parts_of
from app.domain.shipment import Shipment, ShipmentLine, ShipmentState, Tracking
from app.errors import Rejected
from app.hosts.netsuite import sql
from app.hosts.netsuite.client import NetSuite
from app.hosts.netsuite.clock import Clock, Zone
from app.hosts.netsuite.directory import sku_of
from app.hosts.netsuite.documents import ORDER, SHIPMENT
from app.hosts.netsuite.features import Feature
from app.hosts.netsuite.since import iso, pages
from app.hosts.netsuite.sql import MOMENT, Row, Told, amount
from app.ports import Change, Page, Span

SHIPPED = "C"
"""Of picked (A), packed (B) and shipped (C)."""
_MODIFIED = f"TO_CHAR(c.lastmodifieddate, '{MOMENT}') AS modified"
_LINKED = (
    "FROM transaction c JOIN PreviousTransactionLineLink l ON l.nextdoc = c.id"
    " JOIN transaction so ON so.id = l.previousdoc"
)
_NEWEST = 10**15
"""Above every internal id."""
_OURS = f"c.type = '{SHIPMENT}' AND so.type = '{ORDER}' AND so.externalid LIKE 'order-%'"


class _ListedRow(Row, frozen=True):
    id: str | int
    modified: str


class LineRow(Row, frozen=True):
    """A line of a fulfilment with its head, and the order's line that it is of."""

    id: str | int
    modified: str
    line: str | int
    orderkey: str = ""
    tranid: str = ""
    status: str = ""
    externalid: str = ""
    voided: str = "F"
    sku: str = ""
    quantity: Told = None
    location: Told = None
    orderline: Told = None
    linekey: str = ""


class _TrackingRow(Row, frozen=True):
    transaction: str | int
    id: str | int
    trackingnumber: str = ""


@dataclass(frozen=True, kw_only=True)
class Fulfilment:
    """One of them; `revision` is another one after every change of how it is followed."""

    rows: tuple[LineRow, ...]
    numbers: tuple[str, ...] = ()
    revision: str = ""
    goods: Mapping[str, int] = field(default_factory=dict)

    @property
    def head(self) -> LineRow:
        return self.rows[0]

    @property
    def id(self) -> str:
        return str(self.head.id)

    @property
    def sent(self) -> bool:
        return self.head.status == SHIPPED and self.head.voided != "T"


class NetSuiteShipments:
    """Implements `Source[Shipment]`. One that was deleted there is in no list any more, and nobody hears of it."""

    def __init__(self, netsuite: NetSuite, clock: Clock) -> None:
        self._netsuite, self._clock = netsuite, clock

    async def get(self, key: str) -> Shipment | None:
        if not (key.isascii() and key.isdigit()):
            return None
        found = await fulfilments(self._netsuite, f"c.id = {sql.number(key)}")
        return _shipment(found[0], await self._clock.zone()) if found else None

    async def changes(self, cursor: str | None) -> AsyncIterator[Page[Change]]:
        query = f"SELECT DISTINCT c.id, {_MODIFIED} {_LINKED} WHERE {_OURS} AND"
        async for rows, told in pages(self._netsuite, self._clock, _ListedRow, query, cursor, column="c"):
            changes = tuple(Change(key=str(row.id), version=told.version(row)) for row in rows)
            yield Page(items=changes, cursor=told.cursor)

    async def cursor_at(self, at: datetime) -> str:
        return iso(at)

    async def between(self, span: Span) -> AsyncIterator[Page[Change]]:
        """Newest first."""
        zone, before = await self._clock.zone(), _NEWEST
        while True:
            page = await self._netsuite.page(
                _ListedRow,
                f"SELECT DISTINCT c.id, {_MODIFIED} {_LINKED} WHERE {_OURS}"
                f" AND c.createddate >= {sql.moment(zone.local(span.since))}"
                f" AND c.createddate < {sql.moment(zone.local(span.until))} AND c.id < {before} ORDER BY c.id DESC",
            )
            changes = [
                Change(key=str(row.id), version=zone.instant(sql.read_moment(row.modified)))
                for row in page.items
            ]
            yield Page(items=tuple(changes), cursor="")
            if not page.more:
                return
            # Downwards: what is left is further from the newest than what was told.
            before = _NEWEST - sql.further(_NEWEST - sql.whole(page.items[-1].id), _NEWEST - before)


async def fulfilments(netsuite: NetSuite, condition: str) -> list[Fulfilment]:
    """With their lines and numbers, oldest first; `condition` is about the fulfilment `c` and its order `so`."""
    key = netsuite.access.line_field
    rows = await netsuite.rows(
        LineRow,
        lambda has: (
            f"SELECT c.id, {_MODIFIED}, c.tranid, c.status, c.externalid, c.voided, so.externalid AS orderkey, fl.id AS line,"
            f" i.{netsuite.access.sku_field} AS sku, fl.quantity, ol.id AS orderline"
            f"{has.column(Feature.LOCATIONS, ', fl.location')}{f', ol.{key} AS linekey' if key else ''}"
            f" {_LINKED} JOIN transactionline fl ON fl.transaction = c.id AND fl.id = l.nextline"
            " JOIN transactionline ol ON ol.transaction = l.previousdoc AND ol.id = l.previousline"
            " JOIN item i ON i.id = fl.item"
            f" WHERE {condition} AND c.type = '{SHIPMENT}' AND so.type = '{ORDER}' ORDER BY c.id, fl.id"
        ),
    )
    tracked = await _tracked(netsuite, {str(row.id) for row in rows})
    made = []
    for which, each in groupby(rows, key=attrgetter("id")):
        mine = tuple({str(row.line): row for row in each}.values())
        numbers = tracked.get(str(which), [])
        marks = ",".join(str(row.id) for row in numbers)
        made.append(
            Fulfilment(
                rows=mine,
                numbers=tuple(row.trackingnumber for row in numbers if row.trackingnumber),
                revision=f"{mine[0].modified}/{marks}",
                goods=_goods(mine),
            )
        )
    return made


async def _tracked(netsuite: NetSuite, ids: Iterable[str]) -> Mapping[str, Sequence[_TrackingRow]]:
    found: dict[str, list[_TrackingRow]] = defaultdict(list)
    for some in sql.slices(sorted(ids)):
        rows = await netsuite.rows(
            _TrackingRow,
            "SELECT tm.transaction, tn.id, tn.trackingnumber"
            " FROM TrackingNumberMap tm JOIN trackingnumber tn ON tn.id = tm.trackingnumber"
            f" WHERE tm.transaction IN ({sql.numbers(some)}) ORDER BY tm.transaction, tn.id",
        )
        for row in rows:
            found[str(row.transaction)].append(row)
    return found


def _goods(rows: Iterable[LineRow]) -> dict[str, int]:
    """By the order's own lines."""
    found: dict[str, int] = defaultdict(int)
    for row in rows:
        found[str(row.orderline)] += units(row)
    return dict(found)


def units(row: LineRow) -> int:
    told = abs(amount(row.quantity))
    if told != int(told):
        raise Rejected("shipment.part_of_a_unit", f"{sku_of(row.sku)} was sent in parts of a unit.")
    return int(told)


def _shipment(one: Fulfilment, zone: Zone) -> Shipment:
    head, at = one.head, zone.instant(sql.read_moment(one.head.modified))
    state = ShipmentState.SENT if one.sent else ShipmentState.PACKED
    places = [str(row.location) for row in one.rows if row.location]
    parts = parts_of(head.externalid)
    return Shipment(
        key=one.id,
        number=head.tranid or one.id,
        order_external_id=ExternalId(head.orderkey),
        state=ShipmentState.CANCELLED if head.voided == "T" else state,
        lines=tuple(
            ShipmentLine(
                item=sku_of(row.sku),
                quantity=units(row),
                line_key=StoreKey(row.linekey) if row.linekey else None,
            )
            for row in one.rows
        ),
        tracking=Tracking(numbers=one.numbers),
        warehouse=places[0] if places else None,
        shipped_at=at,
        updated_at=at,
        origin=ExternalId(head.externalid) if parts and parts[0] == "parcel" else None,
    )
