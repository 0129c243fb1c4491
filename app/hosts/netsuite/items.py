"""NetSuite's items as products: a matrix item with its children is one, every other item is one of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime

from app.domain.listing import of_everything
from app.domain.money import Money
from app.domain.product import Item, Product
from app.hosts.netsuite import sql
from app.hosts.netsuite.client import NetSuite
from app.hosts.netsuite.clock import Clock, Zone
from app.hosts.netsuite.directory import Directory, sku_of
from app.hosts.netsuite.features import Feature, Features
from app.hosts.netsuite.prices import BASE_LEVEL
from app.hosts.netsuite.since import iso, pages
from app.hosts.netsuite.sql import MOMENT, Row, Told, known_amount
from app.ports import Change, Page, Span

_CHILD, _PARENT = "CHILD", "PARENT"
_KINDS = ("InvtPart", "NonInvtPart", "Kit", "Assembly")
_MODIFIED = f"TO_CHAR(i.lastmodifieddate, '{MOMENT}') AS modified"


class _ListedRow(Row, frozen=True):
    id: str | int
    modified: str
    parent: Told = None
    matrixtype: str = ""


class _ItemRow(Row, frozen=True):
    id: str | int
    modified: str
    itemid: str = ""
    sku: str = ""
    displayname: str = ""
    description: str = ""
    itemtype: str = ""
    isinactive: str = "F"
    parent: Told = None
    matrixtype: str = ""
    upccode: str = ""
    cost: Told = None
    category: str = ""
    department: str = ""

    @property
    def product(self) -> str:
        return str(self.parent) if self.matrixtype == _CHILD and self.parent else str(self.id)


class _PriceRow(Row, frozen=True):
    item: str | int
    unitprice: Told = None


class NetSuiteItems:
    """Implements `Source[Product]` and `Many[Product]`. The first list holds what is sold, later ones what is no more too."""

    def __init__(self, netsuite: NetSuite, directory: Directory, clock: Clock) -> None:
        self._netsuite, self._directory, self._clock = netsuite, directory, clock

    async def get(self, key: str) -> Product | None:
        return (await self.many([key])).get(key)

    async def many(self, keys: Sequence[str]) -> Mapping[str, Product]:
        """Two requests for hundreds: the items and their base prices."""
        wanted = [key for key in keys if key.isascii() and key.isdigit() and len(key) < 19]
        if not wanted:
            return {}
        rows = [row for some in sql.slices(wanted) for row in await self._rows(sql.numbers(some))]
        groups: dict[str, list[_ItemRow]] = {}
        for row in {str(row.id): row for row in rows}.values():
            groups.setdefault(row.product, []).append(row)
        mine = {key: groups.get(key, []) for key in wanted}
        prices, currency = await self._prices(sorted({str(row.id) for row in rows}))
        zone = await self._clock.zone()
        return {
            key: _product(key, group, prices, currency, zone)
            for key, group in mine.items()
            if any(row.sku and row.matrixtype != _PARENT for row in group)
        }

    async def _rows(self, ids: str) -> list[_ItemRow]:
        def words(has: Features) -> str:
            return (
                f"SELECT i.id, i.itemid, i.{self._netsuite.access.sku_field} AS sku, i.displayname, i.description, i.itemtype,"
                f" i.isinactive, i.parent, i.matrixtype, i.upccode, i.cost, {_MODIFIED}"
                f"{has.where(Feature.CLASSES, ', cl.name AS category')}"
                f"{has.where(Feature.DEPARTMENTS, ', d.name AS department')} FROM item i"
                f"{has.where(Feature.CLASSES, ' LEFT JOIN classification cl ON cl.id = i.class')}"
                f"{has.where(Feature.DEPARTMENTS, ' LEFT JOIN department d ON d.id = i.department')}"
                f" WHERE (i.id IN ({ids}) OR (i.parent IN ({ids}) AND i.matrixtype = '{_CHILD}'))"
                f" AND i.itemtype IN ({sql.texts(_KINDS)}) ORDER BY i.id"
            )

        return await self._netsuite.rows(_ItemRow, words)

    async def _prices(self, ids: Sequence[str]) -> tuple[Mapping[str, Told], str]:
        if not ids:
            return {}, ""
        currency, symbol = await self._directory.home_currency()
        found: dict[str, Told] = {}
        for some in sql.slices(ids):
            rows = await self._netsuite.rows(
                _PriceRow,
                "SELECT p.item, p.unitprice FROM pricing p"
                f" WHERE p.item IN ({sql.numbers(some)}) AND p.pricelevel = {BASE_LEVEL} AND p.quantity <= 1"
                f" AND p.currency = {sql.number(currency)} ORDER BY p.item",
            )
            found |= {str(row.item): row.unitprice for row in rows}
        return found, symbol

    async def changes(self, cursor: str | None) -> AsyncIterator[Page[Change]]:
        sold = " AND i.isinactive = 'F'" if of_everything(cursor) else ""
        query = (
            f"SELECT i.id, i.parent, i.matrixtype, {_MODIFIED} FROM item i"
            f" WHERE i.itemtype IN ({sql.texts(_KINDS)}){sold} AND"
        )
        async for rows, told in pages(self._netsuite, self._clock, _ListedRow, query, cursor, column="i"):
            listed: dict[str, datetime] = {}
            for row in rows:
                key = str(row.parent) if row.matrixtype == _CHILD and row.parent else str(row.id)
                listed[key] = max(listed.get(key, told.version(row)), told.version(row))
            changes = tuple(Change(key=key, version=at) for key, at in listed.items())
            yield Page(items=changes, cursor=told.cursor)

    async def cursor_at(self, at: datetime) -> str:
        return iso(at)

    async def between(self, span: Span) -> AsyncIterator[Page[Change]]:
        """Everything that changed in the span."""
        async for page in self.changes(iso(span.since)):
            kept = tuple(change for change in page.items if change.version < span.until)
            yield Page(items=kept, cursor=page.cursor)


def _product(
    key: str, rows: Sequence[_ItemRow], prices: Mapping[str, Told], currency: str, zone: Zone
) -> Product:
    head = next((row for row in rows if str(row.id) == key), rows[0])
    sold = [row for row in rows if row.matrixtype != _PARENT and row.sku]
    return Product(
        key=key,
        name=head.displayname or sku_of(head.itemid),
        description=head.description or None,
        category=head.category or None,
        criteria=_criteria(head),
        items=tuple(_item(row, prices, currency, zone, alone=len(sold) == 1) for row in sold),
        updated_at=max(_at(row, zone) for row in rows),
    )


def _criteria(head: _ItemRow) -> Mapping[str, str]:
    """What products may be chosen by: `criterion:type:Kit`, `criterion:department:Web`; an item's class is its category."""
    return {"type": head.itemtype} | ({"department": head.department} if head.department else {})


def _item(row: _ItemRow, prices: Mapping[str, Told], currency: str, zone: Zone, *, alone: bool) -> Item:
    def money(told: Told) -> Money | None:
        figure = known_amount(told)
        return Money(amount=figure, currency=currency) if figure is not None and currency else None

    return Item(
        sku=sku_of(row.sku),
        host_id=str(row.id),
        name=row.displayname or sku_of(row.itemid),
        variant=None if alone else sku_of(row.itemid),
        price=money(prices.get(str(row.id))),
        cost=money(row.cost),
        barcode=row.upccode or None,
        active=row.isinactive != "T",
        updated_at=_at(row, zone),
    )


def _at(row: _ItemRow, zone: Zone) -> datetime:
    return zone.instant(sql.read_moment(row.modified))
