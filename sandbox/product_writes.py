"""Mutations of products: made with a first variant, changed in what is named, found by a value that only one may have."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from sandbox import echoes
from sandbox.access import may_write
from sandbox.clock import iso, now
from sandbox.gids import number_of
from sandbox.metafields import definition, put_field, taken_by
from sandbox.paging import refused
from sandbox.shop import Shop

if TYPE_CHECKING:
    from sandbox.resolve import Request

Record = dict[str, Any]
_LONGEST_TITLE = 255
_MOST_TAGS = 250
_NAMED = {
    "title": "title",
    "descriptionHtml": "descriptionHtml",
    "productType": "productType",
    "vendor": "vendor",
    "status": "status",
    "tags": "tags",
}
_BESIDES = frozenset({"id", "metafields", "productOptions", "deleteConflictingConstrainedMetafields"})


def by_identifier(request: Request, identifier: Record) -> Record | None:
    """One of id, handle and custom id; a custom id needs its definition of type `id`."""
    shop = request.shop
    if identifier.get("id"):
        return shop.products.get(identifier["id"])
    if identifier.get("handle"):
        return next((p for p in shop.products.values() if p["handle"] == identifier["handle"]), None)
    wanted = identifier["customId"]
    namespace = request.world.app.reserved(wanted.get("namespace") or "$app")
    defined = definition(request, "PRODUCT", namespace, wanted["key"])
    if defined is None or defined["type"]["name"] != "id":
        raise refused("Metafield definition of type 'id' is required when using custom ids.")
    found = taken_by(request, "Product", namespace, wanted["key"], wanted["value"])
    return shop.products.get(found["id"]) if found else None


def create(request: Request, product: Record | None = None, **rest: Any) -> Record:
    _may_write(request)
    wanted = _whole("productCreate", product, rest)
    errors = _problems(request, wanted, None)
    options = wanted.get("productOptions") or []
    errors += [
        _error(["product", "productOptions", str(i), "values"], "Option values can't be blank")
        for i, option in enumerate(options)
        if not option.get("values")
    ]
    if not (wanted.get("title") or "").strip():
        errors.append(_error(["product", "title"], "Title can't be blank"))
    if errors:
        return _payload("ProductCreatePayload", None, errors)
    at = iso(now())
    made = request.shop.add_product(_described(wanted), request.world.minter, at)
    made["handle"] = _handle(request.shop, made)
    made["hasOnlyDefaultVariant"] = not options
    if options:
        made["variants"][0]["selectedOptions"] = [
            {"__typename": "SelectedOption", "name": o["name"], "value": o["values"][0]["name"]}
            for o in options
        ]
        made["variants"][0]["title"] = " / ".join(o["values"][0]["name"] for o in options)
    made["variants"][0]["inventoryItem"]["tracked"] = False
    _change(request, made, wanted)
    echoes.products_made(request.world, request.shop, [made])
    return _payload("ProductCreatePayload", made, [])


def update(request: Request, product: Record | None = None, **rest: Any) -> Record:
    """What is not named stays as it is; a list of tags that is named is the whole list."""
    _may_write(request)
    wanted = _whole("productUpdate", product, rest)
    found = request.shop.products.get(wanted.get("id") or "")
    if found is None:
        return _payload("ProductUpdatePayload", None, [_error(["id"], "Product does not exist")])
    errors = _problems(request, wanted, found)
    if "title" in wanted and not (wanted["title"] or "").strip():
        errors.append(_error(["title"], "Title can't be blank"))
    if errors:
        return _payload("ProductUpdatePayload", found, errors)
    _change(request, found, wanted)
    echoes.product_changed(request.world, request.shop, found)
    return _payload("ProductUpdatePayload", found, [])


def _whole(name: str, product: Record | None, rest: Record) -> Record:
    strange = sorted({*(product or {})} - {*_NAMED, *_BESIDES}) + sorted(k for k, v in rest.items() if v)
    if product is None or strange:
        raise refused(f"{name}({strange[0] if strange else 'product'}:) is not simulated", "NOT_SIMULATED")
    return product


def _problems(request: Request, wanted: Record, found: Record | None) -> list[Record]:
    errors = []
    if len(wanted.get("title") or "") > _LONGEST_TITLE:
        message = f"Title is too long (maximum is {_LONGEST_TITLE} characters)"
        errors.append(_error(["product", "title"], message))
    if len(wanted.get("tags") or ()) > _MOST_TAGS:
        errors.append(_error(["product", "tags"], f"Product tags can't be more than {_MOST_TAGS}"))
    for index, field in enumerate(wanted.get("metafields") or ()):
        namespace = request.world.app.reserved(field.get("namespace") or "$app")
        owner = taken_by(request, "Product", namespace, field["key"], field["value"])
        defined = definition(request, "PRODUCT", namespace, field["key"])
        if defined is None and not field.get("type"):
            errors.append(_error(["product", "metafields", str(index), "type"], "Type can't be blank"))
        if owner is not None and owner is not found and defined and defined["type"]["name"] == "id":
            path = ["product", "metafields", str(index), "value"]
            errors.append(_error(path, "Value has already been taken"))
    return errors


def _described(wanted: Record) -> Record:
    variant = {"sku": "", "price": "0.00", "tracked": False, "stock": None}
    return {"title": wanted["title"], "vendor": wanted.get("vendor") or "", "variants": [variant]}


def _change(request: Request, product: Record, wanted: Record) -> None:
    for name, field in _NAMED.items():
        if name in wanted:
            value = wanted[name]
            product[field] = sorted(set(value or ())) if name == "tags" else value or ""
    if "status" not in wanted and "id" not in wanted:
        product["status"] = "ACTIVE"
    if "title" in wanted:
        for variant in product["variants"]:
            variant["displayName"] = f"{product['title']} - {variant['title']}"
    for field in wanted.get("metafields") or ():
        put_field(request, product, field)


def _handle(shop: Shop, made: Record) -> str:
    """Made of the title, and of the number as well where another has it already."""
    plain = re.sub(r"[^a-z0-9]+", "-", made["title"].lower()).strip("-") or "product"
    if any(p["handle"] == plain for p in shop.products.values() if p is not made):
        return f"{plain}-{number_of(made['id'])}"
    return plain


def _may_write(request: Request) -> None:
    if not may_write(request.scope, "Product"):
        raise refused("Access denied: write_products access scope is required.", "ACCESS_DENIED")


def _payload(kind: str, product: Record | None, errors: list[Record]) -> Record:
    return {"__typename": kind, "product": product, "userErrors": errors}


def _error(field: list[str], message: str) -> Record:
    return {"__typename": "UserError", "field": field, "message": message}
