"""How much one request may ask for: its depth, its aliases, its tokens, and a cost that counts pages within pages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from graphql import (
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
    OperationDefinitionNode,
    SelectionSetNode,
    ValidationContext,
    ValidationRule,
    VariableNode,
    get_named_type,
)
from strawberry.extensions import SchemaExtension

DEPTH = 12
ALIASES = 30
TOKENS = 2_000
COST = 15_000
"""A page of 25 orders with 50 lines of timeline of ten fields each costs about 13,000."""


class Costed(SchemaExtension):
    """Refuses a document whose worst case is too dear, with the variables it came with, before anything of it is run."""

    def on_operation(self) -> Iterator[None]:
        given = self.execution_context.variables or {}
        self.execution_context.validation_rules += (_rule(given),)
        yield


def _rule(given: Mapping[str, object]) -> type[ValidationRule]:
    """A rule is made for each request: a page is as long as its variable says, whatever the variable's default is."""

    class CostRule(ValidationRule):
        def __init__(self, context: ValidationContext) -> None:
            super().__init__(context)
            self.schema = context.schema
            self.fragments = {
                each.name.value: each
                for each in context.document.definitions
                if isinstance(each, FragmentDefinitionNode)
            }

        def enter_operation_definition(self, node: OperationDefinitionNode, *_: object) -> None:
            values = {**_defaults(node), **given}
            count = _Count(schema=self.schema, fragments=self.fragments, values=values)
            cost = count.below(node.selection_set, self.schema.get_root_type(node.operation), frozenset())
            if cost > COST:
                self.report_error(
                    GraphQLError(
                        f"This asks for up to {cost} fields at once; {COST} is the most. Ask for smaller pages.",
                        node,
                        extensions={"code": "api.too_dear"},
                    )
                )

    return CostRule


@dataclass(frozen=True, kw_only=True)
class _Count:
    schema: GraphQLSchema
    fragments: Mapping[str, FragmentDefinitionNode]
    values: Mapping[str, object]

    def below(self, selection: SelectionSetNode | None, parent: object, inside: frozenset[str]) -> int:
        """Fields asked for in the worst case; stops counting soon after the most, so a bomb costs nothing to refuse."""
        total = 0
        for node in selection.selections if selection else ():
            match node:
                case FieldNode():
                    field = _field(parent, node.name.value)
                    inner = self.below(node.selection_set, _type(field), inside)
                    total += 1 + inner * self._times(node, field)
                case InlineFragmentNode():
                    named = node.type_condition
                    there = self.schema.type_map.get(named.name.value) if named else parent
                    total += self.below(node.selection_set, there, inside)
                case FragmentSpreadNode() if (
                    node.name.value in self.fragments and node.name.value not in inside
                ):
                    spread = self.fragments[node.name.value]
                    there = self.schema.type_map.get(spread.type_condition.name.value)
                    total += self.below(spread.selection_set, there, inside | {node.name.value})
                case _:
                    pass
            if total > COST * 100:
                return total
        return total

    def _times(self, node: FieldNode, field: GraphQLField | None) -> int:
        """How many entries a field may have: its `first`, given, by variable, or as the schema says."""
        if field is None or "first" not in field.args:
            return 1
        value = field.args["first"].default_value
        for argument in node.arguments or ():
            if argument.name.value == "first":
                match argument.value:
                    case IntValueNode(value=text):
                        value = int(text)
                    case VariableNode(name=name):
                        value = self.values.get(name.value, value)
        return max(1, value) if isinstance(value, int) else 1


def _field(parent: object, name: str) -> GraphQLField | None:
    if isinstance(parent, GraphQLObjectType | GraphQLInterfaceType):
        found: GraphQLField | None = parent.fields.get(name)
        return found
    return None


def _type(field: GraphQLField | None) -> object:
    return get_named_type(field.type) if field else None


def _defaults(node: OperationDefinitionNode) -> dict[str, int]:
    return {
        each.variable.name.value: int(each.default_value.value)
        for each in node.variable_definitions or ()
        if isinstance(each.default_value, IntValueNode)
    }
