"""Mutations under an idempotency key: run once, the first answer again, or the refusal the platform names."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from graphql import (
    FieldNode,
    GraphQLResolveInfo,
    OperationDefinitionNode,
    StringValueNode,
    VariableNode,
    get_directive_values,
    get_named_type,
)

from sandbox.idempotency import WORDS
from sandbox.paging import refused

if TYPE_CHECKING:
    from sandbox.resolve import Request

Record = dict[str, Any]
# Since 2026-04 these must carry `@idempotent(key:)`, which no schema can say.
NEED_KEY = frozenset({
    "inventoryActivate", "inventoryAdjustQuantities", "inventoryMoveQuantities", "inventorySetQuantities",
    "inventorySetOnHandQuantities", "inventoryShipmentCreate", "inventoryShipmentCreateInTransit",
    "inventoryShipmentAddItems", "inventoryShipmentReceive", "inventoryTransferCreate",
    "inventoryTransferCreateAsReadyToShip", "inventoryTransferDuplicate", "inventoryTransferSetItems",
    "locationActivate", "locationDeactivate", "refundCreate",
})  # fmt: skip


def keyed(
    request: Request,
    info: GraphQLResolveInfo[Any],
    work: Callable[..., Any],
    arguments: Mapping[str, Any],
) -> Any:
    """Run a mutation; what carries a key is remembered under it, what needs one is refused without."""
    key = _key(info)
    if key is None:
        if info.field_name in NEED_KEY:
            raise refused(f"The @idempotent directive is required for {info.field_name}.")
        return work(request, **arguments)
    if not key.strip():
        raise refused("The idempotency key can't be blank.")
    keys = request.shop.keys
    known = keys.known(key, info.field_name, arguments, request.holds)
    if isinstance(known, str):
        return _refused(info, known)
    if known is not None:
        return known
    if request.breaks:
        keys.note(key, info.field_name, arguments, None)
        raise refused("Internal error. Looks like something went wrong on our end.", "INTERNAL_SERVER_ERROR")
    answer = work(replace(request, key=key), **arguments)
    keys.note(key, info.field_name, arguments, None if answer["userErrors"] else answer)
    return answer


def carried(operation: OperationDefinitionNode, variables: Mapping[str, Any]) -> frozenset[str]:
    """The keys on an operation's own fields, before it runs."""
    found = set()
    for node in operation.selection_set.selections:
        for directive in (node.directives or ()) if isinstance(node, FieldNode) else ():
            for argument in (directive.arguments or ()) if directive.name.value == "idempotent" else ():
                if isinstance(argument.value, VariableNode):
                    found.add(variables.get(argument.value.name.value))
                elif isinstance(argument.value, StringValueNode):
                    found.add(argument.value.value)
    return frozenset(key for key in found if isinstance(key, str))


def _key(info: GraphQLResolveInfo[Any]) -> str | None:
    directive = info.schema.get_directive("idempotent")
    if directive is None:
        return None
    for node in info.field_nodes:
        values = get_directive_values(directive, node, info.variable_values)
        if values is not None:
            return str(values["key"])
    return None


def _refused(info: GraphQLResolveInfo[Any], code: str) -> Record:
    payload: Any = get_named_type(info.parent_type.fields[info.field_name].type)
    kind = get_named_type(payload.fields["userErrors"].type).name
    error = {"__typename": kind, "code": code, "message": WORDS[code], "field": None}
    nothing = dict.fromkeys(payload.fields)
    return nothing | {"__typename": payload.name, "userErrors": [error]}
