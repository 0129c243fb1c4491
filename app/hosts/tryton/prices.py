"""Tryton's list prices as we read them, in the company's currency.

Its price lists are formulas over the list price and say no price by themselves, so there are no tiers.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from app.domain.price import PriceReading
from app.hosts.tryton.client import Tryton
from app.hosts.tryton.records import Priced, Wallet
from app.ports import Choice, Json, PricePage

_PAGE = 200
_FIELDS = ("code", "list_price_used")


class TrytonPrices:
    """Implements `ports.PriceSource`. A cursor is the last product's number."""

    def __init__(self, tryton: Tryton) -> None:
        self._tryton = tryton
        self._currency: str | None = None

    async def page(self, cursor: str | None) -> PricePage:
        currency = await self._known_currency()
        found = await self._products([["id", ">", int(cursor or 0)]])
        now = datetime.now(UTC)
        readings = tuple(_reading(row, currency, now) for row in found if row.code)
        return PricePage(readings=readings, next=str(found[-1].id) if len(found) == _PAGE else None)

    async def of(self, items: Sequence[str]) -> tuple[PriceReading, ...]:
        currency, readings = await self._known_currency(), list[PriceReading]()
        for start in range(0, len(items), _PAGE):
            found = await self._products([["code", "in", [*items[start : start + _PAGE]]]])
            now = datetime.now(UTC)
            readings += [_reading(row, currency, now) for row in found if row.code]
        return tuple(readings)

    async def tiers(self) -> Sequence[Choice]:
        return ()

    async def _products(self, which: Json) -> list[Priced]:
        assert isinstance(which, list)
        sold: Json = [["salable", "=", True], *which]
        return await self._tryton.find(Priced, "product.product", _FIELDS, sold, most=_PAGE)

    async def _known_currency(self) -> str:
        if self._currency is None:
            shop = await self._tryton.shop()
            (company,) = await self._tryton.find(
                Wallet, "company.company", ("currency.code",), [["id", "=", shop.company.id]]
            )
            self._currency = company.currency.code or ""
        return self._currency


def _reading(row: Priced, currency: str, at: datetime) -> PriceReading:
    price = None if row.list_price_used is None else row.list_price_used.value
    return PriceReading(item=row.code or "", price=price, currency=currency, observed_at=at)
