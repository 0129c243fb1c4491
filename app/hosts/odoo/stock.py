"""Odoo's stock as we read it: what is on hand and what is free of each product, in each of the company's warehouses."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from app.domain.inventory import StockReading
from app.hosts.odoo.client import Odoo
from app.hosts.odoo.directory import Directory, WarehouseRow
from app.hosts.odoo.wire import Domain, Row
from app.ports import Choice, Json, StockPage

# A real Odoo works three quantities out for each product of a page; a thousand fit into one deadline many times over.
_PAGE = 1_000
_NAMED = 500
_PRODUCTS, _KITS_SINCE = "product.product", 18
_FIELDS = ("default_code", "qty_available", "free_qty")


class Quantities(Row, frozen=True, kw_only=True):
    """`free_qty` is on hand less reserved; what is promised and not reserved yet is in neither."""

    default_code: str | None = None
    qty_available: Decimal
    free_qty: Decimal


class OdooStock:
    """Implements `ports.StockSource`. A page is one warehouse's, so a cursor names the warehouse and the last product."""

    lag = timedelta(0)

    def __init__(self, odoo: Odoo, directory: Directory) -> None:
        self._odoo, self._directory = odoo, directory

    async def page(self, cursor: str | None) -> StockPage:
        places = await self._directory.warehouses()
        index, after = (int(part) for part in cursor.split(":")) if cursor else (0, 0)
        if index >= len(places):
            return StockPage(readings=(), next=None)
        readings, last = await self._quantities(places[index], [["id", ">", after]], _PAGE)
        if last is not None:
            return StockPage(readings=readings, next=f"{index}:{last}")
        return StockPage(readings=readings, next=f"{index + 1}:0" if index + 1 < len(places) else None)

    async def of(self, items: Sequence[str]) -> tuple[StockReading, ...]:
        readings: list[StockReading] = []
        for place in await self._directory.warehouses() if items else ():
            for start in range(0, len(items), _NAMED):
                wanted: Domain = [["default_code", "in", [*items[start : start + _NAMED]]]]
                readings += (await self._quantities(place, wanted, None))[0]
        return tuple(readings)

    async def warehouses(self) -> Sequence[Choice]:
        return tuple(
            Choice(code=place.code, label=place.name) for place in await self._directory.warehouses()
        )

    async def _quantities(
        self, place: WarehouseRow, which: Domain, most: int | None
    ) -> tuple[tuple[StockReading, ...], int | None]:
        """What a warehouse says, and the last product where there may be more behind it.

        Without its name in the context every warehouse would be added up; versions before 18 know it by another word.
        """
        at = datetime.now(UTC)
        counted = await self._counted()
        context: dict[str, Json] = {"warehouse": place.id, "warehouse_id": place.id}
        rows = await self._odoo.rows(
            Quantities, _PRODUCTS, [*counted, *which], _FIELDS, most=most, context=context
        )
        readings = tuple(_reading(place, row, at) for row in rows if row.default_code)
        return readings, rows[-1].id if most is not None and len(rows) == most else None

    async def _counted(self) -> Domain:
        """Products that Odoo counts at all, and kits: of what they are made of it tells how many could be put together."""
        newer = await self._odoo.has(_PRODUCTS, "is_storable")
        counted: Domain = [["is_storable", "=", True]] if newer else [["type", "=", "product"]]
        # Elder ones have the field and can't look for it: they would give every product there is.
        kits = (await self._odoo.version()).major >= _KITS_SINCE and await self._odoo.has(
            _PRODUCTS, "is_kits"
        )
        return ["|", ["is_kits", "=", True], *counted] if kits else counted


def _reading(place: WarehouseRow, row: Quantities, at: datetime) -> StockReading:
    return StockReading(
        warehouse=place.code,
        item=row.default_code or "",
        observed_at=at,
        available=row.free_qty,
        physical=row.qty_available,
        own=str(row.id),
    )
