"""Tryton's rates where the company's own currency is not the base of them: told of days on which both have one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, cast

from app.hosts.tryton.client import Tryton
from app.hosts.tryton.rates import TrytonRates
from app.hosts.tryton.records import Coded, Labelled, Quoted, Shop, Wallet
from app.hosts.tryton.wire import Day, Number

USD, EUR, GBP = (Coded(id=n, code=code) for n, code in enumerate(("USD", "EUR", "GBP"), start=1))
MONDAY, TUESDAY = date(2026, 11, 16), date(2026, 11, 17)


@dataclass
class FakeTryton:
    """Answers what the adapter asks, by the clauses of its domains that count here."""

    rows: list[Quoted]
    own: Coded = USD
    asked: list[Any] = field(default_factory=list)

    async def shop(self) -> Shop:
        return Shop(id=1, name="Shopify", company=Labelled(id=1, rec_name="Demo"), warehouses=[])

    async def find(
        self, kind: Any, model: str, fields: Sequence[str], domain: Any, *, most: int = 0
    ) -> list[Any]:
        if model == "company.company":
            return [Wallet(id=1, currency=self.own)]
        self.asked.append(domain)
        found = [row for row in self.rows if all(_fits(row, *clause) for clause in domain)]
        return found[:most] if most else found


def _fits(row: Quoted, name: str, operator: str, value: Any) -> bool:
    held: Any = {"currency": row.currency.id, "id": row.id, "rate": row.rate.value, "date": row.date.value}[
        name
    ]
    match operator:
        case "=":
            return bool(held == value)
        case "!=":
            return bool(held != (Decimal(value["decimal"]) if name == "rate" else value))
        case ">":
            return bool(held > value)
        case ">=":
            return bool(held >= _day(value))
        case _:
            return held in [_day(each) for each in value]


def _day(value: Any) -> date:
    return date(value["year"], value["month"], value["day"])


def row(number: int, day: date, currency: Coded, rate: str) -> Quoted:
    return Quoted(
        id=number,
        date=Day(year=day.year, month=day.month, day=day.day),
        rate=Number(decimal=rate),
        currency=currency,
    )


async def told(*rows: Quoted) -> dict[tuple[date, str, str], tuple[Decimal, Decimal]]:
    source = TrytonRates(cast("Tryton", FakeTryton(list(rows))))
    page = await source.page(MONDAY, None)
    assert page.next is None
    return {(each.day, each.source, each.target): (each.rate, each.per) for each in page.quotes}


async def test_both_rates_of_a_day_make_one_fraction_and_a_day_with_one_alone_makes_none() -> None:
    found = await told(
        row(1, MONDAY, EUR, "1"),
        row(2, MONDAY, USD, "1.0845"),
        row(3, MONDAY, GBP, "0.85"),
        row(4, TUESDAY, GBP, "0.86"),
    )
    assert found == {
        (MONDAY, "USD", "EUR"): (Decimal(1), Decimal("1.0845")),
        (MONDAY, "EUR", "USD"): (Decimal("1.0845"), Decimal(1)),
        (MONDAY, "USD", "GBP"): (Decimal("0.85"), Decimal("1.0845")),
        (MONDAY, "GBP", "USD"): (Decimal("1.0845"), Decimal("0.85")),
    }


async def test_the_base_is_worth_one_on_every_day_whenever_that_was_entered() -> None:
    found = await told(row(1, date(2000, 1, 1), USD, "1"), row(2, TUESDAY, EUR, "0.92"))
    assert found == {
        (TUESDAY, "USD", "EUR"): (Decimal("0.92"), Decimal(1)),
        (TUESDAY, "EUR", "USD"): (Decimal(1), Decimal("0.92")),
    }
