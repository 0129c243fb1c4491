"""Pieces of SuiteQL, which takes no parameters: every value is written so that it can be nothing but one. And how it answers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TypeAlias, TypeVar

import msgspec

from app.domain.listing import gone_on
from app.errors import Retry
from app.outbound import figure

MOMENT = "YYYY-MM-DD HH24:MI:SS"
_PYTHON_MOMENT = "%Y-%m-%d %H:%M:%S"
_EARLIEST, _LATEST = 1900, 2999
"""Years; at either end of the calendar no zone can be reckoned with."""
_LONGEST_ID = 18

V = TypeVar("V")
_MOST_NAMED = 200
"""Of one list in a query: NetSuite's database takes a thousand, and its queries are bounded in length."""

Told: TypeAlias = str | int | float | None
"""A value of an answer: numbers come as texts, mostly, and what is empty mostly does not come at all."""


class Row(msgspec.Struct, frozen=True):
    """A row of an answer, its columns in lower case."""


class Named(Row, frozen=True):
    id: str | int
    name: str = ""


def text(value: str) -> str:
    """A value in quotes. Control characters occur in none of ours."""
    plain = "".join(sign for sign in value if sign >= " ")
    return "'" + plain.replace("'", "''") + "'"


def texts(values: Iterable[str]) -> str:
    return ", ".join(text(value) for value in values)


def slices(values: Sequence[V]) -> Iterator[Sequence[V]]:
    """As many as one query names."""
    for start in range(0, len(values), _MOST_NAMED):
        yield values[start : start + _MOST_NAMED]


def number(value: str | int) -> str:
    """An internal id. Whatever is none finds nothing."""
    plain = str(value)
    return plain if plain.isascii() and plain.isdigit() else "-1"


def numbers(values: Iterable[str | int]) -> str:
    return ", ".join(number(value) for value in values)


def moment(at: datetime) -> str:
    """A time as people of the account see it, whatever their preference for dates."""
    return f"TO_DATE('{at.strftime(_PYTHON_MOMENT)}', '{MOMENT}')"


def shown(column: str, name: str) -> str:
    return f"TO_CHAR({column}, '{MOMENT}') AS {name}"


def read_moment(told: str) -> datetime:
    """Without a zone: the account's own, see clock.py."""
    try:
        at = datetime.strptime(told, _PYTHON_MOMENT)  # noqa: DTZ007
    except ValueError as cause:
        raise Retry("answer.unreadable", "A time of NetSuite's can't be read.") from cause
    if not _EARLIEST <= at.year <= _LATEST:
        raise Retry("answer.unreadable", "A time of NetSuite's can't be meant.")
    return at


def whole(told: Told) -> int:
    """An internal id, or the number of a line; nothing is none of them."""
    plain = str(told or 0)
    if not (plain.isascii() and plain.isdigit()) or len(plain) > _LONGEST_ID:
        raise Retry("answer.unreadable", "An id of NetSuite's can't be read.")
    return int(plain)


def amount(told: Told) -> Decimal:
    """What is not told is nothing."""
    return known_amount(told) or Decimal(0)


def known_amount(told: Told) -> Decimal | None:
    if told is None or told == "":
        return None
    try:
        return figure(told)
    except ValueError as cause:
        raise Retry("answer.unreadable", "A number of NetSuite's can't be read.") from cause


def further(row: str | int, last: int) -> int:
    """The id that a list goes on after. Raises Retry for a page that comes again."""
    return gone_on(whole(row), last)


def quarter(gap: timedelta) -> timedelta:
    """Zones lie quarters of an hour apart; the rest is how wrong a clock is."""
    return timedelta(minutes=15) * round(gap / timedelta(minutes=15))
