"""The stock of any ERP as its connection document says it is read."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from app.domain.inventory import StockReading
from app.hosts.rest.choosing import choices
from app.hosts.rest.client import Caller
from app.hosts.rest.description import Stock
from app.hosts.rest.lists import about
from app.hosts.rest.rows import Row, tolerant
from app.ports import Choice, StockPage


class RestStock:
    """Implements `ports.StockSource`. A row that can't be read is left out, unknown, and never 0."""

    def __init__(self, caller: Caller, stock: Stock) -> None:
        self._caller, self._stock = caller, stock
        self.lag = timedelta(seconds=caller.description.promises.stock_lag)

    async def page(self, cursor: str | None) -> StockPage:
        began = datetime.now(UTC)
        page = await self._caller.page(self._stock.page, {}, cursor)
        return StockPage(readings=self._readings(page.rows, began), next=page.next)

    async def of(self, items: Sequence[str]) -> tuple[StockReading, ...]:
        began = datetime.now(UTC)
        wanted = set(items)
        rows = await about(self._caller, self._stock.of, items)
        return tuple(each for each in self._readings(rows, began) if each.item in wanted)

    async def warehouses(self) -> Sequence[Choice]:
        return await choices(self._caller, self._stock.warehouses, {})

    def _readings(self, rows: Sequence[Row], at: datetime) -> tuple[StockReading, ...]:
        fields = self._stock.fields

        def reading(row: Row) -> StockReading:
            return StockReading(
                warehouse=row.needed(fields.warehouse),
                item=row.needed(fields.item),
                observed_at=at,
                available=row.number(fields.available),
                physical=row.number(fields.physical),
                reserved=row.number(fields.reserved),
                own=row.text(fields.id) or "",
            )

        return tolerant(reading, rows)
