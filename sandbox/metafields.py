"""Metafields and their definitions: at most 25 per call, all or none, compared by digest, `$app:` the app's own."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from sandbox import echoes
from sandbox.access import may_write
from sandbox.clock import iso, now
from sandbox.gids import kind_of, number_of
from sandbox.paging import page

if TYPE_CHECKING:
    from sandbox.resolve import Request

Record = dict[str, Any]
MAX_PER_CALL = 25
_OWNER_TYPES = {
    "Order": "ORDER", "Customer": "CUSTOMER", "Product": "PRODUCT", "ProductVariant": "PRODUCTVARIANT",
    "Location": "LOCATION", "Shop": "SHOP", "AppInstallation": "API_PERMISSION", "Company": "COMPANY",
}  # fmt: skip
_NUMBERS = {"number_integer": int, "number_decimal": float}


def digest(value: str) -> str:
    return hashlib.sha256(value.encode()).hexdigest()


def metafield(request: Request, owner: Record, key: str, namespace: str | None = None) -> Record | None:
    wanted = request.world.app.reserved(namespace or "$app")
    if namespace is None and "." in key:
        wanted, key = request.world.app.reserved(key.rsplit(".", 1)[0]), key.rsplit(".", 1)[1]
    return _find(owner, wanted, key)


def metafields(
    request: Request,
    owner: Record,
    namespace: str | None = None,
    keys: list[str] | None = None,
    **arguments: Any,
) -> Record:
    wanted = request.world.app.reserved(namespace) if namespace else None
    chosen = [m for m in owner.setdefault("metafields", []) if wanted in (None, m["namespace"])]
    if keys:
        named = {
            request.world.app.reserved(key.rsplit(".", 1)[0]) + "." + key.rsplit(".", 1)[1]
            for key in keys
            if "." in key
        }
        chosen = [m for m in chosen if f"{m['namespace']}.{m['key']}" in named]
    return page(chosen, arguments, kind="Metafield", key=lambda m: m["id"])


def metafields_set(request: Request, metafields: list[Record]) -> Record:
    """Check everything first; one error and nothing is written."""
    if len(metafields) > MAX_PER_CALL:
        message = f"Exceeded the maximum metafields input limit of {MAX_PER_CALL}."
        return _payload(None, [_error(None, "LESS_THAN_OR_EQUAL_TO", message, ["metafields"])])
    errors = [error for i, wanted in enumerate(metafields) if (error := _refusal(request, i, wanted))]
    if errors:
        return _payload(None, errors)
    written = [write(request, wanted) for wanted in metafields]
    for gid in dict.fromkeys(wanted["ownerId"] for wanted in metafields):
        echoes.updated(request.world, request.shop, _owner(request, gid))
    return _payload(written, [])


def _payload(written: list[Record] | None, errors: list[Record]) -> Record:
    return {"__typename": "MetafieldsSetPayload", "metafields": written, "userErrors": errors}


def _error(index: int | None, code: str, message: str, path: list[str] | None = None) -> Record:
    return {
        "__typename": "MetafieldsSetUserError",
        "code": code,
        "elementIndex": index,
        "field": path or ["metafields", str(index)],
        "message": message,
    }


def _refusal(request: Request, index: int, wanted: Record) -> Record | None:
    owner = _owner(request, wanted["ownerId"])
    if owner is None:
        return _error(index, "INVALID", "Owner does not exist.", ["metafields", str(index), "ownerId"])
    if not may_write(request.scope, owner["__typename"]):
        return _error(index, "APP_NOT_AUTHORIZED", "Access denied: the app may not write to this owner.")
    namespace = request.world.app.reserved(wanted.get("namespace") or "$app")
    kind = _type(request, owner, namespace, wanted)
    if kind is None:
        return _error(index, "BLANK", "Type can't be blank", ["metafields", str(index), "type"])
    if not _fits(kind, wanted["value"]):
        return _error(index, "INVALID_VALUE", f"Value is no {kind}.", ["metafields", str(index), "value"])
    if kind == "id":
        other = taken_by(request, owner["__typename"], namespace, wanted["key"], wanted["value"])
        if other is not None and other is not owner:
            return _error(index, "TAKEN", "Value has already been taken", ["metafields", str(index), "value"])
    if "compareDigest" in wanted:
        there = _find(owner, namespace, wanted["key"])
        if (there["compareDigest"] if there else None) != wanted["compareDigest"]:
            return _error(index, "STALE_OBJECT", "The resource has been updated since it was loaded.")
    return None


def _type(request: Request, owner: Record, namespace: str, wanted: Record) -> str | None:
    if wanted.get("type"):
        return str(wanted["type"])
    defined = definition(request, _OWNER_TYPES[owner["__typename"]], namespace, wanted["key"])
    there = _find(owner, namespace, wanted["key"])
    if defined:
        return str(defined["type"]["name"])
    return str(there["type"]) if there else None


def _fits(kind: str, value: str) -> bool:
    try:
        if kind == "json":
            json.loads(value)
        elif kind in _NUMBERS:
            _NUMBERS[kind](value)
    except ValueError:
        return False
    return value != "" and not (kind == "single_line_text_field" and "\n" in value)


def taken_by(request: Request, typename: str, namespace: str, key: str, value: str) -> Record | None:
    """Who has a value that only one may have; whoever has it no more has let it go."""
    gid = request.shop.unique.get((typename, namespace, key, value))
    owner = request.shop.objects.get(gid or "")
    there = _find(owner, namespace, key) if owner else None
    return owner if there and there["value"] == value else None


def write(request: Request, wanted: Record) -> Record:
    owner = _owner(request, wanted["ownerId"])
    assert owner is not None
    return put_field(request, owner, wanted)


def put_field(request: Request, owner: Record, wanted: Record) -> Record:
    """One field of an owner, as it stands in any mutation's input; checked before."""
    at = iso(now())
    namespace = request.world.app.reserved(wanted.get("namespace") or "$app")
    kind = _type(request, owner, namespace, wanted)
    found = _find(owner, namespace, wanted["key"])
    if found is None:
        gid = request.world.minter.gid("Metafield")
        found = {
            "__typename": "Metafield",
            "id": gid,
            "legacyResourceId": str(number_of(gid)),
            "createdAt": at,
        }
        owner.setdefault("metafields", []).append(found)
        request.shop.objects[gid] = found
    owner_type = _OWNER_TYPES[owner["__typename"]]
    found |= {
        "namespace": namespace,
        "key": wanted["key"],
        "type": kind,
        "value": wanted["value"],
        "jsonValue": json.loads(wanted["value"]) if kind == "json" else wanted["value"],
        "compareDigest": digest(wanted["value"]),
        "sizeInBytes": len(wanted["value"].encode()),
        "owner": owner,
        "ownerType": owner_type,
        "definition": definition(request, owner_type, namespace, wanted["key"]),
        "reference": None,
        "updatedAt": at,
    }
    if kind == "id":
        request.shop.unique[owner["__typename"], namespace, wanted["key"], wanted["value"]] = owner["id"]
    return found


def _owner(request: Request, gid: str) -> Record | None:
    found = request.shop.objects.get(gid)
    return found if found and kind_of(gid) in _OWNER_TYPES else None


def _find(owner: Record, namespace: str, key: str) -> Record | None:
    for found in owner.get("metafields", ()):
        if found["namespace"] == namespace and found["key"] == key:
            return found  # type: ignore[no-any-return]
    return None


def definition(request: Request, owner_type: str, namespace: str, key: str) -> Record | None:
    for found in request.shop.definitions:
        if (found["ownerType"], found["namespace"], found["key"]) == (owner_type, namespace, key):
            return found
    return None
