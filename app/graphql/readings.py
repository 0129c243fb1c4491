"""Documents that were read before: what was parsed and found valid once is neither again, whoever sends the same text."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator

from graphql import DocumentNode, GraphQLError, GraphQLSchema
from strawberry.extensions import SchemaExtension
from strawberry.schema.schema import validate_document
from strawberry.types.execution import ExecutionContext

MOST = 500
"""Documents: a page has about a hundred."""
LETTERS = 200_000
"""Of all of them together. A letter takes up to 280 bytes once it is parsed, so this is 56 MB at the worst."""
_LONGEST = LETTERS // 10


class Readings:
    """Parsed documents by their text, the ones used last. Ever new ones make it forget and never grow."""

    def __init__(self, *, most: int = MOST, letters: int = LETTERS) -> None:
        self._most, self._letters = most, letters
        self._kept: OrderedDict[str, DocumentNode] = OrderedDict()
        self.letters = 0

    def __len__(self) -> int:
        return len(self._kept)

    def of(self, text: str | None) -> DocumentNode | None:
        if text is None or text not in self._kept:
            return None
        self._kept.move_to_end(text)
        return self._kept[text]

    def keep(self, text: str, document: DocumentNode) -> None:
        if len(text) > _LONGEST or text in self._kept:
            return
        self._kept[text] = document
        self.letters += len(text)
        while len(self._kept) > self._most or self.letters > self._letters:
            gone, _ = self._kept.popitem(last=False)
            self.letters -= len(gone)


class Read(SchemaExtension):
    """Asks the rules that look at nothing but the text. What hangs on variables or the caller is asked each time."""

    def __init__(self, readings: Readings) -> None:
        self.readings = readings

    def on_parse(self) -> Iterator[None]:
        self.execution_context.graphql_document = self.readings.of(self.execution_context.query)
        yield

    def on_validate(self) -> Iterator[None]:
        asked = self.execution_context
        asked.pre_execution_errors = [*(asked.pre_execution_errors or self._wrong(asked))]
        yield

    def _wrong(self, asked: ExecutionContext) -> list[GraphQLError]:
        """Nothing of a text that was read before: what has faults is not kept."""
        document, text = asked.graphql_document, asked.query
        assert document is not None
        if self.readings.of(text) is document:
            return []
        found = validate_document(core(asked), document, asked.validation_rules)
        if text and not found:
            self.readings.keep(text, document)
        return found


def core(asked: ExecutionContext) -> GraphQLSchema:
    """The schema as graphql-core knows it, which strawberry shows to nobody."""
    return asked.schema._schema  # noqa: SLF001
