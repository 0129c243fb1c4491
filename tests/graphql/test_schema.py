"""The schema as it is committed: current, described to the last value, and explained codes that are the page's own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import orjson
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    build_schema,
)

from app.graphql import codes, printing
from app.graphql.schema import printed

ROOT = Path(__file__).resolve().parents[2]
COMMITTED = ROOT / "app" / "graphql" / "schema.graphql"
AGAIN = "run: .venv/bin/python -m app.graphql.printing"


def test_the_committed_schema_is_the_programs_own() -> None:
    assert COMMITTED.read_text() == printed(), AGAIN


def test_what_each_change_needs_is_committed_as_it_is_asked_for() -> None:
    committed = (COMMITTED.parent / printing.NEEDS).read_bytes()
    assert committed == printing.needs(), AGAIN
    mutations = build_schema(COMMITTED.read_text()).mutation_type
    assert mutations is not None
    assert set(orjson.loads(committed)) == set(mutations.fields)


def test_the_committed_codes_are_the_pages_own() -> None:
    page = (ROOT / "docs" / "codes.md").read_text()
    assert (COMMITTED.parent / codes.LIST).read_bytes() == printing.codes(page), AGAIN
    assert len(codes.explained()) == page.count("\n| `")


def undescribed() -> Iterator[str]:
    for name, type_ in build_schema(COMMITTED.read_text()).type_map.items():
        if name.startswith("__") or name in {"String", "Int", "Float", "Boolean", "ID"}:
            continue
        if not type_.description:
            yield name
        if isinstance(type_, GraphQLObjectType | GraphQLInterfaceType | GraphQLInputObjectType):
            yield from (f"{name}.{field}" for field, made in type_.fields.items() if not made.description)
        if isinstance(type_, GraphQLEnumType):
            yield from (f"{name}.{value}" for value, made in type_.values.items() if not made.description)


def test_every_type_field_and_value_is_described() -> None:
    assert list(undescribed()) == []
