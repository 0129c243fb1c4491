"""Odoo's exchange rates as we read them.

A rate says how much of its currency one of the base buys (1.0845 at USD: one euro is 1.0845 dollars, where the euro is the base),
and Odoo converts an amount times the rate of the currency it becomes, divided by that of the one it is. What is told here is
that fraction; nothing is divided, so nothing is rounded.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal

from app.domain.exchange import Quote
from app.hosts.odoo.client import Company, Odoo
from app.hosts.odoo.wire import Domain, Named, Row, strange
from app.ports import Json, RatePage

_MODEL = "res.currency.rate"
_FIELDS = ("name", "currency_id", "rate")
_PAGE = 200


class RateRow(Row, frozen=True, kw_only=True):
    """`name` is the day."""

    name: str
    currency_id: Named
    rate: Decimal


class OdooRates:
    """Implements `ports.RateSource`. A cursor is the last rate's number.

    The company's own currency mostly is the base and has no rates. Where it has, another currency's rate of a day is told only
    if the company's has one of that day too: two days are never put together.
    """

    def __init__(self, odoo: Odoo) -> None:
        self._odoo = odoo

    async def page(self, since: date, cursor: str | None) -> RatePage:
        company = await self._odoo.company()
        which: Domain = [
            ["name", ">=", since.isoformat()],
            ["id", ">", int(cursor or 0)],
            ["currency_id", "!=", company.currency_id.id],
            ["company_id", "in", [False, company.id]],
        ]
        found = await self._odoo.rows(RateRow, _MODEL, which, _FIELDS, most=_PAGE)
        base = await self._base(company, found)
        quotes = tuple(quote for row in found for quote in _both(row, company.currency, base))
        return RatePage(quotes=quotes, next=str(found[-1].id) if len(found) == _PAGE else None)

    async def _base(self, company: Company, found: Sequence[RateRow]) -> Mapping[str, Decimal] | None:
        """What the company's currency is worth on the days of these; None: 1, always, as it is the base."""
        own: Domain = [
            ["currency_id", "=", company.currency_id.id],
            ["company_id", "in", [False, company.id]],
        ]
        if not found or not await self._odoo.rows(
            RateRow, _MODEL, [*own, ["rate", "!=", 1]], _FIELDS, most=1
        ):
            return None
        days: list[Json] = [*sorted({row.name for row in found})]
        rows = await self._odoo.rows(RateRow, _MODEL, [*own, ["name", "in", days]], _FIELDS)
        return {row.name: row.rate for row in rows}


def _both(row: RateRow, own: str, base: Mapping[str, Decimal] | None) -> Iterator[Quote]:
    other, at = row.currency_id.display_name or "", _day(row.name)
    counted = Decimal(1) if base is None else base.get(row.name)
    if counted is not None and row.rate:
        yield Quote(source=own, target=other, rate=row.rate, per=counted, day=at)
        yield Quote(source=other, target=own, rate=counted, per=row.rate, day=at)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as cause:
        raise strange(writes=False) from cause
