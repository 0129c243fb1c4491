"""Parses, checks and prices the documents that are sent, and remembers those it has seen."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from graphql import (
    ExecutionResult,
    FragmentDefinitionNode,
    GraphQLError,
    OperationDefinitionNode,
    parse,
    validate,
    value_from_ast_untyped,
)
from graphql.execution import execute_sync

from sandbox.cost import Pricer
from sandbox.resolve import Request, resolve_field
from sandbox.schema import AdminSchema

_REMEMBERED = 500


@dataclass(frozen=True, kw_only=True)
class Document:
    source: Any
    operations: tuple[OperationDefinitionNode, ...]
    fragments: Mapping[str, FragmentDefinitionNode]
    errors: tuple[GraphQLError, ...] = ()

    def operation(self, name: str | None) -> OperationDefinitionNode | None:
        chosen = [o for o in self.operations if name is None or (o.name and o.name.value == name)]
        return chosen[0] if len(chosen) == 1 else None


@cache
def known(admin: AdminSchema) -> Documents:
    """The documents seen so far of a schema, whoever was asked: reading one takes longer than answering it."""
    return Documents(admin)


class Documents:
    """Documents of one schema version, by their text."""

    def __init__(self, admin: AdminSchema) -> None:
        self.admin = admin
        self._seen: OrderedDict[str, Document] = OrderedDict()

    def read(self, text: str) -> Document:
        if text not in self._seen:
            self._seen[text] = self._read(text)
            if len(self._seen) > _REMEMBERED:
                self._seen.popitem(last=False)
        return self._seen[text]

    def _read(self, text: str) -> Document:
        try:
            source = parse(text)
        except GraphQLError as error:
            return Document(source=None, operations=(), fragments={}, errors=(error,))
        return Document(
            source=source,
            operations=tuple(d for d in source.definitions if isinstance(d, OperationDefinitionNode)),
            fragments={d.name.value: d for d in source.definitions if isinstance(d, FragmentDefinitionNode)},
            errors=tuple(validate(self.admin.schema, source)),
        )

    def pricer(
        self, document: Document, operation: OperationDefinitionNode, variables: Mapping[str, Any]
    ) -> Pricer:
        defaults = {
            definition.variable.name.value: value_from_ast_untyped(definition.default_value)
            for definition in operation.variable_definitions or ()
            if definition.default_value is not None
        }
        return Pricer(self.admin.schema, document.fragments, defaults | dict(variables))

    def execute(
        self, document: Document, operation: str | None, variables: Mapping[str, Any], request: Request
    ) -> ExecutionResult:
        return execute_sync(
            self.admin.schema,
            document.source,
            context_value=request,
            variable_values=dict(variables),
            operation_name=operation,
            root_value={},
            field_resolver=resolve_field,
        )
