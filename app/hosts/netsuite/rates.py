"""NetSuite's exchange rates as we read them: what one of a currency is worth in the books of a subsidiary."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from app.domain.exchange import Quote
from app.errors import Retry
from app.hosts.netsuite import sql
from app.hosts.netsuite.client import NetSuite
from app.hosts.netsuite.sql import Row, Told, known_amount
from app.ports import RatePage

_DAY = "YYYY-MM-DD"
# Of several rates of a pair on one day the last one counts. Where two subsidiaries keep books in each other's currency a
# pair has two rates a day, one for each direction: the one in the currency that the account had first is told.
_ALONE = (
    " AND NOT EXISTS (SELECT o.id FROM currencyrate o WHERE o.effectivedate = r.effectivedate AND"
    " ((o.basecurrency = r.basecurrency AND o.transactioncurrency = r.transactioncurrency AND o.id > r.id)"
    " OR (o.basecurrency = r.transactioncurrency AND o.transactioncurrency = r.basecurrency"
    " AND o.basecurrency < r.basecurrency)))"
)


class _Rate(Row, frozen=True):
    id: str | int
    target: str = ""
    source: str = ""
    rate: Told = None
    day: str = ""


class NetSuiteRates:
    """Implements `ports.RateSource`. NetSuite multiplies by its rate into a subsidiary's books, and divides by it out of them."""

    def __init__(self, netsuite: NetSuite) -> None:
        self._netsuite = netsuite

    async def page(self, since: date, cursor: str | None) -> RatePage:
        found = await self._netsuite.page(
            _Rate,
            "SELECT r.id, b.symbol AS target, t.symbol AS source, r.exchangerate AS rate,"
            f" TO_CHAR(r.effectivedate, '{_DAY}') AS day FROM currencyrate r"
            " JOIN currency b ON b.id = r.basecurrency JOIN currency t ON t.id = r.transactioncurrency"
            f" WHERE r.id > {sql.number(cursor or 0)} AND r.basecurrency <> r.transactioncurrency"
            f" AND r.effectivedate >= TO_DATE('{since.isoformat()}', '{_DAY}'){_ALONE} ORDER BY r.id",
        )
        quotes = tuple(quote for row in found.items for quote in _both(row))
        if not (found.more and found.items):
            return RatePage(quotes=quotes, next=None)
        return RatePage(quotes=quotes, next=str(sql.further(found.items[-1].id, sql.whole(cursor))))


def _both(row: _Rate) -> Iterator[Quote]:
    rate = known_amount(row.rate)
    if not rate or rate < 0 or not row.source or not row.target:
        return
    try:
        day = date.fromisoformat(row.day)
    except ValueError as cause:
        raise Retry("answer.unreadable", "A day of NetSuite's can't be read.") from cause
    yield Quote(source=row.source, target=row.target, rate=rate, day=day)
    yield Quote(source=row.target, target=row.source, rate=Decimal(1), per=rate, day=day)
