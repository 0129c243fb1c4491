"""How much one request may ask for: its depth, its aliases, its tokens, and a cost that counts pages within pages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    ListValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
    get_named_type,
)
from strawberry.extensions import SchemaExtension

from app.graphql.readings import core
from app.graphql.shape import ShapeRule

TOKENS = 2_000
COST = 15_000
"""A page of 25 orders with 50 lines of timeline of ten fields each costs about 13,000."""


class Costed(SchemaExtension):
    """Refuses a document of too large a shape, or whose worst case is too dear with the variables it came with, before
    anything of it is run. Its shape is the text's own; a page is as long as its variable says, so that is asked each time.
    """

    def on_operation(self) -> Iterator[None]:
        self.execution_context.validation_rules += (ShapeRule,)
        yield

    def on_validate(self) -> Iterator[None]:
        asked = self.execution_context
        assert asked.graphql_document is not None
        found = too_dear(core(asked), asked.graphql_document, asked.variables or {})
        asked.pre_execution_errors = [*(asked.pre_execution_errors or ()), *found]
        yield


def too_dear(
    schema: GraphQLSchema, document: DocumentNode, given: Mapping[str, object]
) -> list[GraphQLError]:
    """One error for each operation that may be answered by more fields than a request may have."""
    named = [each for each in document.definitions if isinstance(each, FragmentDefinitionNode)]
    fragments = {each.name.value: each for each in named}
    found = []
    for node in document.definitions:
        if isinstance(node, OperationDefinitionNode):
            count = _Count(schema=schema, fragments=fragments, values={**_defaults(node), **given})
            cost = count.below(node.selection_set, schema.get_root_type(node.operation))
            if cost > COST:
                found.append(_refusal(cost, node))
    return found


def _refusal(cost: int, node: OperationDefinitionNode) -> GraphQLError:
    return GraphQLError(
        f"This asks for up to {cost} fields at once; {COST} is the most. Ask for smaller pages.",
        node,
        extensions={"code": "api.too_dear"},
    )


@dataclass(frozen=True, kw_only=True)
class _Count:
    schema: GraphQLSchema
    fragments: Mapping[str, FragmentDefinitionNode]
    values: Mapping[str, object]
    known: dict[str, int] = field(default_factory=dict)

    def below(self, selection: SelectionSetNode | None, parent: object) -> int:
        """Fields asked for in the worst case; each fragment is counted once, so a bomb costs nothing to refuse."""
        total = 0
        for node in selection.selections if selection else ():
            match node:
                case FieldNode():
                    asked = _field(parent, node.name.value)
                    inner = self.below(node.selection_set, _type(asked))
                    total += 1 + inner * self._times(node, asked)
                case InlineFragmentNode():
                    named = node.type_condition
                    there = self.schema.type_map.get(named.name.value) if named else parent
                    total += self.below(node.selection_set, there)
                case FragmentSpreadNode() if node.name.value in self.fragments:
                    total += self._spread(node.name.value)
                case _:
                    pass
        return total

    def _spread(self, name: str) -> int:
        """Nothing for one within itself, which another rule refuses the document for."""
        if name not in self.known:
            self.known[name] = 0
            fragment = self.fragments[name]
            there = self.schema.type_map.get(fragment.type_condition.name.value)
            self.known[name] = self.below(fragment.selection_set, there)
        return self.known[name]

    def _times(self, node: FieldNode, field: GraphQLField | None) -> int:
        """How many entries a field may have: as many as its `keys`; or its `first`, given, by variable, or as the schema says."""
        if field is not None and "keys" in field.args:
            return self._named(node)
        if field is None or "first" not in field.args:
            return 1
        value = field.args["first"].default_value
        for argument in node.arguments or ():
            if argument.name.value == "first":
                match argument.value:
                    case IntValueNode(value=text):
                        value = _int(text)
                    case VariableNode(name=name):
                        value = self.values.get(name.value, value)
        return max(1, value) if isinstance(value, int) else 1

    def _named(self, node: FieldNode) -> int:
        for argument in node.arguments or ():
            if argument.name.value == "keys":
                match argument.value:
                    case ListValueNode(values=values):
                        return max(1, len(values))
                    case VariableNode(name=name):
                        given = self.values.get(name.value)
                        return max(1, len(given)) if isinstance(given, list) else 1
        return 1


def _field(parent: object, name: str) -> GraphQLField | None:
    if isinstance(parent, GraphQLObjectType | GraphQLInterfaceType):
        found: GraphQLField | None = parent.fields.get(name)
        return found
    return None


def _type(field: GraphQLField | None) -> object:
    return get_named_type(field.type) if field else None


def _defaults(node: OperationDefinitionNode) -> dict[str, int]:
    return {
        each.variable.name.value: _int(each.default_value.value)
        for each in node.variable_definitions or ()
        if isinstance(each.default_value, IntValueNode)
    }


def _int(text: str) -> int:
    """Longer ones are no Int, which another rule says."""
    return int(text[:20])
