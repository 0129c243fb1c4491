"""Business Central's exchange rates as we read them.

A row says that so much of its currency is worth so much of another, which is the company's own where none is named. What is
told is that fraction, either way up; nothing is divided, so nothing is rounded.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from app.domain.exchange import Quote
from app.errors import Retry
from app.hosts.businesscentral.client import BusinessCentral, ask
from app.hosts.businesscentral.directory import Directory
from app.hosts.businesscentral.wire import Row
from app.ports import RatePage

_PAGE = 500


class RateRow(Row, frozen=True, kw_only=True):
    currency_code: str
    starting_date: str
    exchange_rate_amount: Decimal
    relational_currency_code: str = ""
    relational_exchange_rate_amount: Decimal


class CentralRates:
    """Implements `ports.RateSource`. A cursor is where the next page is."""

    def __init__(self, central: BusinessCentral, directory: Directory) -> None:
        self._central, self._directory = central, directory

    async def page(self, since: date, cursor: str | None) -> RatePage:
        first = ask(
            "currencyExchangeRates",
            filter=f"startingDate ge {since.isoformat()}",
            orderby="startingDate,currencyCode",
        )
        rows, further = await self._central.page(RateRow, cursor or first, most=_PAGE)
        own = await self._directory.currency()
        return RatePage(quotes=tuple(quote for row in rows for quote in _both(row, own)), next=further)


def _both(row: RateRow, own: str) -> Iterator[Quote]:
    one, other = row.currency_code, row.relational_currency_code or own
    amount, worth = row.exchange_rate_amount, row.relational_exchange_rate_amount
    if amount > 0 and worth > 0 and one != other:
        day = _day(row.starting_date)
        yield Quote(source=other, target=one, rate=amount, per=worth, day=day)
        yield Quote(source=one, target=other, rate=worth, per=amount, day=day)


def _day(told: str) -> date:
    try:
        return date.fromisoformat(told)
    except ValueError as cause:
        raise Retry("answer.unreadable", "The day of a rate of Business Central's can't be read.") from cause
