"""Requests as nobody sensible sends them, drawn from the schema: right and wrong values, deep, aliased, spread, misnamed."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    get_named_type,
)

from tests.graphql.documents import SCHEMA

_WRONG = 0.12
"""How often anything is not what it should be."""
_TEXTS = (
    "", " ", "0", "1", "-1", "current", "draft", "#1001", "1001", "SKU-0001", "payments", "items", "item.unknown", "memory",
    "EUR", "key,value\na,b", "2026-11-20", "23:00", "Europe/Berlin", "ops@example.org", "@every 60", "%", "_", "a\x00b",
    "\u202e", "\ud83e\udd16", "\ud800", "'; DROP TABLE record; --", "{{ order.name }}", "{% for a in (1..9999999) %}{% endfor %}",
    "x" * 5_000, "gid://stockbridge/Order/1", "gid://stockbridge//", "\\", '"""', "null", "NaN", "\n", "é́́",
)  # fmt: skip
_NUMBERS = (0, 1, 2, 7, 25, 100, 101, -1, 2**31 - 1, -(2**31), 2**31, 2**63, 10**40)
_FLOATS = (0.0, 0.5, 1.0, -1.0, 1e308, -1e308, 5e-324, 1e9)
_INSTANTS = (
    "2026-11-20T10:00:00Z",
    "2026-11-20T10:00:00",
    "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59+14:00",
    "now",
    "",
)
_CURSORS: tuple[Any, ...] = (
    [], ["x"], ["x", "y"], ["2026-11-20T10:00:00+00:00", "1"], ["2026-11-20", "9" * 30], ["9" * 18], ["9" * 18, "1"],
    ["0001-01-01T00:00:00+14:00", "00000000-0000-0000-0000-000000000000"], ["a\x00", "b"], {"a": 1}, [1, 2], None,
    ["9999-12-31T23:59:59.999999-14:00", "00000000-0000-0000-0000-000000000000"], ["x", "y", "z"],
)  # fmt: skip


@dataclass(kw_only=True)
class Draw:
    """One request, the same for the same seed and the same `ids`, which are of things that are there."""

    random: Random
    ids: Sequence[str]
    variables: dict[str, Any] = field(default_factory=dict)
    declared: list[str] = field(default_factory=list)
    fragments: list[str] = field(default_factory=list)

    def request(self) -> dict[str, Any]:
        kind = self._one(["query", "query", "mutation"])
        root = SCHEMA.query_type if kind == "query" else SCHEMA.mutation_type
        assert root is not None
        names = [self._one(list(root.fields)) for _ in range(self.random.choice((1, 1, 1, 2, 3)))]
        parts = [
            self._field(name, root.fields[name], self.random.randint(1, 14), place)
            for place, name in enumerate(names)
        ]
        if self._now_and_then(0.05):
            parts.append(
                self._one(
                    ["__typename", "__schema { types { name } }", '__type(name: "Order") { kind }', "nothing"]
                )
            )
        declared = f"({', '.join(self.declared)})" if self.declared else ""
        document = f"{kind} Drawn{declared} {{ {' '.join(parts)} }} {' '.join(self.fragments)}"
        made: dict[str, Any] = {"query": self._spoiled(document), "variables": self.variables}
        if self._now_and_then(0.03):
            made["operationName"] = self._one(["Drawn", "Another", "", None, 7])
        if self._now_and_then(0.02):
            made["variables"] = self._one([[], "x", 7, None])
        return made

    # --- what is asked for -----------------------------------------------------------------------------------------------

    def _field(self, name: str, of: GraphQLField, depth: int, place: int = 0) -> str:
        alias = f"a{place}_{self.random.randint(0, 3)}: " if place or self._now_and_then(0.1) else ""
        given = [self._argument(key, each) for key, each in of.args.items() if self._is_given(each)]
        if self._now_and_then(0.01):
            given.append("madeUp: " + self._one(["1", '"x"', "$nowhere"]))
        passed = f"({', '.join(given)})" if given else ""
        directive = (
            self._one([" @skip(if: false)", " @include(if: true)", " @made_up", " @skip(if: 3)"])
            if self._now_and_then(0.03)
            else ""
        )
        return f"{alias}{self._name(name)}{passed}{directive}{self._selection(of, depth)}"

    def _selection(self, of: GraphQLField, depth: int) -> str:
        inner = get_named_type(of.type)
        if not isinstance(inner, GraphQLObjectType):
            return " { id }" if self._now_and_then(0.01) else ""
        if self._now_and_then(0.01):
            return ""
        leaves = [name for name, each in inner.fields.items() if not _deep(each)]
        deeper = [name for name, each in inner.fields.items() if _deep(each)]
        chosen = self.random.sample(leaves, min(len(leaves), self.random.randint(0, 6)))
        if depth > 0 and deeper:
            chosen += self.random.sample(deeper, min(len(deeper), self.random.choice((1, 1, 2))))
        parts = [self._field(name, inner.fields[name], depth - 1) for name in chosen] or ["__typename"]
        return f" {{ {self._spread(inner.name, ' '.join(parts))} }}"

    def _spread(self, of: str, inside: str) -> str:
        """Now and then by a fragment: inline, named, of another type, or within itself."""
        if not self._now_and_then(0.12):
            return inside
        on = self._one([of, of, of, of, "Query", "Nobody"])
        name = f"F{len(self.fragments)}"
        again = f" ...{name}" if self._now_and_then(0.1) else ""
        if self._now_and_then(0.4):
            return f"... on {on} {{ {inside} }}"
        self.fragments.append(f"fragment {name} on {on} {{ {inside}{again} }}")
        return f"...{name}" if self._now_and_then(0.95) else "...Missing"

    # --- what it is asked with -------------------------------------------------------------------------------------------

    def _is_given(self, argument: GraphQLArgument) -> bool:
        return self._now_and_then(0.95 if isinstance(argument.type, GraphQLNonNull) else 0.4)

    def _argument(self, name: str, argument: GraphQLArgument) -> str:
        """As a variable, of its own type or of another one."""
        variable = f"v{len(self.declared)}"
        kind = (
            self._one(["Int!", "[String]", "ID", "Nobody"])
            if self._now_and_then(0.03)
            else str(argument.type)
        )
        self.declared.append(f"${variable}: {kind}")
        if self._now_and_then(0.98):
            self.variables[variable] = self._value(argument.type, name)
        return f"{self._name(name)}: ${variable}"

    def _value(self, of: GraphQLInputType, name: str) -> Any:
        if self._now_and_then(_WRONG / 3):
            return self._one([None, 7, "x", [], {}, True, [[1]], {"a": {"b": []}}, 1.5])
        match of:
            case GraphQLNonNull():
                return self._value(of.of_type, name)
            case GraphQLList():
                return [self._value(of.of_type, name) for _ in range(self.random.choice((0, 1, 1, 2, 5)))]
            case GraphQLEnumType():
                return (
                    self._one([*of.values, "MADE_UP"])
                    if self._now_and_then(_WRONG)
                    else self._one(list(of.values))
                )
            case GraphQLInputObjectType():
                named = {key: each for key, each in of.fields.items() if self._now_and_then(0.7)}
                return {self._name(key): self._value(each.type, key) for key, each in named.items()}
        return self._scalar(str(of), name)

    def _scalar(self, of: str, name: str) -> Any:
        made: dict[str, Callable[[], Any]] = {
            "ID": lambda: self._one(self.ids) if self._now_and_then(0.85) else self._one(_TEXTS),
            "Int": lambda: self._one(_NUMBERS),
            "Float": lambda: self._one((*_FLOATS, *_NUMBERS)),
            "Boolean": lambda: self._now_and_then(0.5),
            "DateTime": lambda: self._one(_INSTANTS),
            "Date": lambda: self._one(("2026-11-20", "0001-01-01", "9999-12-31", "2026-13-01", "")),
            "Decimal": lambda: self._one(("1", "0.5", "NaN", "Infinity", "1e999", "-0", "x")),
            "JSON": lambda: self._one(({}, [], None, {"id": "r"}, "x", {"a": [1, {"b": None}]}, [{"kind": "template"}])),
        }  # fmt: skip
        if name == "after" and self._now_and_then(0.7):
            return base64.urlsafe_b64encode(json.dumps(self._one(_CURSORS)).encode()).decode().rstrip("=")
        return made.get(of, lambda: self._one(_TEXTS))()

    # --- chance ----------------------------------------------------------------------------------------------------------

    def _name(self, name: str) -> str:
        return self._one([name + "s", name.upper(), "__typename"]) if self._now_and_then(0.004) else name

    def _spoiled(self, document: str) -> str:
        if self._now_and_then(0.97):
            return document
        at = self.random.randrange(len(document))
        return (
            document[:at]
            + self._one(["", "{", "}", "$", '"', "\x00", "…", "#", "@", "&"])
            + document[at + 1 :]
        )

    def _one(self, among: Sequence[Any]) -> Any:
        return self.random.choice(among)

    def _now_and_then(self, share: float) -> bool:
        return self.random.random() < share


def _deep(of: GraphQLField) -> bool:
    return isinstance(get_named_type(of.type), GraphQLObjectType)
