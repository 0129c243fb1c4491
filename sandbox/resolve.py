"""How fields are answered: what a record holds is given, what is a link is followed, what is not held is refused.

A field that is simply missing from a record is an error and never a silent null.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from graphql import GraphQLError, GraphQLResolveInfo

from sandbox import mutations, queries
from sandbox.metafields import metafield, metafields
from sandbox.money import NOTHING, money_bag, read_bag, total
from sandbox.paging import page, refused
from sandbox.schema import AdminSchema
from sandbox.shop import Shop
from sandbox.world import World

Record = dict[str, Any]
Special = Callable[..., Any]
_OWNERS = ("Order", "Customer", "Product", "ProductVariant", "Location", "Shop", "AppInstallation", "Company")


@dataclass(frozen=True, kw_only=True)
class Request:
    """What a resolver may reach: the world, the shop that was asked, the schema it is asked in."""

    world: World
    shop: Shop
    admin: AdminSchema
    # What the token was granted; a scope added later reaches it only with the next token.
    scope: str
    denied: frozenset[str]


def resolve_field(source: Any, info: GraphQLResolveInfo[Any], **arguments: Any) -> Any:
    request: Request = info.context
    parent, name = info.parent_type.name, info.field_name
    kind = request.admin.returns[parent, name]
    _check_scopes(request, parent, name, kind)
    if parent == "QueryRoot":
        return _root(queries.ROOTS, "query", name)(request, **arguments)
    if parent == "Mutation":
        _check_arrays(arguments)
        _check_key(info, name)
        return _root(mutations.ROOTS, "mutation", name)(request, **arguments)
    if request.shop.withheld:
        _check_withheld(request, parent, name)
    special = _SPECIAL.get((parent, name))
    if special is not None:
        return special(request, source, **arguments)
    if name not in source:
        raise not_simulated(f"{parent}.{name}")
    value = source[name]
    if isinstance(value, list) and kind.endswith("Connection"):
        return page(value, arguments, kind=kind.removesuffix("Connection"))
    return _cut(value, arguments)


def not_simulated(what: str) -> GraphQLError:
    return GraphQLError(f"{what} is not simulated", extensions={"code": "NOT_SIMULATED"})


def _root(roots: dict[str, Special], kind: str, name: str) -> Special:
    if name not in roots:
        raise not_simulated(f"{kind} {name}")
    return roots[name]


def _cut(value: Any, arguments: dict[str, Any]) -> Any:
    """Plain lists such as `transactions(first:)` are cut, not paged."""
    if isinstance(value, list) and arguments.get("first") is not None:
        if arguments["first"] > 250:
            raise refused("`first` must be between 0 and 250", "MAX_PAGE_SIZE_EXCEEDED")
        return value[: arguments["first"]]
    return value


def _check_scopes(request: Request, parent: str, name: str, kind: str) -> None:
    closed = request.denied
    if kind.removesuffix("Connection") in closed or f"{parent}.{name}" in closed:
        raise GraphQLError(f"Access denied for {name} field.", extensions={"code": "ACCESS_DENIED"})


def _check_arrays(value: Any) -> None:
    """No input array may be longer than 250, wherever it stands."""
    if isinstance(value, list):
        if len(value) > 250:
            raise refused(
                f"The input array size of {len(value)} is greater than the maximum allowed of 250.",
                "MAX_INPUT_SIZE_EXCEEDED",
            )
        for entry in value:
            _check_arrays(entry)
    elif isinstance(value, dict):
        for entry in value.values():
            _check_arrays(entry)


def _check_key(info: GraphQLResolveInfo[Any], name: str) -> None:
    carried = {directive.name.value for node in info.field_nodes for directive in node.directives or ()}
    if name in mutations.NEED_KEY and "idempotent" not in carried:
        raise refused(f"The @idempotent directive is required for {name}.")


def _check_withheld(request: Request, parent: str, name: str) -> None:
    content = request.admin.protected.get((parent, name))
    if content in request.shop.withheld:
        raise GraphQLError(
            f"This app is not approved to use the {name} field on {parent}.",
            extensions={"code": "ACCESS_DENIED", "documentation": "protected customer data"},
        )


def _variant(request: Request, item: Record) -> Record | None:
    return request.shop.variants.get(item["_variant"] or "")


def _product(request: Request, item: Record) -> Record | None:
    variant = _variant(request, item)
    return variant["product"] if variant else None


def _discounted_total(request: Request, item: Record, withCodeDiscounts: bool = False) -> Record:
    if not withCodeDiscounts:
        own: Record = item["discountedTotalSet"]
        return own
    off = [
        read_bag(entry["allocatedAmountSet"])
        for entry in item["discountAllocations"]
        if entry["discountApplication"]["allocationMethod"] != "ACROSS"
    ]
    exchange = item["_exchange"]
    return money_bag(read_bag(item["originalTotalSet"]) - total(off or [NOTHING]), exchange)


def _inventory_item_id(request: Request, line: Record) -> str | None:
    variant = request.shop.variants.get(line["_variant"] or "")
    return variant["inventoryItem"]["id"] if variant else None


def _orders_of(request: Request, customer: Record, **arguments: Any) -> Record:
    own = [
        order
        for order in request.shop.orders.values()
        if (order["customer"] or {}).get("id") == customer["id"]
    ]
    return page(own, arguments, kind="Order", key=lambda order: order["id"])


_SPECIAL: dict[tuple[str, str], Special] = {
    ("LineItem", "variant"): _variant,
    ("LineItem", "product"): _product,
    ("LineItem", "discountedTotalSet"): _discounted_total,
    ("FulfillmentOrderLineItem", "variant"): _variant,
    ("FulfillmentOrderLineItem", "inventoryItemId"): _inventory_item_id,
    ("Customer", "orders"): _orders_of,
    **{(owner, "metafield"): metafield for owner in _OWNERS},
    **{(owner, "metafields"): metafields for owner in _OWNERS},
}
