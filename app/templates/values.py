"""Values of rules and everything that may be done with them: pure, exact, and bounded in size whatever is put in.

A value is a text, an exact number, an instant, yes or no, some texts, or nothing. The builder's steps and Liquid's filters are
these same functions. What does not fit raises `Rejected` with a `rule.` code and without the value, which may be a person's.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation, localcontext
from enum import StrEnum
from typing import TypeAlias
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from app.errors import Rejected, Verdict

Value: TypeAlias = "str | Decimal | bool | datetime | tuple[str, ...] | None"


class ValueKind(StrEnum):
    """What a field of a record or of an ERP holds."""

    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    FLAG = "flag"
    LIST = "list"


LONGEST = 4_000
MOST_DIGITS = 36
MOST_PARTS = 500
_DAY = len("2026-11-01")
_NUMBER = re.compile(r"[+-]?(\d{1,36}(\.\d{0,36})?|\.\d{1,36})")
_DATE_PART = re.compile(r"%[YmdHMSyjbBaAzZ%]")


def shown(value: object) -> str:
    """How a value is sent: nothing as "", numbers without exponent, instants by ISO 8601, yes and no as true and false; lines

    end with one sign, as templates end them, and the sign that no database takes is left out.
    """
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case Decimal():
            return format(value, "f")
        case datetime():
            return value.isoformat(timespec="seconds")
        case str():
            return value.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")
        case tuple() | list():
            return ", ".join(shown(each) for each in value)
        case int():
            return str(value)
        case _:
            return ""


def as_number(value: Value) -> Decimal | None:
    """Exact, and zero without a sign; raises Rejected for what is no plain number, or one of more than 36 digits."""
    match value:
        case None | "":
            return None
        case bool():
            pass
        case Decimal():
            if (
                value.is_finite()
                and len(value.as_tuple().digits) <= MOST_DIGITS
                and -40 < value.adjusted() < 40
            ):
                return value or value.copy_abs()
        case str() if _NUMBER.fullmatch(value.strip()):
            return as_number(Decimal(value.strip()))
    raise _unfit("rule.not_a_number", "A number is needed here, and the value is none.")


def as_date(value: Value) -> datetime | None:
    """Aware, in UTC where no zone is said. Raises Rejected for what is no date by ISO 8601."""
    match value:
        case None | "":
            return None
        case datetime():
            return _aware(value)
        case str():
            try:
                return as_date(datetime.fromisoformat(value.strip()))
            except ValueError:
                pass
    raise _unfit("rule.not_a_date", "A date is needed here, and the value is none.")


def _aware(at: datetime) -> datetime:
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def instant(value: object) -> datetime | None:
    return value if isinstance(value, datetime) else None


def upper(value: Value) -> Value:
    return None if value is None else _text(shown(value).upper())


def lower(value: Value) -> Value:
    return None if value is None else _text(shown(value).lower())


def trim(value: Value) -> Value:
    return None if value is None else " ".join(shown(value).split())


def cut(value: Value, most: Value) -> Value:
    """The first so many characters."""
    return None if value is None else shown(value)[: _count(most, LONGEST)]


def replace(value: Value, old: Value, new: Value = "") -> Value:
    text, wanted, other = shown(value), shown(old), shown(new)
    if value is None or not wanted:
        return value
    fits(len(text) + text.count(wanted) * max(0, len(other) - len(wanted)))
    return text.replace(wanted, other)


def split(value: Value, separator: Value, place: Value = Decimal(1)) -> Value:
    """The part at `place`, counted from 1, or from the end below zero; nothing where there is none."""
    parts = value if isinstance(value, tuple) else _parted(shown(value), shown(separator))
    nth = _whole(place)
    at = nth - 1 if nth > 0 else nth
    return parts[at].strip() if nth and -len(parts) <= at < len(parts) else None


def join(value: Value, separator: Value, *others: Value) -> Value:
    """Everything that is there, one after the other; what is nothing or empty leaves no separator behind."""
    parts = [shown(each) for each in (value, *others)]
    there = [part for part in parts if part]
    between = shown(separator)
    fits(sum(len(part) for part in there) + len(between) * len(there))
    return between.join(there) or None


def default(value: Value, other: Value) -> Value:
    """The other one where there is nothing."""
    return other if value is None or value in ("", ()) else value


def rounded(value: Value, places: Value = Decimal(0)) -> Value:
    """To so many decimals, half away from zero."""
    number = as_number(value)
    if number is None:
        return None
    with localcontext(prec=2 * MOST_DIGITS):
        return as_number(number.quantize(Decimal(1).scaleb(-_count(places, 12)), ROUND_HALF_UP))


def times(value: Value, factor: Value) -> Value:
    return _calculated(value, factor, lambda one, other: one * other)


def worked_out(value: Value, how: Callable[[Decimal], Decimal]) -> Value:
    """What somebody else's way of calculating makes of a number."""
    return _calculated(value, Decimal(0), lambda one, _: how(one))


def plus(value: Value, other: Value) -> Value:
    return _calculated(value, other, lambda one, more: one + more)


def minus(value: Value, other: Value) -> Value:
    return _calculated(value, other, lambda one, less: one - less)


def date(value: Value, form: Value = "%Y-%m-%d", zone: Value = "UTC") -> Value:
    """By a form of `%Y %m %d %H %M %S %y %j %b %B %a %A %z %Z`, in a zone of the IANA's names."""
    at, pattern = as_date(value), shown(form)
    if at is None:
        return None
    if "%" in _DATE_PART.sub("", pattern) or len(pattern) > 100:
        raise _unfit("rule.date_form", "The form of the date holds a sign that is not known.")
    try:
        return at.astimezone(ZoneInfo(shown(zone))).strftime(pattern)
    except (ZoneInfoNotFoundError, ValueError, OSError, OverflowError) as cause:
        raise _unfit("rule.date_form", "The date can't be written in this zone.") from cause


def matches(value: Value, operator: str, *operands: Value) -> bool:
    """Whether a test holds. Texts are compared without case. Raises Rejected for an operator nobody knows."""
    test = OPERATORS.get(operator)
    if test is None:
        raise _unfit("rule.operator_unknown", "This comparison is not known.")
    return test(value, operands)


def _alike(value: Value, operand: Value) -> bool:
    if isinstance(value, Decimal):
        try:
            return as_number(value) == as_number(operand)
        except Rejected:
            return False
    return shown(value).casefold() == shown(operand).casefold()


def _any(value: Value, operands: tuple[Value, ...]) -> bool:
    if not isinstance(value, tuple):
        return any(_alike(value, operand) for operand in operands)
    named = {shown(operand).casefold() for operand in operands}
    return any(shown(one).casefold() in named for one in value)


def _texts(
    test: Callable[[list[str], tuple[str, ...]], bool],
) -> Callable[[Value, tuple[Value, ...]], bool]:
    """Of some words and some texts to look for, both folded once: there may be hundreds of each."""

    def holds(value: Value, operands: tuple[Value, ...]) -> bool:
        words = [shown(each).casefold() for each in (value if isinstance(value, tuple) else (value,))]
        return test(words, tuple(shown(operand).casefold() for operand in operands))

    return holds


def _contain(words: list[str], parts: tuple[str, ...]) -> bool:
    """No word and no part has the sign that stands between the words."""
    whole = "\0".join(words)
    return bool(words) and any(part in whole for part in parts)


def _ordered(test: Callable[[int], bool]) -> Callable[[Value, tuple[Value, ...]], bool]:
    """Instants by time, everything else by number; nothing is neither above nor below anything."""

    def holds(value: Value, operands: tuple[Value, ...]) -> bool:
        if value is None or value == "" or not operands:
            return False
        if isinstance(value, datetime):
            one, other = as_date(value), as_date(operands[0])
            return one is not None and other is not None and test((one > other) - (one < other))
        this, that = as_number(value), as_number(operands[0])
        return this is not None and that is not None and test((this > that) - (this < that))

    return holds


def _dated(test: Callable[[int], bool]) -> Callable[[Value, tuple[Value, ...]], bool]:
    """By the day, in UTC, where only a day is named; else by the instant."""

    def holds(value: Value, operands: tuple[Value, ...]) -> bool:
        one, other = as_date(value), as_date(operands[0]) if operands else None
        if one is None or other is None:
            return False
        if len(shown(operands[0]).strip()) > _DAY:
            return test((one > other) - (one < other))
        this, that = _day(one), _day(other)
        return test((this > that) - (this < that))

    return holds


def _day(at: datetime) -> str:
    try:
        return at.astimezone(UTC).date().isoformat()
    except OverflowError as cause:
        raise _unfit("rule.not_a_date", "A date is needed here, and the value is none.") from cause


def _aged(test: Callable[[timedelta, timedelta], bool]) -> Callable[[Value, tuple[Value, ...]], bool]:
    """Of an age in days, at the instant that is given last."""

    def holds(value: Value, operands: tuple[Value, ...]) -> bool:
        now = operands[-1] if len(operands) > 1 else None
        if not isinstance(now, datetime):
            raise _unfit("rule.operator_unknown", "How long ago something was is asked by gates alone.")
        at = as_date(value)
        return at is not None and test(_aware(now) - at, timedelta(days=_whole(operands[0])))

    return holds


def _empty(value: Value) -> bool:
    return value is None or value in ("", ())


OPERATORS: Mapping[str, Callable[[Value, tuple[Value, ...]], bool]] = {
    "is": _any,
    "is_not": lambda value, operands: not _any(value, operands),
    "contains": _texts(_contain),
    "lacks": lambda value, operands: not _texts(_contain)(value, operands),
    "begins": _texts(lambda words, parts: any(word.startswith(parts) for word in words)),
    "ends": _texts(lambda words, parts: any(word.endswith(parts) for word in words)),
    "above": _ordered(lambda order: order > 0),
    "below": _ordered(lambda order: order < 0),
    "at_least": _ordered(lambda order: order >= 0),
    "at_most": _ordered(lambda order: order <= 0),
    "before": _dated(lambda order: order < 0),
    "after": _dated(lambda order: order > 0),
    "on": _dated(lambda order: order == 0),
    "within_days": _aged(lambda age, days: timedelta(0) <= age <= days),
    "older_than_days": _aged(lambda age, days: age > days),
    "empty": lambda value, _: _empty(value),
    "filled": lambda value, _: not _empty(value),
}
"""`is` and `is_not` take several values: one of them, none of them. Of several texts one that fits is enough."""
AGES = frozenset({"within_days", "older_than_days"})
"""What is told by the clock, which is given as the last operand."""
_DATES = ("before", "after", "on", *sorted(AGES, reverse=True))
_ORDER = ("above", "below", "at_least", "at_most")
_TEXTS = ("is", "is_not", "contains", "lacks", "begins", "ends")
_EVER = ("empty", "filled")
COMPARISONS: Mapping[ValueKind, tuple[str, ...]] = {
    ValueKind.TEXT: (*_TEXTS, *_EVER),
    ValueKind.NUMBER: ("is", "is_not", *_ORDER, *_EVER),
    ValueKind.DATE: (*_DATES, *_ORDER, *_EVER),
    ValueKind.FLAG: ("is", "is_not"),
    ValueKind.LIST: (*_TEXTS, *_EVER),
}
"""Those that make sense of each kind, the most likely first."""


def _calculated(value: Value, other: Value, how: Callable[[Decimal, Decimal], Decimal]) -> Value:
    one, two = as_number(value), as_number(other)
    if one is None or two is None:
        return None
    with localcontext(prec=2 * MOST_DIGITS) as context:
        context.clear_traps()
        try:
            return as_number(how(one, two))
        except InvalidOperation as cause:
            raise _unfit("rule.not_a_number", "The result is no number.") from cause


def _parted(text: str, separator: str) -> tuple[str, ...]:
    if not separator:
        return tuple(text.split()[:MOST_PARTS])
    return tuple(text.split(separator, MOST_PARTS))


def _whole(value: Value) -> int:
    number = as_number(value)
    if number is None or number != number.to_integral_value() or abs(number) > LONGEST:
        raise _unfit("rule.not_a_number", "A whole number is needed here.")
    return int(number)


def _count(value: Value, most: int) -> int:
    return max(0, min(most, _whole(value)))


def _text(text: str) -> str:
    fits(len(text))
    return text


def fits(length: int) -> None:
    """Raises Rejected for a text of more characters than any may have."""
    if length > LONGEST:
        raise _unfit("rule.too_long", f"The text would be longer than {LONGEST} characters.")


def _unfit(code: str, sentence: str) -> Rejected:
    return Rejected(code, sentence, verdict=Verdict.NEEDS_MAPPING)
