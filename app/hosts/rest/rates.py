"""The exchange rates of any ERP as its connection document says they are read."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from app.domain.exchange import Quote
from app.errors import Retry
from app.hosts.rest.client import Caller
from app.hosts.rest.description import Rates
from app.hosts.rest.rows import Row, tolerant
from app.ports import RatePage


class RestRates:
    """Implements `ports.RateSource`."""

    def __init__(self, caller: Caller, rates: Rates) -> None:
        self._caller, self._rates = caller, rates

    async def page(self, since: date, cursor: str | None) -> RatePage:
        page = await self._caller.page(self._rates.page, {"since": since.isoformat()}, cursor)
        told = tolerant(self._read, page.rows)
        return RatePage(
            quotes=tuple(quote for each in told for quote in self._both(each) if each.day >= since),
            next=page.next,
        )

    def _read(self, row: Row) -> Quote:
        fields = self._rates.fields
        rate = row.number(fields.rate)
        if not rate or rate < 0:
            raise Retry("answer.unreadable", "The ERP gives a rate that is none.")
        return Quote(
            source=row.needed(fields.source),
            target=row.needed(fields.target),
            rate=rate,
            day=row.day(fields.day),
            per=row.number(fields.per) or Decimal(1),
        )

    def _both(self, told: Quote) -> Iterator[Quote]:
        yield told
        if self._rates.both_ways:
            yield Quote(source=told.target, target=told.source, rate=told.per, per=told.rate, day=told.day)
