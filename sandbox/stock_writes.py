"""Mutations of stock: checked pair by pair, all or none, under a key that gives the first answer again."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from sandbox import level_views, squeezing, stock_checks
from sandbox.clock import iso, now
from sandbox.levels import Change
from sandbox.movements import Movement
from sandbox.shop import Shop
from sandbox.stock_checks import ADJUST, SET, place_of

if TYPE_CHECKING:
    from sandbox.resolve import Request

Record = dict[str, Any]
Errors = list[Record]


def set_quantities(request: Request, input: Record) -> Record:
    pairs = input["quantities"]
    stock_checks.must_compare(pairs, "InventoryQuantityInput")
    squeezing.let_happen(request, pairs)
    errors = stock_checks.set_errors(request, input)
    if errors:
        return _payload(SET, None, errors)

    def write(movement: Movement) -> None:
        for pair in pairs:
            movement.change(movement.level(*place_of(pair)), **{input["name"]: pair["quantity"]})

    return _written(request, SET, input, write)


def adjust_quantities(request: Request, input: Record) -> Record:
    changes = input["changes"]
    stock_checks.must_compare(changes, "InventoryChangeInput")
    squeezing.let_happen(request, changes)
    errors = stock_checks.adjust_errors(request, input)
    if errors:
        return _payload(ADJUST, None, errors)

    def write(movement: Movement) -> None:
        for change in changes:
            movement.add(movement.level(*place_of(change)), **{input["name"]: change["delta"]})

    return _written(request, ADJUST, input, write)


def activate(
    request: Request,
    inventoryItemId: str,
    locationId: str,
    available: int | None = None,
    onHand: int | None = None,
    **_: Any,
) -> Record:
    pair = {"inventoryItemId": inventoryItemId, "locationId": locationId}
    problem = stock_checks.refusal(request.shop, pair)
    there = None if problem else request.shop.stock.get(*place_of(pair))
    message = problem.message if problem else None
    if there and there.active and (available is not None or onHand is not None):
        message = "Not allowed to set quantities: the item is already stocked at this location."
    if message:
        error = {"__typename": "UserError", "field": ["inventoryItemId"], "message": message}
        return {"__typename": "InventoryActivatePayload", "inventoryLevel": None, "userErrors": [error]}
    movement = Movement(world=request.world, shop=request.shop, by="app", key=request.key)
    level = movement.level(*place_of(pair))
    request.shop.stock.stocked(level, active=True)
    for name, quantity in (("available", available), ("on_hand", onHand)):
        if quantity is not None:
            movement.change(level, **{name: quantity})
    movement.tell()
    shown = level_views.shown(request.shop, level)
    return {"__typename": "InventoryActivatePayload", "inventoryLevel": shown, "userErrors": []}


def group_changes(
    request: Request,
    group: Record,
    inventoryItemIds: list[str] | None = None,
    locationIds: list[str] | None = None,
    quantityNames: list[str] | None = None,
) -> list[Record]:
    shop = request.shop
    shown = (_change(shop, change) for change in group["_changes"] if change.before != change.after)
    return [
        one
        for one in shown
        if (not inventoryItemIds or (one["item"] or {}).get("id") in inventoryItemIds)
        and (not locationIds or (one["location"] or {}).get("id") in locationIds)
        and (not quantityNames or one["name"] in quantityNames)
    ]


def _change(shop: Shop, change: Change) -> Record:
    return {
        "__typename": "InventoryChange",
        "name": change.name,
        "delta": change.after - change.before,
        "quantityAfterChange": change.after,
        "ledgerDocumentUri": None,
        "item": shop.items.get(change.item),
        "location": shop.objects.get(f"gid://shopify/Location/{change.location}"),
    }


def _written(request: Request, kind: str, input: Record, write: Callable[[Movement], None]) -> Record:
    uri = input.get("referenceDocumentUri")
    movement = Movement(world=request.world, shop=request.shop, by="app", reference=uri, key=request.key)
    write(movement)
    movement.tell()
    changes = movement.changes
    if not any(change.before != change.after for change in changes):
        return _payload(kind, None, [])
    group = {
        "__typename": "InventoryAdjustmentGroup",
        "id": request.world.minter.gid("InventoryAdjustmentGroup"),
        "createdAt": iso(now()),
        "reason": input["reason"],
        "referenceDocumentUri": uri,
        "app": {"__typename": "App", "id": request.world.app.gid, "title": "Stockbridge"},
        "staffMember": None,
        "_changes": changes,
    }
    return _payload(kind, group, [])


def _payload(kind: str, group: Record | None, errors: Errors) -> Record:
    return {"__typename": f"{kind}Payload", "inventoryAdjustmentGroup": group, "userErrors": errors}
