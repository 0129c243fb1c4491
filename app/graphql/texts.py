"""What no text may hold, looked for once at the door: characters that PostgreSQL has no place for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from graphql import GraphQLError, OperationDefinitionNode, StringValueNode, ValidationContext, ValidationRule
from strawberry.extensions import SchemaExtension

_NUL = "\0"


class Readable(SchemaExtension):
    """Refuses a request in which a text holds a NUL or half of a pair of code units, before anything of it is run."""

    def on_operation(self) -> Iterator[None]:
        given = self.execution_context.variables or {}
        self.execution_context.validation_rules += (_rule(given),)
        yield


def readable(value: object) -> bool:
    """Of a text, or of every text within."""
    match value:
        case str():
            return _NUL not in value and not any("\ud800" <= each <= "\udfff" for each in value)
        case dict():
            return all(readable(key) and readable(inner) for key, inner in value.items())
        case list():
            return all(readable(inner) for inner in value)
        case _:
            return True


def _rule(given: Mapping[str, object]) -> type[ValidationRule]:
    class TextRule(ValidationRule):
        def __init__(self, context: ValidationContext) -> None:
            super().__init__(context)

        def enter_operation_definition(self, node: OperationDefinitionNode, *_: object) -> None:
            for name, value in given.items():
                if not readable(value):
                    self.report_error(_error(node, f"The variable {name!a}"))

        def enter_string_value(self, node: StringValueNode, *_: object) -> None:
            if not readable(node.value):
                self.report_error(_error(node, "A text of the document"))

    return TextRule


def _error(node: OperationDefinitionNode | StringValueNode, what: str) -> GraphQLError:
    return GraphQLError(f"{what} holds a character that no text may hold.", node)
