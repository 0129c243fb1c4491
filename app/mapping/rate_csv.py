"""Exchange rates out of a CSV file or one by one, with a word on each line that is wrong; pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation

from app.mapping import csv_rows
from app.mapping.csv_rows import Fault
from app.mapping.rates import USUAL_DAYS, Rate

HEAD = ("from", "to", "rate", "date")
DAYS = "days"
MOST_ROWS = 5_000
_CURRENCY = re.compile(r"[A-Z]{3}")
_NUMBER = re.compile(r"[0-9]{1,12}(\.[0-9]{1,12})?")
_MOST_DAYS = 366


@dataclass(kw_only=True)
class RateSheet:
    """What a file says. Only one without faults means anything."""

    rates: list[Rate] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)


def read(text: str, *, today: date) -> RateSheet:
    """`from,to,rate,date`, and `days` where a rate is good for another time than usual."""
    found = csv_rows.read(text, columns=HEAD, optional=(DAYS,), most=MOST_ROWS)
    sheet, seen = RateSheet(faults=found.faults), dict[tuple[str, str, date], int]()
    for line, cells in found.rows:
        rate, wrong = one(cells, today=today)
        sheet.faults += [Fault(line=line, sentence=each) for each in wrong]
        if rate is None:
            continue
        first = seen.setdefault((rate.source, rate.target, rate.day), line)
        if first != line:
            sheet.faults.append(
                Fault(line=line, sentence=f"The rate of this day stands in line {first} already.")
            )
        sheet.rates.append(rate)
    sheet.faults.sort(key=lambda fault: fault.line)
    return sheet


def one(cells: Mapping[str, str], *, today: date) -> tuple[Rate | None, Sequence[str]]:
    """A rate by the names of its columns, or everything that is wrong with it."""
    source, target = cells["from"].upper(), cells["to"].upper()
    number, day, days = _number(cells["rate"]), _day(cells["date"]), _days(cells.get(DAYS, ""))
    wrong = []
    if not (_CURRENCY.fullmatch(source) and _CURRENCY.fullmatch(target)):
        wrong.append("A currency is three letters.")
    elif source == target:
        wrong.append("Both currencies are the same.")
    if number is None:
        wrong.append("The rate is no number above zero with a dot and at most twelve decimals.")
    if day is None:
        wrong.append("The date is none like 2026-11-21.")
    elif day > today + timedelta(days=1):
        wrong.append("The date is in the future.")
    if days is None:
        wrong.append(f"The days are no number from 1 to {_MOST_DAYS}.")
    if wrong or number is None or day is None or days is None:
        return None, wrong
    return Rate(source=source, target=target, rate=number, day=day, good_for=days), ()


def _number(text: str) -> Decimal | None:
    try:
        found = Decimal(text) if _NUMBER.fullmatch(text) else Decimal(0)
    except InvalidOperation:
        return None
    return found if found > 0 else None


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        return None


def _days(text: str) -> int | None:
    if not text:
        return USUAL_DAYS
    return (
        int(text)
        if text.isascii() and text.isdigit() and len(text) < 4 and 1 <= int(text) <= _MOST_DAYS
        else None
    )
