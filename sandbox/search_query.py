"""Shopify's search syntax: terms, comparators, quotes, AND, OR, NOT, brackets. An unknown filter is an error."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, lru_cache
from operator import eq, ge, gt, le, lt
from typing import Any

from graphql import GraphQLError

from sandbox.clock import now, parsed
from sandbox.gids import number_of

Entry = Mapping[str, Any]
Test = Callable[[Entry], bool]
_TOKEN = re.compile(
    r"""\s*(?P<open>\()|\s*(?P<close>\))
    |\s*(?P<term>-?(?:[A-Za-z_]+:)?(?:<=|>=|<|>)?(?:'(?:\\.|[^'])*'|"(?:\\.|[^"])*"|[^\s()'"]+))""",
    re.VERBOSE,
)
_OPERATORS: dict[str, Callable[[Any, Any], Any]] = {"=": eq, "<": lt, "<=": le, ">": gt, ">=": ge}
_TERM = re.compile(r"(?:(?P<field>[A-Za-z_]+):)?(?P<op><=|>=|<|>)?(?P<value>.*)", re.DOTALL)


def compiled(query: str | None, fields: Mapping[str, Callable[[Entry], Any]]) -> Test:
    """A test for one entry. `fields` maps a filter's name to the value it looks at (a list means any of it)."""
    tokens = _tokens(query or "")
    if not tokens:
        return lambda entry: True
    test, rest = _either(tokens, fields)
    if rest:
        raise _invalid(f"unexpected {rest[0]!r}")
    return test


def _invalid(why: str) -> GraphQLError:
    return GraphQLError(f"Invalid search query: {why}", extensions={"code": "INVALID_SEARCH_QUERY"})


def _tokens(query: str) -> list[str]:
    tokens, at = [], 0
    text = query.strip()
    while at < len(text):
        found = _TOKEN.match(text, at)
        if not found:
            raise _invalid(f"cannot read {text[at:]!r}")
        tokens.append(found.group(found.lastgroup or "term"))
        at = found.end()
    return tokens


def _either(tokens: list[str], fields: Mapping[str, Any]) -> tuple[Test, list[str]]:
    first, rest = _both(tokens, fields)
    alternatives = [first]
    while rest and rest[0].upper() == "OR":
        other, rest = _both(rest[1:], fields)
        before = alternatives[-1]
        if isinstance(other, _AnyOf) and isinstance(before, _AnyOf) and other.look is before.look:
            alternatives[-1] = _AnyOf(look=other.look, wanted=(*before.wanted, *other.wanted))
        else:
            alternatives.append(other)
    if len(alternatives) == 1:
        return alternatives[0], rest
    return lambda entry: any(test(entry) for test in alternatives), rest


def _both(tokens: list[str], fields: Mapping[str, Any]) -> tuple[Test, list[str]]:
    left, rest = _single(tokens, fields)
    while rest and rest[0] != ")" and rest[0].upper() != "OR":
        following = rest[1:] if rest[0].upper() == "AND" else rest
        right, rest = _single(following, fields)
        left = _and(left, right)
    return left, rest


def _single(tokens: list[str], fields: Mapping[str, Any]) -> tuple[Test, list[str]]:
    if not tokens:
        raise _invalid("a term is missing")
    head, rest = tokens[0], tokens[1:]
    if head.upper() in ("AND", "OR", ")"):
        raise _invalid(f"unexpected {head!r}")
    if head.upper() == "NOT":
        test, rest = _single(rest, fields)
        return _not(test), rest
    if head == "(":
        test, rest = _either(rest, fields)
        if not rest or rest[0] != ")":
            raise _invalid("a bracket is not closed")
        return test, rest[1:]
    if head.startswith("-"):
        return _not(_term(head[1:], fields)), rest
    return _term(head, fields), rest


def _and(one: Test, other: Test) -> Test:
    return lambda entry: one(entry) and other(entry)


def _not(test: Test) -> Test:
    return lambda entry: not test(entry)


def _term(text: str, fields: Mapping[str, Any]) -> Test:
    found = _TERM.fullmatch(text)
    assert found is not None
    name, op, value = found["field"], found["op"] or "=", _unquoted(found["value"])
    if name is None:
        return _anywhere(value.lower(), fields)
    if name not in fields:
        raise _invalid(f"unknown filter {name!r}")
    _check_value(name, value)
    look = fields[name]
    if op == "=":
        several = [part.strip() for part in value.split(",")] if "," in value else [value]
        return _AnyOf(look=look, wanted=tuple(several))
    return lambda entry: _compare(look(entry), op, value)


@dataclass(frozen=True, kw_only=True)
class _AnyOf:
    """One of these values. Hundreds of ids in one question are looked up and not compared one by one."""

    look: Callable[[Entry], Any]
    wanted: tuple[str, ...]

    @cached_property
    def _numbers(self) -> frozenset[int]:
        return frozenset(int(part) for part in self.wanted if part.isascii() and part.isdigit())

    def __call__(self, entry: Entry) -> bool:
        found = self.look(entry)
        if type(found) is int and found in self._numbers:
            return True
        if type(found) is int and len(self._numbers) == len(set(self.wanted)):
            return False
        return any(_compare(found, "=", part) for part in self.wanted)


def _check_value(name: str, value: str) -> None:
    """A time that is none is an error even where there is nothing to compare it with."""
    if name.endswith("_at"):
        _moment(value)
    elif (name == "id" or name.endswith("_id")) and "/" not in value and "," not in value:
        _whole(value)


def _unquoted(value: str) -> str:
    if len(value) > 1 and value[0] in "'\"" and value[-1] == value[0]:
        return re.sub(r"\\(.)", r"\1", value[1:-1])
    return value


def _anywhere(wanted: str, fields: Mapping[str, Any]) -> Test:
    looks = [fields[name] for name in ("name", "email", "sku", "title", "tag") if name in fields]
    return lambda entry: any(wanted in str(part).lower() for look in looks for part in _many(look(entry)))


def _many(value: Any) -> list[Any]:
    return list(value) if isinstance(value, (list, tuple, set)) else [value]


def _compare(found: Any, op: str, wanted: str) -> bool:
    return any(_one(value, op, wanted) for value in _many(found) if value is not None)


def _one(found: Any, op: str, wanted: str) -> bool:
    left: Any
    right: Any
    if isinstance(found, bool):
        return str(found).lower() == wanted.lower()
    if isinstance(found, datetime):
        left, right = found, _moment(wanted)
    elif isinstance(found, int):
        left, right = found, number_of(wanted) if "/" in wanted else _whole(wanted)
    else:
        left, right = str(found).lower(), wanted.lower()
        if op == "=" and right.endswith("*"):
            return bool(left.startswith(right[:-1]))
    return bool(_OPERATORS[op](left, right))


def _whole(text: str) -> int:
    try:
        return int(text)
    except ValueError as error:
        raise _invalid(f"{text!r} is no number") from error


def _moment(text: str) -> datetime:
    return now() if text == "now" else _fixed(text)


@lru_cache(maxsize=64)
def _fixed(text: str) -> datetime:
    try:
        return parsed(text)
    except ValueError as error:
        raise _invalid(f"{text!r} is no time") from error
