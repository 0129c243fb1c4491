"""How fields are answered: what a record holds is given, what is a link is followed, what is not held is refused.

A field that is simply missing from a record is an error and never a silent null.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from graphql import GraphQLError, GraphQLResolveInfo

from sandbox import (
    fulfillment_acts,
    level_views,
    mutations,
    price_views,
    queries,
    stock_writes,
    variant_writes,
)
from sandbox.keyed import keyed
from sandbox.metafields import metafield, metafields
from sandbox.money import NOTHING, money_bag, read_bag, total
from sandbox.paging import page, refused
from sandbox.schema import AdminSchema
from sandbox.shop import Shop
from sandbox.world import World

if TYPE_CHECKING:
    from sandbox.documents import Documents

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
    # Where this world was reached, for the addresses it hands out.
    address: str = ""
    documents: Documents | None = None
    # Idempotency keys this request works on, and the one of the mutation that runs at the moment.
    holds: frozenset[str] = frozenset()
    key: str | None = None
    # Ordered by a fault: whatever carries a key breaks down before anything is written.
    breaks: bool = False

    def held(self, source: Record, parent: str, name: str, arguments: dict[str, Any]) -> Any:
        return held(self, source, parent, name, arguments)


def resolve_field(source: Any, info: GraphQLResolveInfo[Any], **arguments: Any) -> Any:
    request: Request = info.context
    parent, name = info.parent_type.name, info.field_name
    kind = request.admin.returns[parent, name]
    _check_scopes(request, parent, name, kind)
    if parent == "QueryRoot":
        return _root(queries.ROOTS, "query", name)(request, **arguments)
    if parent == "Mutation":
        _check_arrays(arguments)
        return keyed(request, info, _root(mutations.ROOTS, "mutation", name), arguments)
    if request.shop.withheld:
        _check_withheld(request, parent, name)
    value = held(request, source, parent, name, arguments)
    if (parent, name) in _SPECIAL:
        return value
    if isinstance(value, list) and kind.endswith("Connection"):
        return page(value, arguments, kind=kind.removesuffix("Connection"))
    return _cut(value, arguments)


def held(request: Request, source: Record, parent: str, name: str, arguments: dict[str, Any]) -> Any:
    """What a record has for a field, worked out or plain."""
    special = _SPECIAL.get((parent, name))
    if special is not None:
        return special(request, source, **arguments)
    if name not in source:
        raise not_simulated(f"{parent}.{name}")
    return source[name]


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


def _parts_of(
    request: Request, order: Record, query: str | None = None, displayable: bool = False, **arguments: Any
) -> Record:
    """Those that the app's scopes let it see."""
    if query:
        raise not_simulated("Order.fulfillmentOrders(query:)")
    seen = [part for part in order["fulfillmentOrders"] if fulfillment_acts.may_see(request, part)]
    return page(seen, arguments, kind="FulfillmentOrder")


def _plainly(name: str) -> Special:
    """A list that can be narrowed at Shopify and is only given whole here."""

    def listed(request: Request, source: Record, **arguments: Any) -> Record:
        narrowed = [given for given in ("query", "processingStatus") if arguments.get(given)]
        if narrowed:
            raise not_simulated(f"{source['__typename']}.{name}({narrowed[0]}:)")
        return page(source[name], arguments, kind=_KINDS[name])

    return listed


_KINDS = {
    "returns": "Return",
    "returnLineItems": "ReturnLineItemType",
    "exchangeLineItems": "ExchangeLineItem",
}
_SPECIAL: dict[tuple[str, str], Special] = {
    ("LineItem", "variant"): _variant,
    ("Order", "fulfillmentOrders"): _parts_of,
    ("Order", "returns"): _plainly("returns"),
    ("Return", "returnLineItems"): _plainly("returnLineItems"),
    ("Return", "exchangeLineItems"): _plainly("exchangeLineItems"),
    ("LineItem", "product"): _product,
    ("LineItem", "discountedTotalSet"): _discounted_total,
    ("FulfillmentOrderLineItem", "variant"): _variant,
    ("FulfillmentOrderLineItem", "inventoryItemId"): _inventory_item_id,
    ("Customer", "orders"): _orders_of,
    ("InventoryItem", "inventoryLevels"): level_views.of_item,
    ("InventoryItem", "inventoryLevel"): level_views.level_of_item,
    ("InventoryItem", "duplicateSkuCount"): level_views.duplicates,
    ("Location", "inventoryLevels"): level_views.of_location,
    ("Location", "inventoryLevel"): level_views.level_of_location,
    ("InventoryLevel", "quantities"): level_views.quantities,
    ("InventoryAdjustmentGroup", "changes"): stock_writes.group_changes,
    ("ProductVariant", "inventoryQuantity"): level_views.variant_quantity,
    ("ProductVariant", "sellableOnlineQuantity"): level_views.variant_quantity,
    ("ProductVariant", "productVariantComponents"): level_views.components,
    ("PriceList", "prices"): price_views.prices,
    ("PriceList", "fixedPricesCount"): price_views.count,
    ("Product", "totalInventory"): level_views.product_quantity,
    ("Product", "options"): variant_writes.options,
    ("InventoryItem", "measurement"): variant_writes.measurement,
    **{(owner, "metafield"): metafield for owner in _OWNERS},
    **{(owner, "metafields"): metafields for owner in _OWNERS},
}
