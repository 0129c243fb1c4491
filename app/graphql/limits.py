"""How much one request may ask for: its depth, its aliases, its tokens, and a cost that counts pages within pages."""

from __future__ import annotations

from collections.abc import Mapping

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    InlineFragmentNode,
    IntValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    ValidationContext,
    ValidationRule,
    VariableNode,
)

DEPTH = 12
ALIASES = 30
TOKENS = 2_000
COST = 5_000
"""A page of 50 with its connection and 20 lines of timeline each costs about 3,000."""
DEFAULT_PAGE = 25


class CostRule(ValidationRule):
    """Refuses a document whose worst case is too dear, before anything of it is run."""

    def __init__(self, context: ValidationContext) -> None:
        super().__init__(context)
        self.fragments = {
            each.name.value: each
            for each in context.document.definitions
            if isinstance(each, FragmentDefinitionNode)
        }

    def enter_operation_definition(self, node: OperationDefinitionNode, *_: object) -> None:
        cost = _cost(node.selection_set, self.fragments, _defaults(node), frozenset(), COST)
        if cost > COST:
            self.report_error(
                GraphQLError(
                    f"This asks for up to {cost} fields at once; {COST} is the most. Ask for smaller pages.",
                    node,
                    extensions={"code": "api.too_dear"},
                )
            )


def _cost(
    selection: SelectionSetNode | None,
    fragments: Mapping[str, FragmentDefinitionNode],
    defaults: Mapping[str, int],
    inside: frozenset[str],
    most: int,
) -> int:
    """Fields asked for in the worst case; stops counting soon after `most`, so a bomb costs nothing to refuse."""
    total = 0
    for node in selection.selections if selection else ():
        match node:
            case FieldNode():
                below = _cost(node.selection_set, fragments, defaults, inside, most)
                total += 1 + below * _times(node, defaults)
            case InlineFragmentNode():
                total += _cost(node.selection_set, fragments, defaults, inside, most)
            case FragmentSpreadNode() if node.name.value in fragments and node.name.value not in inside:
                there = fragments[node.name.value]
                total += _cost(there.selection_set, fragments, defaults, inside | {node.name.value}, most)
            case _:
                pass
        if total > most * 100:
            return total
    return total


def _times(node: FieldNode, defaults: Mapping[str, int]) -> int:
    """How many entries a field may have: its `first`; a variable counts as a full page unless it has a default."""
    for argument in node.arguments or ():
        if argument.name.value == "first":
            if isinstance(argument.value, IntValueNode):
                return max(1, int(argument.value.value))
            if isinstance(argument.value, VariableNode):
                return defaults.get(argument.value.name.value, DEFAULT_PAGE)
    return 1


def _defaults(node: OperationDefinitionNode) -> dict[str, int]:
    return {
        each.variable.name.value: max(1, int(each.default_value.value))
        for each in node.variable_definitions or ()
        if isinstance(each.default_value, IntValueNode)
    }
