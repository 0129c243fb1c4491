"""Why a write of stock is refused: the call's frame, then each pair, as the errors of the real platform name it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sandbox.gids import kind_of, number_of
from sandbox.levels import HELD
from sandbox.paging import refused
from sandbox.shop import Shop

if TYPE_CHECKING:
    from sandbox.resolve import Request

Record = dict[str, Any]
Errors = list[Record]
At = tuple[str | int, ...]
SET, ADJUST = "InventorySetQuantities", "InventoryAdjustQuantities"
MOST_SET, MOST_ADJUSTED = 1_000_000_000, 2_000_000_000
REASONS = frozenset({
    "correction", "cycle_count_available", "damaged", "movement_canceled", "movement_created", "movement_received",
    "movement_updated", "other", "promotion", "quality_control", "received", "reservation_created",
    "reservation_deleted", "reservation_updated", "restock", "safety_stock", "shrinkage",
})  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """Why one pair can't be written. `part` is what of the pair is to blame; without one the pair is not named."""

    code: str
    message: str
    part: str | None


def place_of(pair: Record) -> tuple[int, int]:
    return number_of(pair["inventoryItemId"]), number_of(pair["locationId"])


def must_compare(pairs: list[Record], kind: str) -> None:
    """Null means: no comparing; leaving it out has been an error of the whole call since 2026-04."""
    if any("changeFromQuantity" not in pair for pair in pairs):
        raise refused(
            f"{kind} must include the following argument: changeFromQuantity.", "INVALID_FIELD_ARGUMENTS"
        )


def set_errors(request: Request, input: Record) -> Errors:
    errors = list(_frame(SET, input, "INVALID_NAME", ("available", "on_hand")))
    for index, pair in enumerate(input["quantities"]):
        errors += _pair(request, SET, input["name"], ("quantities", index), pair)
        errors += _range(pair["quantity"], ("quantities", index))
    return errors + list(_doubles(input["quantities"]))


def adjust_errors(request: Request, input: Record) -> Errors:
    errors = list(_frame(ADJUST, input, "INVALID_QUANTITY_NAME", HELD))
    for index, change in enumerate(input["changes"]):
        errors += _pair(request, ADJUST, input["name"], ("changes", index), change)
        errors += _delta(change, input["name"], ("changes", index))
    return errors


def refusal(shop: Shop, pair: Record) -> Refusal | None:
    item, place = shop.objects.get(pair["inventoryItemId"]), shop.objects.get(pair["locationId"])
    if item is None or kind_of(pair["inventoryItemId"]) != "InventoryItem":
        message = "The specified inventory item could not be found."
        return Refusal(code="INVALID_INVENTORY_ITEM", message=message, part="inventoryItemId")
    if place is None or kind_of(pair["locationId"]) != "Location" or not place["isActive"]:
        message = "The specified location could not be found."
        return Refusal(code="INVALID_LOCATION", message=message, part="locationId")
    poison = _poison(shop, pair)
    if poison or any(variant["requiresComponents"] for variant in item["variants"]):
        known = poison or {"code": "NON_MUTABLE_INVENTORY_ITEM"}
        message = "The specified inventory item is not allowed to be adjusted via API."
        part = None if known.get("nameless") else "inventoryItemId"
        return Refusal(code=known["code"], message=message, part=part)
    return None


def _poison(shop: Shop, pair: Record) -> Record | None:
    poisoned, place = shop.stock.poisoned, place_of(pair)
    return (poisoned.get(place) or poisoned.get(place[0])) if poisoned else None


def _error(kind: str, code: str, message: str, *path: str | int) -> Record:
    field = ["input", *map(str, path)] if path else None
    return {"__typename": f"{kind}UserError", "code": code, "message": message, "field": field}


def _frame(kind: str, input: Record, bad_name: str, names: tuple[str, ...]) -> Iterator[Record]:
    if input["name"] not in names:
        yield _error(kind, bad_name, "The specified quantity name is invalid.", "name")
    if input["reason"] not in REASONS:
        yield _error(kind, "INVALID_REASON", "The specified reason is invalid.", "reason")
    uri = input.get("referenceDocumentUri")
    if uri is not None and "://" not in uri:
        message = "The specified reference document is not a valid URI."
        yield _error(kind, "INVALID_REFERENCE_DOCUMENT", message, "referenceDocumentUri")


def _pair(request: Request, kind: str, name: str, at: At, pair: Record) -> Iterator[Record]:
    why = refusal(request.shop, pair)
    if why:
        yield _error(kind, why.code, why.message, *((*at, why.part) if why.part else ()))
        return
    level = request.shop.stock.get(*place_of(pair))
    # Until 2026-07 an item had to be stocked at a location first; since then any location may be written.
    if request.admin.version < "2026-10" and (level is None or not level.active):
        message = "The specified inventory item is not stocked at the location."
        yield _error(kind, "ITEM_NOT_STOCKED_AT_LOCATION", message, *at, "locationId")
    expected = pair["changeFromQuantity"]
    known = name in (("available", "on_hand") if kind == SET else HELD)
    if known and expected not in (None, level.quantity(name) if level else 0):
        message = "The changeFromQuantity argument no longer matches the persisted quantity."
        yield _error(kind, "CHANGE_FROM_QUANTITY_STALE", message, *at, "changeFromQuantity")


def _range(quantity: int, at: At) -> Iterator[Record]:
    if quantity > MOST_SET:
        message = f"The quantity can't be higher than {MOST_SET:,}."
        yield _error(SET, "INVALID_QUANTITY_TOO_HIGH", message, *at, "quantity")
    elif quantity < -MOST_SET:
        message = f"The quantity can't be lower than -{MOST_SET:,}."
        yield _error(SET, "INVALID_QUANTITY_TOO_LOW", message, *at, "quantity")
    elif quantity < 0:
        yield _error(SET, "INVALID_QUANTITY_NEGATIVE", "The quantity can't be negative.", *at, "quantity")


def _delta(change: Record, name: str, at: At) -> Iterator[Record]:
    if abs(change["delta"]) > MOST_ADJUSTED:
        code = "INVALID_QUANTITY_TOO_HIGH" if change["delta"] > 0 else "INVALID_QUANTITY_TOO_LOW"
        yield _error(ADJUST, code, "The quantity is out of range.", *at, "delta")
    documented = change.get("ledgerDocumentUri") is not None
    if documented == (name == "available"):
        code = "INVALID_AVAILABLE_DOCUMENT" if documented else "INVALID_QUANTITY_DOCUMENT"
        message = "A ledger document belongs to every name but available."
        yield _error(ADJUST, code, message, *at, "ledgerDocumentUri")


def _doubles(pairs: list[Record]) -> Iterator[Record]:
    seen: set[tuple[str, str]] = set()
    for index, pair in enumerate(pairs):
        place = (pair["inventoryItemId"], pair["locationId"])
        if place in seen:
            message = "The combination of inventoryItemId and locationId must be unique."
            code = "NO_DUPLICATE_INVENTORY_ITEM_ID_GROUP_ID_PAIR"
            yield _error(SET, code, message, "quantities", index, "locationId")
        seen.add(place)
