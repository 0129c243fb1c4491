"""NetSuite's prices as we read them: the base price and every other price level, in the currency of our subsidiary."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from app.domain.price import PriceReading
from app.hosts.netsuite import sql
from app.hosts.netsuite.client import NetSuite
from app.hosts.netsuite.directory import Directory, sku_of
from app.hosts.netsuite.sql import Row, Told, known_amount
from app.ports import Choice, PricePage

BASE_LEVEL = "1"
"""The price level that every account has and none can remove."""


class _Price(Row, frozen=True):
    item: str | int
    pricelevel: str | int
    sku: str = ""
    level: str = ""
    unitprice: Told = None


class NetSuitePrices:
    """Implements `ports.PriceSource`. A tier is a price level, by its name; quantity breaks are left out."""

    def __init__(self, netsuite: NetSuite, directory: Directory) -> None:
        self._netsuite, self._directory = netsuite, directory

    async def page(self, cursor: str | None) -> PricePage:
        began = datetime.now(UTC)
        item, _, level = (cursor or "0:0").partition(":")
        after = f"(p.item > {sql.number(item)} OR (p.item = {sql.number(item)} AND p.pricelevel > {sql.number(level)}))"
        currency, symbol = await self._directory.home_currency()
        found = await self._netsuite.page(_Price, self._query(after, currency))
        readings = tuple(_reading(row, symbol, began) for row in found.items if row.sku)
        if found.more and found.items:
            last = found.items[-1]
            return PricePage(readings=readings, next=f"{last.item}:{last.pricelevel}")
        return PricePage(readings=readings, next=None)

    async def of(self, items: Sequence[str]) -> tuple[PriceReading, ...]:
        readings: list[PriceReading] = []
        for some in sql.slices(items):
            found = await self._directory.found(some)
            if found:
                began = datetime.now(UTC)
                currency, symbol = await self._directory.home_currency()
                ids = sql.numbers(sorted(str(row.id) for row in found.values()))
                rows = await self._netsuite.rows(_Price, self._query(f"p.item IN ({ids})", currency))
                readings += [_reading(row, symbol, began) for row in rows if row.sku]
        return tuple(readings)

    async def tiers(self) -> Sequence[Choice]:
        levels = await self._directory.listed("price_level")
        return tuple(Choice(code=row.name, label=row.name) for row in levels if str(row.id) != BASE_LEVEL)

    def _query(self, condition: str, currency: str) -> str:
        return (
            f"SELECT p.item, p.pricelevel, i.{self._netsuite.access.sku_field} AS sku, l.name AS level, p.unitprice"
            " FROM pricing p JOIN item i ON i.id = p.item JOIN pricelevel l ON l.id = p.pricelevel"
            f" WHERE {condition} AND p.quantity <= 1 AND p.currency = {sql.number(currency)}"
            " AND i.isinactive = 'F' AND l.isinactive = 'F' ORDER BY p.item, p.pricelevel"
        )


def _reading(row: _Price, currency: str, at: datetime) -> PriceReading:
    base = str(row.pricelevel) == BASE_LEVEL
    return PriceReading(
        item=sku_of(row.sku),
        tier=None if base else row.level,
        price=known_amount(row.unitprice),
        currency=currency,
        observed_at=at,
    )
