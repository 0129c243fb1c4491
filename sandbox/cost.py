"""What a request costs, as fitted on recorded answers of real stores.

Scalar 0, object 1, money and address values 0; a connection `2 + max(1, floor(2 ln(first))) * (1 + node)` with
its edges, nodes, cursors and page info free; a mutation 10 plus its selection, the payload's direct objects free
and its user errors free. The requested cost takes the arguments, the actual one what came back.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    InlineFragmentNode,
    IntValueNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    VariableNode,
    get_named_type,
    is_leaf_type,
    is_list_type,
)
from graphql.type import GraphQLNamedType, is_non_null_type

MAX_SINGLE = 1000
_FREE = frozenset(
    {"MoneyBag", "MoneyV2", "MailingAddress", "LocationAddress", "ShopAddress", "CompanyAddress"}
)
_MUTATION_BASE = {
    "orderCapture": 20.0,
    "refundCreate": 20.0,
    "fileCreate": 20.0,
    "deliveryProfileUpdate": 100.0,
}
_EXTRA = {"stagedUploadsCreate": 1.0}
# Lists of objects that are no connections; without a size they are priced as long ones.
_BARE_LISTS = frozenset({"transactions", "refunds", "fulfillments"})
_BARE_LIST = 35.0
_COUNT = 10.0


def factor(size: int) -> int:
    return max(1, math.floor(2 * math.log(size))) if size > 0 else 0


class Pricer:
    """Prices one operation, either as asked (no data) or as answered (with data)."""

    def __init__(
        self,
        schema: GraphQLSchema,
        fragments: Mapping[str, FragmentDefinitionNode],
        variables: Mapping[str, Any],
    ) -> None:
        self._schema, self._fragments, self._variables = schema, fragments, variables

    def requested(self, operation: OperationDefinitionNode) -> float:
        return self._operation(operation, None)

    def actual(self, operation: OperationDefinitionNode, data: Mapping[str, Any] | None) -> float:
        return self._operation(operation, data or {})

    def _operation(self, operation: OperationDefinitionNode, data: Mapping[str, Any] | None) -> float:
        mutation = operation.operation is OperationType.MUTATION
        root = self._schema.mutation_type if mutation else self._schema.query_type
        assert root is not None
        cost = 0.0
        for node in self._fields(operation.selection_set, root):
            answered = None if data is None else data.get(_key(node))
            if mutation:
                cost += self._mutation(node, root, data is not None, answered)
            elif data is None or answered is not None:
                cost += self._field(node, root, answered)
        return cost

    def _mutation(self, node: FieldNode, root: GraphQLObjectType, run: bool, answered: Any) -> float:
        name = node.name.value
        cost = _MUTATION_BASE.get(name, 10.0) + _EXTRA.get(name, 0.0)
        payload = get_named_type(root.fields[name].type)
        if (
            node.selection_set is None
            or not isinstance(payload, GraphQLObjectType)
            or (run and answered is None)
        ):
            return cost
        for part in self._fields(node.selection_set, payload):
            value = answered.get(_key(part)) if run else None
            if part.name.value != "userErrors" and (not run or value is not None):
                cost += self._free_object(part, payload, value)
        return cost

    def _free_object(self, node: FieldNode, parent: GraphQLObjectType, answered: Any) -> float:
        """A payload's direct object costs nothing itself, only what is selected in it."""
        entry = parent.fields.get(node.name.value)
        if entry is None or node.selection_set is None:
            return 0.0
        named = get_named_type(entry.type)
        if named.name.endswith("Connection"):
            return self._field(node, parent, answered)
        return max(
            (self._selection(node.selection_set, named, part) for part in _each(answered)), default=0.0
        )

    def _field(self, node: FieldNode, parent: GraphQLNamedType, answered: Any) -> float:
        name = node.name.value
        entry = getattr(parent, "fields", {}).get(name)
        if entry is None or node.selection_set is None:
            return 0.0
        named = get_named_type(entry.type)
        if is_leaf_type(named):
            return 0.0
        if named.name.endswith("Connection"):
            return self._connection(node, named, answered)
        if name.endswith("Count") and named.name == "Count":
            return _COUNT
        return self._objects(node, entry.type, named, answered)

    def _objects(self, node: FieldNode, kind: Any, named: GraphQLNamedType, answered: Any) -> float:
        assert node.selection_set is not None
        own = 0.0 if named.name in _FREE else 1.0
        listed = is_list_type(kind.of_type if is_non_null_type(kind) else kind)
        if answered is not None:
            prices = [own + self._selection(node.selection_set, named, part) for part in _each(answered)]
            return sum(prices) if node.name.value == "nodes" else max(prices, default=0.0)
        each = own + self._selection(node.selection_set, named, None)
        if listed and node.name.value == "nodes":
            return each * len(self._argument(node, "ids") or [])
        if listed and node.name.value in _BARE_LISTS:
            size = self._argument(node, "first")
            return _BARE_LIST if size is None else 2 + factor(int(size)) * each
        return each

    def _connection(self, node: FieldNode, named: GraphQLNamedType, answered: Any) -> float:
        assert node.selection_set is not None
        found = list(self._node_selections(node.selection_set, named))
        if answered is None:
            size = self._argument(node, "first") or self._argument(node, "last") or 0
            selection = sum(
                self._selection(part.selection_set, kind, None)
                for part, kind, _ in found
                if part.selection_set
            )
            return 2 + factor(int(size)) * (1 + selection)
        nodes = max((len(_nodes(answered, path)) for *_, path in found), default=0)
        if not nodes:
            return 2.0
        selection = sum(
            max(self._selection(part.selection_set, kind, one) for one in _nodes(answered, path))
            for part, kind, path in found
            if part.selection_set
        )
        return 2 + factor(nodes) * (1 + selection)

    def _node_selections(
        self, selection: SelectionSetNode, named: GraphQLNamedType
    ) -> Iterator[tuple[FieldNode, GraphQLNamedType, tuple[str, ...]]]:
        """The selections on a connection's nodes, whether through `nodes` or through `edges { node }`."""
        for part in self._fields(selection, named):
            kind = _returned(named, part)
            if kind is not None and part.name.value == "nodes":
                yield part, kind, (_key(part),)
            elif kind is not None and part.name.value == "edges" and part.selection_set:
                for inner in self._fields(part.selection_set, kind):
                    node = _returned(kind, inner)
                    if node is not None and inner.name.value == "node":
                        yield inner, node, (_key(part), _key(inner))

    def _selection(self, selection: SelectionSetNode, named: GraphQLNamedType, answered: Any) -> float:
        """What is selected in one object. Of an interface or union the dearest possible type counts."""
        if answered is not None and not isinstance(answered, Mapping):
            return 0.0
        shared = [part for part in selection.selections if isinstance(part, FieldNode)]
        cost = sum(self._maybe(part, named, answered) for part in shared)
        by_type: dict[str, float] = {}
        for condition, inner in self._fragments_in(selection, named):
            kind = self._schema.type_map[condition]
            by_type[condition] = by_type.get(condition, 0.0) + self._selection(inner, kind, answered)
        if isinstance(named, (GraphQLInterfaceType, GraphQLUnionType)):
            return cost + max(by_type.values(), default=0.0)
        return cost + sum(by_type.values())

    def _maybe(self, part: FieldNode, named: GraphQLNamedType, answered: Any) -> float:
        if answered is None:
            return self._field(part, named, None)
        value = answered.get(_key(part))
        return 0.0 if value is None else self._field(part, named, value)

    def _fragments_in(
        self, selection: SelectionSetNode, named: GraphQLNamedType
    ) -> Iterator[tuple[str, SelectionSetNode]]:
        for part in selection.selections:
            if isinstance(part, InlineFragmentNode):
                yield (
                    (part.type_condition.name.value if part.type_condition else named.name),
                    part.selection_set,
                )
            elif isinstance(part, FragmentSpreadNode):
                fragment = self._fragments[part.name.value]
                yield fragment.type_condition.name.value, fragment.selection_set

    def _fields(self, selection: SelectionSetNode, named: GraphQLNamedType) -> Iterator[FieldNode]:
        """The fields of a selection, with fragments opened."""
        for part in selection.selections:
            if isinstance(part, FieldNode):
                yield part
        for _, inner in self._fragments_in(selection, named):
            yield from self._fields(inner, named)

    def _argument(self, node: FieldNode, name: str) -> Any:
        for argument in node.arguments or ():
            if argument.name.value == name:
                if isinstance(argument.value, VariableNode):
                    return self._variables.get(argument.value.name.value)
                if isinstance(argument.value, IntValueNode):
                    return int(argument.value.value)
                return list(getattr(argument.value, "values", ()))
        return None


def _returned(parent: GraphQLNamedType, node: FieldNode) -> GraphQLNamedType | None:
    entry = getattr(parent, "fields", {}).get(node.name.value)
    return get_named_type(entry.type) if entry else None


def _key(node: FieldNode) -> str:
    return node.alias.value if node.alias else node.name.value


def _each(answered: Any) -> list[Any]:
    if answered is None:
        return [None]
    return [part for part in answered if part is not None] if isinstance(answered, list) else [answered]


def _nodes(answered: Mapping[str, Any], path: tuple[str, ...]) -> list[Any]:
    values: list[Any] = answered.get(path[0]) or []
    for step in path[1:]:
        values = [value.get(step) for value in values]
    return [value for value in values if value is not None]
