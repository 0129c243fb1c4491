"""How deep a document goes and how many fields it names anew: each fragment is measured once, however often it is spread."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    ValidationContext,
    ValidationRule,
)

DEPTH = 12
ALIASES = 30
_NOTHING_DEEP = "__"
"""What asks for the schema itself, whose depth graphql-core bounds."""


class Shape(NamedTuple):
    depth: int
    aliases: int


class ShapeRule(ValidationRule):
    """Refuses what is deeper, or has more aliases, than any page or tool needs."""

    def __init__(self, context: ValidationContext) -> None:
        super().__init__(context)
        named = [each for each in context.document.definitions if isinstance(each, FragmentDefinitionNode)]
        self.measure = _Measure(fragments={each.name.value: each for each in named})

    def enter_operation_definition(self, node: OperationDefinitionNode, *_: object) -> None:
        depth, aliases = self.measure.of(node.selection_set)
        if depth > DEPTH:
            self.report_error(GraphQLError(f"This goes {depth} levels deep; {DEPTH} is the most.", node))
        if aliases > ALIASES:
            self.report_error(GraphQLError(f"This has {aliases} aliases; {ALIASES} is the most.", node))


@dataclass(kw_only=True)
class _Measure:
    fragments: Mapping[str, FragmentDefinitionNode]
    known: dict[str, Shape] = field(default_factory=dict)

    def of(self, selection: SelectionSetNode | None) -> Shape:
        parts = [self._one(node) for node in selection.selections] if selection else []
        return Shape(max((part.depth for part in parts), default=0), sum(part.aliases for part in parts))

    def _one(self, node: object) -> Shape:
        match node:
            case FieldNode():
                inner = self.of(node.selection_set)
                deeper = node.selection_set is not None and not node.name.value.startswith(_NOTHING_DEEP)
                return Shape(inner.depth + 1 if deeper else 0, inner.aliases + (node.alias is not None))
            case InlineFragmentNode():
                return self.of(node.selection_set)
            case FragmentSpreadNode():
                return self._spread(node.name.value)
        return Shape(0, 0)

    def _spread(self, name: str) -> Shape:
        """Nothing for one that is missing or within itself: another rule refuses the document for that."""
        if name not in self.known:
            self.known[name] = Shape(0, 0)
            fragment = self.fragments.get(name)
            self.known[name] = self.of(fragment.selection_set if fragment else None)
        return self.known[name]
