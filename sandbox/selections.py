"""Selections read once for many records: what a bulk query asks of each type, with its fragments opened."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from graphql import (
    FieldNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    SelectionSetNode,
    is_abstract_type,
    value_from_ast_untyped,
)

if TYPE_CHECKING:
    from sandbox.resolve import Request


@dataclass(frozen=True, kw_only=True)
class Part:
    """One field of a selection, read once for all records."""

    key: str
    name: str
    kind: str
    arguments: dict[str, Any]
    selection: SelectionSetNode | None
    # What is selected on a connection's nodes.
    nodes: SelectionSetNode | None


class Reader:
    """The parts of selections, with fragments opened, by the type they are made on."""

    def __init__(self, request: Request, fragments: Mapping[str, Any]) -> None:
        self.request, self._fragments = request, fragments
        self._known: dict[tuple[int, str], list[Part]] = {}

    def parts(self, selection: SelectionSetNode, typename: str) -> list[Part]:
        known = self._known.get((id(selection), typename))
        if known is None:
            known = self._known[id(selection), typename] = list(self._read(selection, typename))
        return known

    def _read(self, selection: SelectionSetNode, typename: str) -> Iterator[Part]:
        for node in selection.selections:
            if isinstance(node, FieldNode):
                yield self._part(node, typename)
            elif isinstance(node, InlineFragmentNode):
                if node.type_condition is None or self._fits(node.type_condition.name.value, typename):
                    yield from self._read(node.selection_set, typename)
            elif isinstance(node, FragmentSpreadNode):
                fragment = self._fragments[node.name.value]
                if self._fits(fragment.type_condition.name.value, typename):
                    yield from self._read(fragment.selection_set, typename)

    def _fits(self, condition: str, typename: str) -> bool:
        schema = self.request.admin.schema
        wanted = schema.type_map[condition]
        own: Any = schema.type_map[typename]
        if condition == typename:
            return True
        return is_abstract_type(wanted) and schema.is_sub_type(wanted, own)

    def _part(self, node: FieldNode, typename: str) -> Part:
        name = node.name.value
        kind = "String" if name == "__typename" else self.request.admin.returns[typename, name]
        return Part(
            key=node.alias.value if node.alias else name,
            name=name,
            kind=kind,
            arguments={a.name.value: value_from_ast_untyped(a.value) for a in node.arguments or ()},
            selection=node.selection_set,
            nodes=_nodes(node.selection_set) if kind.endswith("Connection") else None,
        )


def _nodes(selection: SelectionSetNode | None) -> SelectionSetNode | None:
    for node in selection.selections if selection else ():
        if isinstance(node, FieldNode) and node.name.value == "nodes":
            return node.selection_set
        if isinstance(node, FieldNode) and node.name.value == "edges" and node.selection_set:
            for inner in node.selection_set.selections:
                if isinstance(inner, FieldNode) and inner.name.value == "node":
                    return inner.selection_set
    return None
