"""The mutations that are simulated; every other one answers NOT_SIMULATED."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from sandbox import (
    bulk,
    customers,
    definitions,
    echoes,
    fulfillment_mutations,
    price_writes,
    product_writes,
    staged_uploads,
    stock_writes,
    variant_writes,
)
from sandbox.access import may_write
from sandbox.metafields import metafields_set
from sandbox.paging import refused

if TYPE_CHECKING:
    from sandbox.resolve import Request

Record = dict[str, Any]
_TAGGED = ("Order", "Customer", "Product")


def tags_add(request: Request, id: str, tags: list[str]) -> Record:
    return _retag(request, id, "TagsAddPayload", lambda old: old | set(_split(tags)))


def tags_remove(request: Request, id: str, tags: list[str]) -> Record:
    return _retag(request, id, "TagsRemovePayload", lambda old: old - set(_split(tags)))


def _retag(request: Request, gid: str, kind: str, change: Callable[[set[str]], set[str]]) -> Record:
    node = request.shop.objects.get(gid)
    if node is None or node["__typename"] not in _TAGGED:
        error = {"__typename": "UserError", "field": ["id"], "message": "Resource not found"}
        return {"__typename": kind, "node": None, "userErrors": [error]}
    if not may_write(request.scope, node["__typename"]):
        raise refused("Access denied for tags: the app may not write to this object.", "ACCESS_DENIED")
    tags = sorted(change(set(node["tags"])))
    if tags != node["tags"]:
        node["tags"] = tags
        echoes.updated(request.world, request.shop, node)
    return {"__typename": kind, "node": node, "userErrors": []}


def _split(tags: list[str]) -> list[str]:
    return [part.strip() for tag in tags for part in tag.split(",") if part.strip()]


ROOTS: dict[str, Callable[..., Any]] = {
    "metafieldsSet": metafields_set,
    "metafieldDefinitionCreate": definitions.create,
    "metafieldDefinitionPin": definitions.pin,
    "productVariantsBulkUpdate": price_writes.update_variants,
    "priceListFixedPricesAdd": price_writes.add_fixed,
    "productCreate": product_writes.create,
    "productUpdate": product_writes.update,
    "productVariantsBulkCreate": variant_writes.create,
    "inventorySetQuantities": stock_writes.set_quantities,
    "inventoryAdjustQuantities": stock_writes.adjust_quantities,
    "inventoryActivate": stock_writes.activate,
    "stagedUploadsCreate": staged_uploads.create,
    "bulkOperationRunMutation": bulk.run_mutation,
    "bulkOperationRunQuery": bulk.run_query,
    "bulkOperationCancel": bulk.cancel,
    "fulfillmentCreate": fulfillment_mutations.create,
    "fulfillmentTrackingInfoUpdate": fulfillment_mutations.track,
    "fulfillmentCancel": fulfillment_mutations.cancel,
    "customerCreate": customers.create,
    "customerUpdate": customers.update,
    "customerAddressCreate": customers.address_create,
    "customerAddressUpdate": customers.address_update,
    "tagsAdd": tags_add,
    "tagsRemove": tags_remove,
}
