"""Tryton's way of writing values: objects with a class name for what JSON lacks, base64 for what goes into a URL."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import cast

import msgspec

from app.outbound import figure
from app.ports import Json


class Number(msgspec.Struct, frozen=True):
    """A decimal as Tryton answers it."""

    decimal: str

    def __post_init__(self) -> None:
        figure(self.decimal)

    @property
    def value(self) -> Decimal:
        return Decimal(self.decimal)


class Day(msgspec.Struct, frozen=True):
    """A day as Tryton answers it."""

    year: int
    month: int
    day: int

    def __post_init__(self) -> None:
        """A calendar without it makes the answer unreadable."""
        _ = self.value

    @property
    def value(self) -> date:
        return date(self.year, self.month, self.day)


class Moment(msgspec.Struct, frozen=True):
    """An instant as Tryton answers it: UTC, without saying so."""

    year: int
    month: int
    day: int
    hour: int
    minute: int
    second: int
    microsecond: int = 0

    def __post_init__(self) -> None:
        _ = self.value

    @property
    def value(self) -> datetime:
        return datetime(
            self.year,
            self.month,
            self.day,
            self.hour,
            self.minute,
            self.second,
            self.microsecond,
            tzinfo=UTC,
        )


def number(value: Decimal) -> Json:
    return {"__class__": "Decimal", "decimal": f"{value:f}"}


def quantity(value: Decimal) -> Json:
    """Tryton counts in floating point; this is the one place where one leaves us."""
    return cast("Json", float(value))


def day(value: date) -> Json:
    return {"__class__": "date", "year": value.year, "month": value.month, "day": value.day}


def moment(value: datetime) -> Json:
    """Tryton keeps its own times in UTC without saying so."""
    return {
        "__class__": "datetime",
        "year": value.year,
        "month": value.month,
        "day": value.day,
        "hour": value.hour,
        "minute": value.minute,
        "second": value.second,
        "microsecond": value.microsecond,
    }


def made(*rows: Mapping[str, Json]) -> Json:
    """The value of a list field that makes new records."""
    return [["create", [dict(row) for row in rows]]]


def replaced(gone: Sequence[int], *rows: Mapping[str, Json]) -> Json:
    """The value of a list field whose records make way for new ones."""
    return [["delete", list(gone)], ["create", [dict(row) for row in rows]]]


def linked(ids: Sequence[int]) -> Json:
    """The value of a list field that points at records that are there."""
    return [["add", list(ids)]]


def quoted(value: Json) -> str:
    """JSON that fits into a URL or a header."""
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode()
