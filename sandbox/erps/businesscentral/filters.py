"""`$filter` and `$orderby`: a small grammar of OData, as much of it as Business Central takes, turned into SQL."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal

from sandbox.erps.businesscentral.refusals import Refused, bad
from sandbox.erps.businesscentral.schema import Entity, Field

_TOKEN = re.compile(
    r"""\s*(?:
      (?P<text>'(?:[^']|'')*')
    | (?P<guid>[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12})
    | (?P<time>\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d))
    | (?P<date>\d{4}-\d\d-\d\d)
    | (?P<number>-?\d+(?:\.\d+)?)
    | (?P<word>[A-Za-z_][A-Za-z0-9_/]*)
    | (?P<sign>[(),])
    )""",
    re.VERBOSE,
)
_COMPARED = {"eq": "=", "ne": "<>", "gt": ">", "ge": ">=", "lt": "<", "le": "<="}
_SEARCHED = {"contains": "%{}%", "startswith": "{}%", "endswith": "%{}"}
_FOLDED = frozenset({"tolower", "toupper"})
_KINDS = {
    "text": {"text", "code", "option"},
    "guid": {"guid"},
    "time": {"time"},
    "date": {"date"},
    "number": {"decimal", "int"},
    "word": {"bool"},
}
_MOST_NODES = 400


@dataclass(frozen=True)
class Clause:
    """A piece of SQL, what it is filled with, and the fields that it asks about."""

    sql: str
    values: tuple[object, ...]
    fields: frozenset[str]


@dataclass(kw_only=True)
class _Reader:
    entity: Entity
    tokens: list[tuple[str, str]]
    newer: bool
    at: int = 0
    nodes: int = field(default=0)

    def whole(self) -> Clause:
        made = self._either()
        if self.at < len(self.tokens):
            raise _syntax(self.tokens[self.at][1])
        return made

    def _either(self) -> Clause:
        made = self._both()
        while self._word("or"):
            right = self._both()
            if made.fields != right.fields or len(made.fields) != 1:
                sentence = "The 'OR' operator is not supported on distinct fields on an OData filter."
                raise Refused(501, "BadRequest_MethodNotImplemented", sentence)
            made = Clause(f"({made.sql} OR {right.sql})", made.values + right.values, made.fields)
        return made

    def _both(self) -> Clause:
        made = self._one()
        while self._word("and"):
            right = self._one()
            made = Clause(
                f"({made.sql} AND {right.sql})", made.values + right.values, made.fields | right.fields
            )
        return made

    def _one(self) -> Clause:
        self.nodes += 1
        if self.nodes > _MOST_NODES:
            raise bad("The node count limit of the filter has been exceeded.")
        if self._sign("("):
            made = self._either()
            self._need("sign", ")")
            return made
        kind, text = self._peek()
        if kind == "word" and text in _SEARCHED:
            return self._search(text)
        return self._compare()

    def _search(self, name: str) -> Clause:
        self.at += 1
        self._need("sign", "(")
        left, folded = self._left()
        self._need("sign", ",")
        value = _unquoted(self._need("text"))
        self._need("sign", ")")
        if left.kind not in {"text", "code"}:
            raise bad(f"No function signature for the function with name '{name}' matches the arguments.")
        value = value.upper() if left.kind == "code" or folded else value
        like = _SEARCHED[name].format(re.sub(r"([\\%_])", r"\\\1", value))
        column = f'UPPER("{left.name}")' if folded else f'"{left.name}"'
        return Clause(f"{column} LIKE ? ESCAPE '\\'", (like,), frozenset({left.name}))

    def _compare(self) -> Clause:
        left, folded = self._left()
        kind, sign = self._next()
        if kind == "word" and sign == "in":
            return self._among(left)
        if kind != "word" or sign not in _COMPARED:
            raise _syntax(sign)
        value = self._literal(left)
        column = _column(left)
        if folded:
            column, value = f'UPPER("{left.name}")', str(value).upper()
        return Clause(f"{column} {_COMPARED[sign]} ?", (value,), frozenset({left.name}))

    def _among(self, left: Field) -> Clause:
        if not self.newer:
            raise _syntax("in")
        self._need("sign", "(")
        values = [self._literal(left)]
        while self._sign(","):
            values.append(self._literal(left))
        self._need("sign", ")")
        marks = ", ".join("?" * len(values))
        return Clause(f"{_column(left)} IN ({marks})", tuple(values), frozenset({left.name}))

    def _left(self) -> tuple[Field, bool]:
        name = self._need("word")
        if name not in _FOLDED:
            return named(self.entity, name), False
        self._need("sign", "(")
        inner = named(self.entity, self._need("word"))
        self._need("sign", ")")
        return inner, True

    def _literal(self, left: Field) -> object:
        kind, text = self._next()
        if left.kind not in _KINDS.get(kind, set()) and not (kind == "number" and left.kind == "decimal"):
            raise bad(
                f"A binary operator with incompatible types was detected. Found operand types '{left.kind}' and '{kind}'."
            )
        match left.kind:
            case "text" | "option":
                return _unquoted(text)
            case "code":
                return _unquoted(text).strip().upper()
            case "guid":
                return text.lower()
            case "bool":
                if text not in {"true", "false"}:
                    raise _unknown(self.entity, text)
                return int(text == "true")
            case "time":
                return instant(text)
            case "date":
                return text
            case _:
                return float(Decimal(text))

    def _peek(self) -> tuple[str, str]:
        return self.tokens[self.at] if self.at < len(self.tokens) else ("", "")

    def _next(self) -> tuple[str, str]:
        found = self._peek()
        if not found[0]:
            raise _syntax("the end")
        self.at += 1
        return found

    def _need(self, kind: str, text: str | None = None) -> str:
        found = self._next()
        if found[0] != kind or (text is not None and found[1] != text):
            raise _syntax(found[1])
        return found[1]

    def _word(self, word: str) -> bool:
        there = self._peek() == ("word", word)
        self.at += there
        return there

    def _sign(self, sign: str) -> bool:
        there = self._peek() == ("sign", sign)
        self.at += there
        return there


def filtered(entity: Entity, text: str, *, newer: bool = False) -> Clause:
    """`newer`: the call asked for a schema version that knows `in`."""
    return _Reader(entity=entity, tokens=list(_tokens(text)), newer=newer).whole()


def ordered(entity: Entity, text: str) -> list[tuple[Field, bool]]:
    """Fields to order by, and whether each goes down."""
    found = []
    for part in filter(None, (each.strip() for each in text.split(","))):
        name, _, way = part.partition(" ")
        if way.strip() not in {"", "asc", "desc"}:
            raise _syntax(way)
        found.append((named(entity, name), way.strip() == "desc"))
    return found


def named(entity: Entity, name: str) -> Field:
    found = entity.fields.get(name)
    if found is None or found.hidden:
        raise _unknown(entity, name)
    return found


def instant(text: str) -> str:
    """An instant as it is stored: of UTC, with thousandths."""
    try:
        moment = datetime.fromisoformat(text).astimezone(UTC)
    except ValueError as cause:
        raise bad(f"Unable to convert value '{text}' to DateTimeOffset.") from cause
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03}Z"


def column_of(field: Field) -> str:
    return _column(field)


def _column(field: Field) -> str:
    return f'CAST("{field.name}" AS REAL)' if field.kind == "decimal" else f'"{field.name}"'


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    at = 0
    text = text.rstrip()
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:
            raise _syntax(text[at : at + 20])
        assert found.lastgroup is not None
        yield found.lastgroup, found[found.lastgroup]
        at = found.end()


def _unquoted(text: str) -> str:
    return text[1:-1].replace("''", "'")


def _syntax(near: str) -> Refused:
    return bad(f"Syntax error at '{near}' in the query option.", "BadRequest_InvalidRequestUrl")


def _unknown(entity: Entity, name: str) -> Refused:
    return bad(f"Could not find a property named '{name}' on type 'Microsoft.NAV.{entity.name}'.")
