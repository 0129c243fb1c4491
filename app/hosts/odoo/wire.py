"""Odoo's way of writing values: False for nothing, pairs for references, naive UTC for instants, commands for lists."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import TypeAlias, TypeVar, cast

import msgspec

from app.domain.money import minor_unit
from app.errors import Retry, Unclear
from app.outbound import Bounded
from app.ports import Json

T = TypeVar("T")

Domain: TypeAlias = list[Json]
"""Conditions in Odoo's Polish notation; without an operator all of them have to hold."""
_INSTANT = "%Y-%m-%d %H:%M:%S"


class Row(Bounded, frozen=True, kw_only=True):
    """Any record. Of a field that is empty Odoo says False, which stands here as None; so does a flag that is off."""

    id: int


class Named(Row, frozen=True, kw_only=True):
    """A reference to a record."""

    display_name: str | None = None


def plain(value: Json) -> Json:
    """False becomes None, and a pair of number and name becomes an object, as newer answers have it."""
    match value:
        case False:
            return None
        case [int(number), str(name)]:
            return {"id": number, "display_name": name}
        case list():
            return [plain(each) for each in value]
        case dict():
            return {name: plain(each) for name, each in value.items()}
        case _:
            return value


def rows_of(kind: type[T], value: Json, *, writes: bool = False) -> list[T]:
    """The rows of an answer as records, every field checked. Raises Unclear (after a write) or Retry for anything else."""
    try:
        return msgspec.convert(plain(value), list[kind])  # type: ignore[valid-type]
    except (msgspec.ValidationError, RecursionError) as cause:
        raise strange(writes=writes) from cause


def options_of(field: Json) -> frozenset[str]:
    """The values that a selection may have, as `fields_get` tells them with their labels."""
    match field:
        case {"selection": list(pairs)}:
            values = [pair[0] for pair in pairs if isinstance(pair, list) and pair]
            return frozenset(value for value in values if isinstance(value, str))
        case _:
            return frozenset()


def type_of(field: Json) -> str:
    """What a field is, as `fields_get` tells it; nothing where it does not."""
    match field:
        case {"type": str(kind)}:
            return kind
        case _:
            return ""


def strange(*, writes: bool) -> Unclear | Retry:
    return (Unclear if writes else Retry)("answer.unexpected", "Odoo gave an answer nobody expects.")


def instant(value: datetime) -> str:
    return value.astimezone(UTC).strftime(_INSTANT)


def moment(text: str) -> datetime:
    """To the second, which is all that Odoo tells. Raises Retry for what is no time."""
    try:
        return datetime.strptime(text[:19], _INSTANT).replace(tzinfo=UTC)
    except ValueError as cause:
        raise strange(writes=False) from cause


def number(value: Decimal) -> Json:
    """Odoo counts in floating point; this is the one place where one leaves us."""
    return cast("Json", float(value))


def money(value: Decimal | None, currency: str) -> Decimal | None:
    """An amount as Odoo's floating point meant it."""
    return None if value is None else value.quantize(minor_unit(currency))


def made(*rows: Mapping[str, Json]) -> Json:
    """The value of a list field that gets new records."""
    return [[0, 0, dict(row)] for row in rows]


def replaced(gone: Sequence[int], *rows: Mapping[str, Json]) -> Json:
    """The value of a list field whose records make way for new ones: what is not named there stays, so each is."""
    gone_ones: list[Json] = [[2, each, 0] for each in gone]
    new_ones: list[Json] = [[0, 0, dict(row)] for row in rows]
    return gone_ones + new_ones


def linked(ids: Sequence[int]) -> Json:
    """The value of a list field that points at exactly these."""
    return [[6, 0, list(ids)]]
