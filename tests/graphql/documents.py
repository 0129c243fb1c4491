"""Documents made from the schema: a root field with every argument as a variable, and all that can be selected of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import orjson
from graphql import (
    GraphQLField,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_composite_type,
    is_required_argument,
    parse,
)
from graphql.language import Lexer, Source, TokenKind

from app.domain.access import ASKED_BY, Permission, Scope
from app.graphql.context import Needs
from app.graphql.limits import TOKENS, too_dear
from app.graphql.schema import make

_DEEPEST = 6


@dataclass(frozen=True, kw_only=True)
class Root:
    """One field of a root type. `scope` opens it to a tool, `permission` to a person; None: nothing was said."""

    kind: str
    name: str
    field: GraphQLField
    scope: Scope | None
    permission: Permission | None

    def __str__(self) -> str:
        return self.name

    @property
    def changes(self) -> bool:
        return self.kind == "mutation"

    @property
    def required(self) -> list[str]:
        return [name for name, argument in self.field.args.items() if is_required_argument(argument)]

    def document(self, given: Mapping[str, Any]) -> str:
        """Asks for as much as one request may; each argument that is `given` is a variable of the same name."""
        return _document(self.kind, self.name, orjson.dumps(given))


@lru_cache(maxsize=16)
def _document(kind: str, name: str, packed: bytes) -> str:
    """A test sends one document time and again, and finding it means to price some that are too dear."""
    field, given = _type(kind).fields[name], orjson.loads(packed)
    declared = ", ".join(f"${each}: {field.args[each].type}" for each in given)
    passed = ", ".join(f"{each}: ${each}" for each in given)
    for depth in range(_DEEPEST, 0, -1):
        inner = selected(field, depth)
        head = f"{kind} ({declared})" if declared else kind
        made = f"{head} {{ {name}{f'({passed})' if passed else ''} {inner} }}"
        if tokens(made) <= TOKENS and not too_dear(SCHEMA, parse(made), given):
            return made
    raise AssertionError(f"{name} is too large to be asked for")


def roots(*kinds: str) -> list[Root]:
    return [
        Root(kind=kind, name=name, field=field, **_needs(field))
        for kind in kinds
        for name, field in _type(kind).fields.items()
    ]


def selected(field: GraphQLField, depth: int, above: tuple[str, ...] = ()) -> str:
    """Everything below a field that needs no argument, nothing within itself; lists two entries long."""
    of = get_named_type(field.type)
    if not isinstance(of, GraphQLObjectType):
        return ""
    inside = (*above, of.name)
    return "{ __typename " + " ".join(_fields(of, depth, inside)) + " }"


def _fields(of: GraphQLObjectType, depth: int, inside: tuple[str, ...]) -> Iterator[str]:
    for name, field in of.fields.items():
        inner = get_named_type(field.type)
        if any(is_required_argument(each) for each in field.args.values()):
            continue
        if not is_composite_type(inner):
            yield name
        elif depth > 1 and inner.name not in inside and name != "edges":
            page = "(first: 2)" if "first" in field.args else ""
            yield f"{name}{page} {selected(field, depth - 1, inside)}"


def tokens(document: str) -> int:
    lexer, count = Lexer(Source(document)), 0
    while lexer.advance().kind is not TokenKind.EOF:
        count += 1
    return count


def _type(kind: str) -> GraphQLObjectType:
    found = {
        "query": SCHEMA.query_type,
        "mutation": SCHEMA.mutation_type,
        "subscription": SCHEMA.subscription_type,
    }[kind]
    assert found is not None
    return found


def _needs(field: GraphQLField) -> dict[str, Any]:
    definition = (field.extensions or {}).get("strawberry-definition")
    needs = [each for each in getattr(definition, "extensions", ()) if isinstance(each, Needs)]
    scope = needs[0].scope if needs else None
    return {
        "scope": scope,
        "permission": (needs[0].permission or ASKED_BY[needs[0].scope]) if needs else None,
    }


SCHEMA: GraphQLSchema = make()._schema
