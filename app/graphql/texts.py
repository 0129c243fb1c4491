"""What no text may hold, looked for once at the door: characters that PostgreSQL has no place for."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from graphql import (
    ArgumentNode,
    GraphQLError,
    StringValueNode,
    ValidationContext,
    ValidationRule,
    VariableNode,
)
from strawberry.extensions import SchemaExtension

_NEITHER = re.compile("[\0\ud800-\udfff]")
_FILE = "csv"
"""What says of each of its lines what is wrong with it, and so of such a character too."""


class Readable(SchemaExtension):
    """Refuses a request in which a text holds a NUL or half of a pair of code units, before anything of it is run."""

    def on_operation(self) -> Iterator[None]:
        given = self.execution_context.variables or {}
        self.execution_context.validation_rules += (_rule(given),)
        yield


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


def _rule(given: Mapping[str, object]) -> type[ValidationRule]:
    class TextRule(ValidationRule):
        def __init__(self, context: ValidationContext) -> None:
            super().__init__(context)
            self.files: set[str] = set()

        def enter_argument(self, node: ArgumentNode, *_: object) -> None:
            if node.name.value == _FILE and isinstance(node.value, VariableNode):
                self.files.add(node.value.name.value)

        def enter_string_value(self, node: StringValueNode, *_: object) -> None:
            if not readable(node.value):
                self.report_error(_error("A text of the document", node))

        def leave_document(self, *_: object) -> None:
            for name, value in given.items():
                if name not in self.files and not readable(value):
                    self.report_error(_error(f"The variable {name!a}"))

    return TextRule


def _error(what: str, node: StringValueNode | None = None) -> GraphQLError:
    return GraphQLError(f"{what} holds a character that no text may hold.", node)
