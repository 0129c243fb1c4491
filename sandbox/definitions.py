"""Metafield definitions: created once, pinned to the page of what owns them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.metafields import definition as known
from sandbox.paging import page

if TYPE_CHECKING:
    from sandbox.resolve import Request

Record = dict[str, Any]


def create(request: Request, definition: Record) -> Record:
    wanted = definition
    namespace = request.world.app.reserved(wanted.get("namespace") or "$app")
    if known(request, wanted["ownerType"], namespace, wanted["key"]):
        message = (
            f"Key is in use for {wanted['ownerType'].title()} metafields on the '{namespace}' namespace."
        )
        return _created(
            None, [_error("MetafieldDefinitionCreateUserError", "TAKEN", message, ["definition", "key"])]
        )
    made: Record = {
        "__typename": "MetafieldDefinition",
        "id": request.world.minter.gid("MetafieldDefinition"),
        "name": wanted["name"],
        "namespace": namespace,
        "key": wanted["key"],
        "description": wanted.get("description"),
        "ownerType": wanted["ownerType"],
        "type": {"__typename": "MetafieldDefinitionType", "name": wanted["type"], "category": "TEXT"},
        "validations": [],
        "validationStatus": "ALL_VALID",
        "pinnedPosition": None,
        "access": {
            "__typename": "MetafieldAccess",
            "admin": (wanted.get("access") or {}).get("admin"),
            "storefront": "NONE",
        },
        "capabilities": {
            "__typename": "MetafieldCapabilities",
            "uniqueValues": {
                "__typename": "MetafieldCapabilityUniqueValues",
                "enabled": wanted["type"] == "id",
                "eligible": wanted["type"] == "id",
            },
        },
        "useAsCollectionCondition": False,
        "standardTemplate": None,
    }
    request.shop.definitions.append(made)
    request.shop.objects[made["id"]] = made
    if wanted.get("pin"):
        _pin(request, made)
    return _created(made, [])


def _created(made: Record | None, errors: list[Record]) -> Record:
    return {"__typename": "MetafieldDefinitionCreatePayload", "createdDefinition": made, "userErrors": errors}


def _error(kind: str, code: str, message: str, path: list[str]) -> Record:
    return {"__typename": kind, "code": code, "message": message, "field": path}


def _pin(request: Request, made: Record) -> None:
    taken = [
        d["pinnedPosition"] or 0 for d in request.shop.definitions if d["ownerType"] == made["ownerType"]
    ]
    made["pinnedPosition"] = max(taken, default=0) + 1


def pin(request: Request, definitionId: str | None = None, identifier: Record | None = None) -> Record:
    made = _named(request, definitionId, identifier)
    if made is None:
        error = _error(
            "MetafieldDefinitionPinUserError", "NOT_FOUND", "Definition not found.", ["definitionId"]
        )
        return {
            "__typename": "MetafieldDefinitionPinPayload",
            "pinnedDefinition": None,
            "userErrors": [error],
        }
    if made["pinnedPosition"] is not None:
        error = _error(
            "MetafieldDefinitionPinUserError",
            "ALREADY_PINNED",
            "Definition already pinned.",
            ["definitionId"],
        )
        return {
            "__typename": "MetafieldDefinitionPinPayload",
            "pinnedDefinition": None,
            "userErrors": [error],
        }
    _pin(request, made)
    return {"__typename": "MetafieldDefinitionPinPayload", "pinnedDefinition": made, "userErrors": []}


def _named(request: Request, gid: str | None, identifier: Record | None) -> Record | None:
    if gid:
        return next((d for d in request.shop.definitions if d["id"] == gid), None)
    if not identifier:
        return None
    namespace = request.world.app.reserved(identifier.get("namespace") or "$app")
    return known(request, identifier["ownerType"], namespace, identifier["key"])


def one(request: Request, id: str | None = None, identifier: Record | None = None) -> Record | None:
    return _named(request, id, identifier)


def many(
    request: Request,
    ownerType: str,
    namespace: str | None = None,
    key: str | None = None,
    pinnedStatus: str = "ANY",
    **arguments: Any,
) -> Record:
    wanted = request.world.app.reserved(namespace) if namespace else None
    chosen = [
        found
        for found in request.shop.definitions
        if found["ownerType"] == ownerType
        and wanted in (None, found["namespace"])
        and key in (None, found["key"])
        and (pinnedStatus == "ANY" or (pinnedStatus == "PINNED") == (found["pinnedPosition"] is not None))
    ]
    return page(chosen, arguments, kind="MetafieldDefinition", key=lambda found: found["id"])
