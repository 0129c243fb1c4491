"""Tryton's stock as we read it: quantities of the web shop's goods in each of its warehouses.

What is free is the least of what lies there, what is forecast for today, and what is forecast for later: the first
knows no reservations, the second none that are planned for another day, the third counts what is to come in as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from app.domain.inventory import StockReading
from app.hosts.tryton.client import Tryton
from app.hosts.tryton.records import Place, Quantities
from app.hosts.tryton.wire import day
from app.ports import Choice, Json, StockPage

# Above a hundred products the time grows with their number (0.25 s for 100, 0.9 s for 500, each asked twice), and a
# page has to come within one deadline while orders are booked beside it.
_PAGE = 100
_LATER = timedelta(days=365)
_FIELDS = ("code", "quantity", "forecast_quantity")


class TrytonStock:
    """Implements `ports.StockSource`. A page is one warehouse's, so a cursor names the warehouse and the last product."""

    lag = timedelta(0)

    def __init__(self, tryton: Tryton) -> None:
        self._tryton = tryton

    async def page(self, cursor: str | None) -> StockPage:
        places = await self._places()
        index, after = (int(part) for part in cursor.split(":")) if cursor else (0, 0)
        if index >= len(places):
            return StockPage(readings=(), next=None)
        place = places[index]
        found = await self._quantities(place, [["id", ">", after]])
        readings = tuple(_reading(place, row, later) for row, later in found if row.code)
        if len(found) == _PAGE:
            return StockPage(readings=readings, next=f"{index}:{found[-1][0].id}")
        return StockPage(readings=readings, next=f"{index + 1}:0" if index + 1 < len(places) else None)

    async def of(self, items: Sequence[str]) -> tuple[StockReading, ...]:
        readings: list[StockReading] = []
        for place in await self._places():
            for start in range(0, len(items), _PAGE):
                wanted: Json = [["code", "in", [*items[start : start + _PAGE]]]]
                found = await self._quantities(place, wanted)
                readings += [_reading(place, row, later) for row, later in found if row.code]
        return tuple(readings)

    async def warehouses(self) -> Sequence[Choice]:
        places = await self._places()
        return tuple(Choice(code=_code(place), label=place.name) for place in places)

    async def _places(self) -> list[Place]:
        """The web shop's own warehouses."""
        return sorted((await self._tryton.shop()).warehouses, key=lambda place: place.id)

    async def _quantities(self, place: Place, which: Json) -> list[tuple[Quantities, Quantities]]:
        assert isinstance(which, list)
        today = datetime.now(UTC).date()
        goods: Json = [["type", "=", "goods"], *which]
        now, later = [
            await self._tryton.find(
                Quantities,
                "product.product",
                _FIELDS,
                goods,
                most=_PAGE,
                context={"locations": [place.id], "stock_date_end": day(until)},
            )
            for until in (today, today + _LATER)
        ]
        ahead = {row.id: row for row in later}
        return [(row, ahead.get(row.id, row)) for row in now]


def _code(place: Place) -> str:
    return place.code or place.name


def _reading(place: Place, row: Quantities, later: Quantities) -> StockReading:
    """What is promised to others than the shop's own orders Tryton does not tell by origin."""
    told = [row.quantity, row.forecast_quantity, later.forecast_quantity]
    known = [Decimal(str(each)) for each in told if each is not None]
    return StockReading(
        warehouse=_code(place),
        item=row.code or "",
        observed_at=datetime.now(UTC),
        available=min(known) if len(known) == len(told) else None,
        physical=None if row.quantity is None else Decimal(str(row.quantity)),
        own=str(row.id),
    )
