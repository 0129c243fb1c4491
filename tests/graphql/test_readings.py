"""A document is parsed and checked once, and whatever hangs on its variables or its caller each time it comes."""

from __future__ import annotations

from collections.abc import Iterator
from copy import copy
from dataclasses import dataclass, field
from typing import Any

import pytest
from graphql import DocumentNode, ValidationContext, ValidationRule, parse
from strawberry.extensions import SchemaExtension  # noqa: TID251 -- it looks over the schema's shoulder

from app.graphql.limits import TOKENS
from app.graphql.readings import LETTERS, MOST, Readings
from app.graphql.schema import Schema, extensions, make

NEVER = "@include(if: false)"
TIMELINE = "nodes { timeline(first: $most) { nodes { id sentence } } }"
PAGES = f"query ($most: Int!) {{ orders(first: 100) {NEVER} {{ {TIMELINE} }} }}"
WORDS = f"query ($words: String) {{ orders(query: $words) {NEVER} {{ pageInfo {{ endCursor }} }} }}"


@dataclass(kw_only=True)
class Said:
    """The schema of production, which counts how often a document was checked, and keeps what was run."""

    readings: Readings = field(default_factory=Readings)
    checked: int = 0
    documents: list[DocumentNode | None] = field(default_factory=list)
    schema: Schema = field(init=False)

    def __post_init__(self) -> None:
        said = self

        class Rule(ValidationRule):
            def __init__(self, context: ValidationContext) -> None:
                super().__init__(context)
                said.checked += 1

        class Watching(SchemaExtension):
            def on_operation(self) -> Iterator[None]:
                self.execution_context.validation_rules += (Rule,)
                yield
                said.documents.append(self.execution_context.graphql_document)

        self.schema = copy(make())
        self.schema.extensions = (*extensions(self.readings), Watching)

    async def ask(self, text: str, **variables: Any) -> list[str]:
        """The codes of its errors."""
        result = await self.schema.execute(text, variable_values=variables)
        return [str((error.extensions or {})["code"]) for error in result.errors or ()]


async def test_the_same_text_is_read_once_whatever_its_variables_are() -> None:
    said = Said()
    for words in ("a", "b", "c"):
        assert await said.ask("query ($it: Boolean!) { __typename @include(if: $it) }", it=words != "b") == []
    assert said.checked == 1
    assert len({id(document) for document in said.documents}) == 1
    assert await said.ask("query ($it: Boolean!) { __typename @skip(if: $it) }", it=True) == []
    assert said.checked == 2


async def test_a_text_that_was_read_is_still_refused_for_its_variables() -> None:
    said = Said()
    for most, dear in ((1, False), (100, True), (1, False), (100, True)):
        assert await said.ask(PAGES, most=most) == (["api.too_dear"] if dear else [])
    for words, wrong in (("#1001", False), ("a\0b", True), ("#1001", False), ("\ud800", True)):
        assert await said.ask(WORDS, words=words) == (["api.document"] if wrong else [])
    assert said.checked == 2


async def test_what_has_a_fault_is_never_kept_and_hears_of_it_each_time() -> None:
    said = Said()
    for text in (
        "{ nobody }",
        "{ shop { ",
        "{" + " __typename" * TOKENS + "}",
        'query { orders(query: "a\\u0000") { __typename } }',
    ):
        assert [await said.ask(text) for _ in range(2)] == [["api.document"]] * 2
    assert len(said.readings) == 0


async def test_ever_new_documents_take_no_more_room_and_the_ones_in_use_stay() -> None:
    said, often = Said(readings=Readings(most=20, letters=2_000)), "{ often: __typename }"
    for number in range(300):
        assert await said.ask(f"{{ a{number}: __typename }}") == []
        assert await said.ask(often) == []
        assert len(said.readings) <= 20
    assert said.checked == 301


@pytest.mark.parametrize("length", [30, 150, 900])
def test_room_is_counted_in_letters_too(length: int) -> None:
    readings, document = Readings(most=50, letters=10_000), parse("{ a }")
    for number in range(500):
        readings.keep(str(number).ljust(length), document)
        assert readings.letters <= 10_000
    kept = min(50, 10_000 // length)
    assert (len(readings), readings.letters) == (kept, kept * length)
    assert readings.of(str(499).ljust(length)) is document
    assert readings.of(str(499 - kept).ljust(length)) is None


def test_one_long_text_does_not_push_out_all_others() -> None:
    readings, document = Readings(), parse("{ a }")
    readings.keep("short", document)
    readings.keep("x" * (LETTERS // 10 + 1), document)
    assert (len(readings), readings.letters) == (1, len("short"))
    assert readings.of("short") is document
    assert MOST * 1_000 > LETTERS, "letters are what bounds documents of an ordinary length"
