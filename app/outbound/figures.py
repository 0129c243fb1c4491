"""Numbers of other people's answers: only what can be an amount, a quantity or a rate gets into our arithmetic."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from functools import cache
from typing import get_args

import msgspec

# Our arithmetic has 28 digits: a quintillion leaves room for eight decimals, and for sums. Oracle divides to 40 digits.
_LARGEST, _SMALLEST, _MOST_DIGITS = 18, -30, 40


def figure(told: Decimal | str | float) -> Decimal:
    """Exact. Raises ValueError for what is no number, or one that nobody can mean: endless, huge, or tiny beyond reason."""
    try:
        value = told if isinstance(told, Decimal) else Decimal(str(told))
    except InvalidOperation as cause:
        raise ValueError("no number") from cause
    if (
        not value.is_finite()
        or not _SMALLEST <= value.adjusted() <= _LARGEST
        or len(value.as_tuple().digits) > _MOST_DIGITS
    ):
        raise ValueError("no number that can be meant")
    return value


class Bounded(msgspec.Struct, frozen=True):
    """A record of an answer: reading one with a number that `figure` does not take fails like any other misshapen field."""

    def __post_init__(self) -> None:
        for name in _numbers(type(self)):
            told = getattr(self, name)
            if told is not None:
                figure(told)


@cache
def _numbers(kind: type[msgspec.Struct]) -> tuple[str, ...]:
    """Its fields that hold numbers with decimals."""
    return tuple(
        field.name
        for field in msgspec.structs.fields(kind)
        if {Decimal, float} & {field.type, *get_args(field.type)}
    )
