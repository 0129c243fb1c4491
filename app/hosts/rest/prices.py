"""The prices of any ERP as its connection document says they are read."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from app.domain.price import PriceReading
from app.hosts.rest.choosing import choices
from app.hosts.rest.client import Caller
from app.hosts.rest.description import Prices
from app.hosts.rest.lists import about
from app.hosts.rest.rows import Row, tolerant
from app.ports import Choice, PricePage


class RestPrices:
    """Implements `ports.PriceSource`. A row that can't be read is left out, unknown, and never free."""

    def __init__(self, caller: Caller, prices: Prices) -> None:
        self._caller, self._prices = caller, prices
        self._manner = caller.manner(amounts=prices.amounts)

    async def page(self, cursor: str | None) -> PricePage:
        began = datetime.now(UTC)
        page = await self._caller.page(self._prices.page, {}, cursor, manner=self._manner)
        return PricePage(readings=self._readings(page.rows, began), next=page.next)

    async def of(self, items: Sequence[str]) -> tuple[PriceReading, ...]:
        began = datetime.now(UTC)
        wanted = set(items)
        rows = await about(self._caller, self._prices.of, items, manner=self._manner)
        return tuple(each for each in self._readings(rows, began) if each.item in wanted)

    async def tiers(self) -> Sequence[Choice]:
        return await choices(self._caller, self._prices.tiers, {})

    def _readings(self, rows: Sequence[Row], at: datetime) -> tuple[PriceReading, ...]:
        fields = self._prices.fields

        def reading(row: Row) -> PriceReading:
            currency = row.needed(fields.currency)
            return PriceReading(
                item=row.needed(fields.item),
                tier=row.text(fields.tier),
                price=row.amount(fields.price, currency),
                currency=currency,
                observed_at=at,
            )

        return tolerant(reading, rows)
