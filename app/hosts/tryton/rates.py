"""Tryton's exchange rates as we read them.

A rate of Tryton says how much of its currency one of the base buys (1.0845 at USD: one euro is 1.0845 dollars, where the euro
is the base), and Tryton converts an amount times the rate of the currency it becomes, divided by that of the one it is. So
does what is told here: from the company's currency into another by rate(other) for rate(company's), and back by the same
fraction upside down. Nothing is divided here, so nothing is rounded.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal

from app.domain.exchange import Quote
from app.hosts.tryton.client import Tryton
from app.hosts.tryton.records import RATE_FIELDS, Quoted, Row, Wallet
from app.hosts.tryton.wire import day
from app.ports import Json, RatePage

_MODEL = "currency.currency.rate"
_PAGE = 200


class TrytonRates:
    """Implements `ports.RateSource`. A cursor is the last rate's number.

    The company's own currency mostly is the base, whose rate is 1 on every day. Where it is not, another currency's rate of a
    day is told only if the company's has one of that day too: two days are never put together.
    """

    def __init__(self, tryton: Tryton) -> None:
        self._tryton = tryton
        self._wallet: Wallet | None = None

    async def page(self, since: date, cursor: str | None) -> RatePage:
        own = await self._own()
        which: Json = [
            ["date", ">=", day(since)],
            ["id", ">", int(cursor or 0)],
            ["currency", "!=", own.currency.id],
        ]
        found = await self._tryton.find(Quoted, _MODEL, RATE_FIELDS, which, most=_PAGE)
        base = await self._base(own, found)
        quotes = tuple(quote for row in found for quote in _both(row, own.currency.code or "", base))
        return RatePage(quotes=quotes, next=str(found[-1].id) if len(found) == _PAGE else None)

    async def _own(self) -> Wallet:
        if self._wallet is None:
            company = (await self._tryton.shop()).company.id
            (self._wallet,) = await self._tryton.find(
                Wallet, "company.company", ("currency.code",), [["id", "=", company]]
            )
        return self._wallet

    async def _base(self, own: Wallet, found: Sequence[Quoted]) -> Mapping[date, Decimal] | None:
        """What the company's currency is worth on the days of these; None: 1, always, as it is the base."""
        its: list[Json] = [["currency", "=", own.currency.id]]
        if not found or not await self._tryton.find(
            Row, _MODEL, ("id",), [*its, ["rate", "!=", _ONE]], most=1
        ):
            return None
        days: list[Json] = [day(each) for each in sorted({row.date.value for row in found})]
        rows = await self._tryton.find(Quoted, _MODEL, RATE_FIELDS, [*its, ["date", "in", days]])
        return {row.date.value: row.rate.value for row in rows}


_ONE: Json = {"__class__": "Decimal", "decimal": "1"}


def _both(row: Quoted, own: str, base: Mapping[date, Decimal] | None) -> Iterator[Quote]:
    other, rate, at = row.currency.code or "", row.rate.value, row.date.value
    counted = Decimal(1) if base is None else base.get(at)
    if counted is not None:
        yield Quote(source=own, target=other, rate=rate, per=counted, day=at)
        yield Quote(source=other, target=own, rate=counted, per=rate, day=at)
