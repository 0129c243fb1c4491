"""Variants of one product: made in bulk beside those that stand there, and changed in what is named."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from sandbox import catalogue, echoes
from sandbox.access import may_write
from sandbox.clock import iso, now
from sandbox.metafields import put_field
from sandbox.money import money, rounded
from sandbox.paging import refused

if TYPE_CHECKING:
    from sandbox.resolve import Request

Record = dict[str, Any]
Problem = tuple[str, str, str]
MOST_VARIANTS = 2048
MADE_OF = frozenset({"barcode", "price", "optionValues", "inventoryItem", "metafields"})
FIELDS = frozenset({"barcode", "inventoryItem", "metafields"})
"""What of a variant this file writes; prices that change have a file of their own."""
_ITEM = frozenset({"sku", "cost", "tracked", "measurement"})


def create(request: Request, productId: str, variants: list[Record], **rest: Any) -> Record:
    """All or none. The variant that stands alone stays only where the strategy says so."""
    if not may_write(request.scope, "Product"):
        raise refused("Access denied: write_products access scope is required.", "ACCESS_DENIED")
    if rest.get("strategy") != "PRESERVE_STANDALONE_VARIANT":
        raise refused(
            f"productVariantsBulkCreate(strategy: {rest.get('strategy')}) is not simulated", "NOT_SIMULATED"
        )
    product = request.shop.products.get(productId)
    if product is None:
        error = _error(["productId"], "PRODUCT_DOES_NOT_EXIST", "Product does not exist")
        return _payload(None, None, [error])
    errors = []
    taken = {_options(variant) for variant in product["variants"]}
    for index, wanted in enumerate(variants):
        _refuse_strange(wanted, MADE_OF, "productVariantsBulkCreate")
        problem = _problem(product, wanted, taken)
        if problem:
            errors.append(_error(["variants", str(index), problem[1]], problem[0], problem[2]))
    if len(product["variants"]) + len(variants) > MOST_VARIANTS:
        message = f"A product can't have more than {MOST_VARIANTS} variants"
        errors.append(_error(["variants"], "INVALID", message))
    if errors:
        return _payload(product, None, errors)
    made = [_make(request, product, wanted) for wanted in variants]
    product["variantsCount"]["count"] = len(product["variants"])
    product["hasOnlyDefaultVariant"] = False
    echoes.product_changed(request.world, request.shop, product)
    return _payload(product, made, [])


def problem_of_fields(wanted: Record) -> Problem | None:
    """What Shopify has against the fields of a variant that are no price."""
    item = wanted.get("inventoryItem") or {}
    _refuse_strange(item, _ITEM, "inventoryItem")
    try:
        if wanted.get("price") is not None and Decimal(str(wanted["price"])) < 0:
            return "GREATER_THAN_OR_EQUAL_TO", "price", "Price must be greater than or equal to 0"
        if item.get("cost") is not None and Decimal(str(item["cost"])) < 0:
            return "GREATER_THAN_OR_EQUAL_TO", "inventoryItem", "Cost must be greater than or equal to 0"
    except InvalidOperation:
        return "INVALID_VALUE", "inventoryItem", "An amount is not a number"
    if len(item.get("sku") or "") > 255:
        return "TOO_LONG", "inventoryItem", "SKU is too long (maximum is 255 characters)"
    return None


def write_fields(request: Request, variant: Record, wanted: Record) -> None:
    """Names nothing, changes nothing."""
    shop, item = request.shop, variant["inventoryItem"]
    described = wanted.get("inventoryItem") or {}
    if "barcode" in wanted:
        variant["barcode"] = wanted["barcode"]
    if "sku" in described:
        shop.rename(variant, described["sku"] or "")
    if "cost" in described:
        cost = described["cost"]
        item["unitCost"] = None if cost is None else money(Decimal(str(cost)), shop.currency)
    if "tracked" in described:
        item["tracked"] = bool(described["tracked"])
    if "measurement" in described:
        item["_weight"] = (described["measurement"] or {}).get("weight")
    for field in wanted.get("metafields") or ():
        put_field(request, variant, field)
    variant["updatedAt"] = item["updatedAt"] = iso(now())


def measurement(request: Request, item: Record) -> Record:
    weight = item.get("_weight")
    return {
        "__typename": "InventoryItemMeasurement",
        "id": item["id"].replace("InventoryItem", "InventoryItemMeasurement"),
        "weight": None if weight is None else {"__typename": "Weight", **weight},
    }


def options(request: Request, product: Record, first: int | None = None) -> list[Record]:
    """What the variants' chosen values say, in the order they were made."""
    named: dict[str, list[str]] = {}
    for variant in product["variants"]:
        for chosen in variant["selectedOptions"]:
            values = named.setdefault(chosen["name"], [])
            if chosen["value"] not in values:
                values.append(chosen["value"])
    number = product["id"].rsplit("/", 1)[-1]
    return [
        {
            "__typename": "ProductOption",
            "id": f"gid://shopify/ProductOption/{number}{position:02}",
            "name": name,
            "position": position,
            "values": values,
        }
        for position, (name, values) in enumerate(named.items(), 1)
    ][:first]


def _problem(product: Record, wanted: Record, taken: set[tuple[str, ...]]) -> Problem | None:
    names = [chosen["name"] for chosen in product["variants"][0]["selectedOptions"]]
    said = {v.get("optionName"): v.get("name") for v in wanted.get("optionValues") or ()}
    if set(said) != set(names) or not all(said.values()):
        return "NEED_TO_ADD_OPTION_VALUES", "optionValues", "You need to add option values for every option"
    chosen = tuple(str(said[name]) for name in names)
    if chosen in taken:
        return (
            "VARIANT_ALREADY_EXISTS", "optionValues",
            f"The variant '{' / '.join(chosen)}' already exists. Please change at least one option value.",
        )  # fmt: skip
    taken.add(chosen)
    return problem_of_fields(wanted)


def _make(request: Request, product: Record, wanted: Record) -> Record:
    said = {v["optionName"]: v["name"] for v in wanted["optionValues"]}
    described = {
        "sku": "",
        "title": " / ".join(said.values()),
        "price": rounded(Decimal(str(wanted.get("price") or 0)), request.shop.currency),
        "tracked": False,
    }
    at = iso(now())
    variant = catalogue.variant(
        product,
        described,
        len(product["variants"]) + 1,
        minter=request.world.minter,
        at=at,
        currency=request.shop.currency,
    )
    variant["selectedOptions"] = [
        {"__typename": "SelectedOption", "name": name, "value": value} for name, value in said.items()
    ]
    product["variants"].append(variant)
    request.shop.take_in(variant)
    write_fields(request, variant, wanted)
    return variant


def _options(variant: Record) -> tuple[str, ...]:
    return tuple(str(chosen["value"]) for chosen in variant["selectedOptions"])


def _refuse_strange(wanted: Record, known: frozenset[str], where: str) -> None:
    strange = sorted(set(wanted) - known)
    if strange:
        raise refused(f"{where}({strange[0]}:) is not simulated", "NOT_SIMULATED")


def _payload(product: Record | None, made: list[Record] | None, errors: list[Record]) -> Record:
    return {
        "__typename": "ProductVariantsBulkCreatePayload",
        "product": product,
        "productVariants": made,
        "userErrors": errors,
    }


def _error(field: list[str], code: str, message: str) -> Record:
    return {
        "__typename": "ProductVariantsBulkCreateUserError",
        "field": field,
        "code": code,
        "message": message,
    }
