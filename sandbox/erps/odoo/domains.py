"""Odoo's search conditions in their Polish notation, judged over records; an unknown field or operator is an error."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from sandbox.erps.odoo.trouble import UnknownField

if TYPE_CHECKING:
    from sandbox.erps.odoo.tables import Tables

Test = Callable[[int], bool]
_FORMAT = "%Y-%m-%d %H:%M:%S"


def compiled(tables: Tables, model: str, domain: Sequence[Any]) -> Test:
    """Conditions without an operator before them all have to hold."""
    terms = list(domain)
    tests: list[Test] = []
    while terms:
        tests.append(_term(tables, model, terms))
    return lambda number: all(test(number) for test in tests)


def _term(tables: Tables, model: str, terms: list[Any]) -> Test:
    head = terms.pop(0)
    match head:
        case "&" | "|":
            first, second = _term(tables, model, terms), _term(tables, model, terms)
            if head == "&":
                return lambda number: first(number) and second(number)
            return lambda number: first(number) or second(number)
        case "!":
            inner = _term(tables, model, terms)
            return lambda number: not inner(number)
        case [str(path), str(operator), value]:
            return _leaf(tables, model, path, operator, value)
        case _:
            raise UnknownField(f"Invalid leaf {head!r} in a domain of {model}")


def _leaf(tables: Tables, model: str, path: str, operator: str, value: Any) -> Test:
    kind = tables.kind_of(model, path)
    holds = _holds(operator, value, kind, tables.version)
    negative = operator in ("!=", "not in")

    def test(number: int) -> bool:
        found = list(_values(tables, model, number, path.split(".")))
        if not found:
            return holds(None)
        return all(map(holds, found)) if negative else any(map(holds, found))

    return test


def _values(tables: Tables, model: str, number: int, path: Sequence[str]) -> Iterator[Any]:
    head, *rest = path
    field = tables.field(model, head)
    value = tables.value(model, number, head, {})
    if field.kind in ("o2m", "m2m"):
        if not rest:
            yield from value
            return
        for each in value:
            yield from _values(tables, field.to, each, rest)
    elif field.kind == "m2o" and rest:
        if value:
            yield from _values(tables, field.to, value, rest)
    else:
        yield value


def _holds(operator: str, value: Any, kind: str, version: int) -> Callable[[Any], bool]:
    empty = value is False or value is None
    match operator:
        case "=":
            return lambda there: _same(there, value) if not empty else _nothing(there)
        case "!=":
            return lambda there: not _same(there, value) if not empty else not _nothing(there)
        case "in" | "not in":
            wanted = {each for each in value if each is not False}
            none = False in [each for each in value if isinstance(each, bool)]
            inside = operator == "in"
            return lambda there: ((none and _nothing(there)) or there in wanted) is inside
        case "=like" | "=ilike" | "like" | "ilike":
            pattern = _pattern(str(value), operator)
            return lambda there: isinstance(there, str) and pattern.fullmatch(there) is not None
        case ">" | ">=" | "<" | "<=":
            return _ordered(operator, value, kind, version)
        case _:
            raise UnknownField(f"Invalid operator {operator!r}")


def _same(there: Any, value: Any) -> bool:
    if isinstance(value, bool):
        return bool(there) is value
    return bool(there == value)


def _nothing(there: Any) -> bool:
    return there is None or there is False or there == ""


@lru_cache(maxsize=500)
def _pattern(text: str, operator: str) -> re.Pattern[str]:
    """A per cent sign is anything, an underscore any one letter."""
    signs = {"%": ".*", "_": "."}
    body = "".join(signs.get(sign) or re.escape(sign) for sign in text)
    if not operator.startswith("="):
        body = f".*{body}.*"
    return re.compile(body, re.DOTALL | (re.IGNORECASE if "ilike" in operator else re.NOFLAG))


def _ordered(operator: str, value: Any, kind: str, version: int) -> Callable[[Any], bool]:
    """The database holds microseconds, a caller says seconds: with 17 `>` finds the same second again, with 19 it does not."""
    wanted: Any = datetime.strptime(str(value)[:19], _FORMAT) if kind == "datetime" else value  # noqa: DTZ007 - as Odoo keeps them
    if kind == "date":
        wanted = date.fromisoformat(str(value)[:10])

    def compared(there: Any) -> bool:
        if there is None or there is False:
            return False
        mine = there
        if kind == "datetime" and (version >= 19 or operator == "<="):
            mine = there.replace(microsecond=0)
        match operator:
            case ">":
                return bool(mine > wanted)
            case ">=":
                return bool(mine >= wanted)
            case "<":
                return bool(mine < wanted)
            case _:
                return bool(mine <= wanted)

    return compared
