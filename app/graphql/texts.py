"""What no text may hold, looked for once at the door: characters that PostgreSQL has no place for."""

from __future__ import annotations

import re
from collections.abc import Iterator

from graphql import (
    ArgumentNode,
    DocumentNode,
    GraphQLError,
    StringValueNode,
    ValidationRule,
    VariableNode,
    Visitor,
    visit,
)
from strawberry.extensions import SchemaExtension

_NEITHER = re.compile("[\0\ud800-\udfff]")
_FILE = "csv"
"""What says of each of its lines what is wrong with it, and so of such a character too."""


class Readable(SchemaExtension):
    """Refuses a request in which a text holds a NUL or half of a pair of code units, before anything of it is run."""

    def on_operation(self) -> Iterator[None]:
        self.execution_context.validation_rules += (TextRule,)
        yield

    def on_validate(self) -> Iterator[None]:
        asked = self.execution_context
        wrong = [name for name, value in (asked.variables or {}).items() if not readable(value)]
        if wrong and asked.graphql_document is not None:
            files = _files(asked.graphql_document)
            found = [_error(f"The variable {name!a}") for name in wrong if name not in files]
            asked.pre_execution_errors = [*(asked.pre_execution_errors or ()), *found]
        yield


class TextRule(ValidationRule):
    """For the texts of the document itself."""

    def enter_string_value(self, node: StringValueNode, *_: object) -> None:
        if not readable(node.value):
            self.report_error(_error("A text of the document", node))


def readable(value: object) -> bool:
    """Of a text, or of every text within but a file's."""
    match value:
        case str():
            return _NEITHER.search(value) is None
        case dict():
            return all(readable(key) and (key == _FILE or readable(inner)) for key, inner in value.items())
        case list():
            return all(readable(inner) for inner in value)
        case _:
            return True


def _files(document: DocumentNode) -> set[str]:
    """The variables that are a file."""
    found = set()

    class Files(Visitor):
        def enter_argument(self, node: ArgumentNode, *_: object) -> None:
            if node.name.value == _FILE and isinstance(node.value, VariableNode):
                found.add(node.value.name.value)

    visit(document, Files())
    return found


def _error(what: str, node: StringValueNode | None = None) -> GraphQLError:
    return GraphQLError(f"{what} holds a character that no text may hold.", node)
