"""NetSuite's stock as we read it: what lies in each location and what of it is free; a kit is as many as its parts make."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import ROUND_FLOOR, Decimal

from app.domain.inventory import StockReading
from app.hosts.netsuite import sql
from app.hosts.netsuite.client import NetSuite
from app.hosts.netsuite.directory import Directory, sku_of
from app.hosts.netsuite.sql import Row, Told, known_amount
from app.ports import Choice, StockPage

_KITS = "kits:"
_UNCOUNTED = frozenset({"NonInvtPart", "Service", "OthCharge", "DwnLdItem", "GiftCert"})


class _Level(Row, frozen=True):
    item: str | int
    location: str | int
    sku: str = ""
    quantityonhand: Told = None
    quantityavailable: Told = None


class _Member(Row, frozen=True):
    parentitem: str | int
    item: str | int
    sku: str = ""
    quantity: Told = None
    parttype: str = ""

    @property
    def kept(self) -> bool:
        """Whether it lies somewhere. A service, or a part that nobody counts, is there whenever it is wanted."""
        return self.parttype not in _UNCOUNTED


class NetSuiteStock:
    """Implements `ports.StockSource`. A cursor is the last item and location that was read, or the last kit."""

    lag = timedelta(0)

    def __init__(self, netsuite: NetSuite, directory: Directory) -> None:
        self._netsuite, self._directory = netsuite, directory

    async def page(self, cursor: str | None) -> StockPage:
        if cursor and cursor.startswith(_KITS):
            return await self._kits(cursor.removeprefix(_KITS))
        began = datetime.now(UTC)
        item, _, place = (cursor or "0:0").partition(":")
        after = f"(a.item > {sql.number(item)} OR (a.item = {sql.number(item)} AND a.location > {sql.number(place)}))"
        found = await self._netsuite.page(_Level, self._levels(after))
        readings = tuple(_reading(row, began) for row in found.items if row.sku)
        if found.more and found.items:
            last = found.items[-1]
            return StockPage(readings=readings, next=f"{last.item}:{last.location}")
        return StockPage(readings=readings, next=f"{_KITS}0")

    async def of(self, items: Sequence[str]) -> tuple[StockReading, ...]:
        readings: list[StockReading] = []
        for some in sql.slices(items):
            began = datetime.now(UTC)
            found = await self._directory.found(some)
            kits = {str(row.id) for row in found.values() if row.itemtype == "Kit"}
            others = {str(row.id) for row in found.values()} - kits
            if others:
                rows = await self._netsuite.rows(
                    _Level, self._levels(f"a.item IN ({sql.numbers(sorted(others))})")
                )
                readings += [_reading(row, began) for row in rows if row.sku]
            if kits:
                members = await self._netsuite.rows(
                    _Member, self._members(f"m.parentitem IN ({sql.numbers(sorted(kits))})")
                )
                readings += await self._made_of(members, began)
        return tuple(readings)

    async def warehouses(self) -> Sequence[Choice]:
        return tuple(
            Choice(code=str(row.id), label=row.name or str(row.id))
            for row in await self._directory.listed("location")
        )

    def _levels(self, condition: str) -> str:
        """`inventoryItemLocations` would leave out assemblies and what has lots or serial numbers."""
        return (
            f"SELECT a.item, a.location, i.{self._netsuite.access.sku_field} AS sku, a.quantityonhand, a.quantityavailable"
            " FROM aggregateItemLocation a JOIN item i ON i.id = a.item JOIN location l ON l.id = a.location"
            f" WHERE {condition} AND i.isinactive = 'F' AND l.isinactive = 'F' ORDER BY a.item, a.location"
        )

    def _members(self, condition: str) -> str:
        return (
            f"SELECT m.parentitem, m.item, i.{self._netsuite.access.sku_field} AS sku, m.quantity, p.itemtype AS parttype"
            " FROM kititemmember m JOIN item i ON i.id = m.parentitem JOIN item p ON p.id = m.item"
            f" WHERE {condition} AND i.isinactive = 'F' ORDER BY m.parentitem, m.item"
        )

    async def _kits(self, after: str) -> StockPage:
        """Whole kits alone: the last one of a page may go on, and is read again."""
        began = datetime.now(UTC)
        page = await self._netsuite.page(_Member, self._members(f"m.parentitem > {sql.number(after)}"))
        members = page.items
        if page.more and members:
            members = [row for row in members if row.parentitem != page.items[-1].parentitem]
        readings = await self._made_of(members, began)
        following = f"{_KITS}{members[-1].parentitem}" if page.more and members else None
        return StockPage(readings=tuple(readings), next=following)

    async def _made_of(self, members: Sequence[_Member], began: datetime) -> list[StockReading]:
        levels: dict[str, dict[str, _Level]] = defaultdict(dict)
        parts = sorted({str(row.item) for row in members})
        for some in sql.slices(parts):
            condition = f"a.item IN ({sql.numbers(some)})"
            for level in await self._netsuite.rows(_Level, self._levels(condition)):
                levels[str(level.location)][str(level.item)] = level
        kits: dict[str, list[_Member]] = defaultdict(list)
        for member in members:
            if member.sku:
                kits[str(member.parentitem)].append(member)
        return [
            reading
            for place, there in levels.items()
            for needed in kits.values()
            if (reading := _kit(needed, place, there, began)) is not None
        ]


def _reading(row: _Level, at: datetime) -> StockReading:
    return StockReading(
        warehouse=str(row.location),
        item=sku_of(row.sku),
        observed_at=at,
        available=known_amount(row.quantityavailable),
        physical=known_amount(row.quantityonhand),
        own=str(row.item),
    )


def _kit(
    needed: Sequence[_Member], place: str, there: Mapping[str, _Level], at: datetime
) -> StockReading | None:
    """None where a part that is counted has no level in this location, or none is: then nothing is known of the kit there."""
    counted = [member for member in needed if member.kept]
    parts = [(there.get(str(member.item)), known_amount(member.quantity) or Decimal(1)) for member in counted]
    if not parts or any(level is None for level, _ in parts):
        return None
    free = [(known_amount(level.quantityavailable), each) for level, each in parts if level]
    here = [(known_amount(level.quantityonhand), each) for level, each in parts if level]
    return StockReading(
        warehouse=place,
        item=sku_of(needed[0].sku),
        observed_at=at,
        available=_least(free),
        physical=_least(here),
        own=str(needed[0].parentitem),
    )


def _least(parts: Iterable[tuple[Decimal | None, Decimal]]) -> Decimal | None:
    made = [None if has is None else (has / each).to_integral_value(ROUND_FLOOR) for has, each in parts]
    known = [each for each in made if each is not None]
    return min(known) if known and len(known) == len(made) else None
