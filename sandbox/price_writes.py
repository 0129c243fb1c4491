"""Mutations of prices: variants of one product, each on its own merits where that is allowed; fixed prices of a list."""

from __future__ import annotations

import time
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from sandbox import echoes, variant_writes
from sandbox.clock import iso, now
from sandbox.money import rounded
from sandbox.paging import refused
from sandbox.price_views import fixed
from sandbox.shop import Shop

if TYPE_CHECKING:
    from sandbox.resolve import Request

Record = dict[str, Any]
Problem = tuple[str, str, str]
PRICES = ("price", "compareAtPrice")
_WRITABLE = variant_writes.FIELDS | {"id", *PRICES}
_KIND = "ProductVariantsBulkUpdate"


def update_variants(
    request: Request, productId: str, variants: list[Record], allowPartialUpdates: bool = False, **_: Any
) -> Record:
    """Without `allowPartialUpdates` one bad variant stops them all."""
    _may_write(request)
    product = request.shop.products.get(productId)
    if product is None:
        return _payload(
            None, None, [_error(_KIND, ["productId"], "PRODUCT_DOES_NOT_EXIST", "Product does not exist")]
        )
    errors, good = [], []
    for index, wanted in enumerate(variants):
        problem = _problem(request.shop, product, wanted)
        if problem is None:
            good.append(wanted)
        else:
            code, field, message = problem
            errors.append(_error(_KIND, ["variants", str(index), field], code, message))
    if errors and not allowPartialUpdates:
        return _payload(product, None, errors)
    changed = [_write(request, wanted, by="app") for wanted in good]
    if changed:
        echoes.product_changed(request.world, request.shop, product)
    return _payload(product, changed, errors)


def _problem(shop: Shop, product: Record, wanted: Record) -> Problem | None:
    strange = sorted(set(wanted) - _WRITABLE)
    if strange:
        raise refused(
            f"productVariantsBulkUpdate(variants: {{{strange[0]}:}}) is not simulated", "NOT_SIMULATED"
        )
    variant = shop.variants.get(wanted.get("id") or "")
    if variant is None or variant["product"]["id"] != product["id"]:
        return "PRODUCT_VARIANT_DOES_NOT_EXIST", "id", "Product variant does not exist"
    if variant["id"] in shop.bad_prices and not wanted.keys().isdisjoint(PRICES):
        return "INVALID_INPUT", "price", "Price is not allowed for this variant"
    for name in PRICES:
        problem = _amount_problem(name, wanted.get(name))
        if problem:
            return problem
    return variant_writes.problem_of_fields(wanted)


def _amount_problem(name: str, amount: Any) -> Problem | None:
    try:
        below = amount is not None and Decimal(str(amount)) < 0
    except InvalidOperation:
        return "INVALID_VALUE", name, "Price is not a number"
    if below:
        return "GREATER_THAN_OR_EQUAL_TO", name, f"{name} must be greater than or equal to 0"
    return None


def _write(request: Request, wanted: Record, *, by: str) -> Record:
    variant = request.shop.variants[wanted["id"]]
    prices = {name: wanted[name] for name in PRICES if name in wanted}
    if prices:
        change(request.shop, variant, prices, by=by)
    variant_writes.write_fields(request, variant, wanted)
    return variant


def change(shop: Shop, variant: Record, wanted: Record, *, by: str) -> None:
    """What is named changes, null clears; everything is written in the shop's book of prices."""
    before = {name: variant[name] for name in PRICES}
    for name, amount in wanted.items():
        variant[name] = None if amount is None else f"{rounded(Decimal(str(amount)), shop.currency):f}"
    variant["updatedAt"] = iso(now())
    note(shop, variant, "", before, variant, by=by)


def note(shop: Shop, variant: Record, where: str, before: Record | None, after: Record, *, by: str) -> None:
    """One row of the book: `list` is empty for the shop's own prices."""
    shop.price_book.append(
        {
            "at": time.time(),
            "by": by,
            "sku": variant["sku"],
            "variant": variant["id"],
            "list": where,
            "price_before": before["price"] if before else None,
            "price": after["price"],
            "was_before": before["compareAtPrice"] if before else None,
            "was": after["compareAtPrice"],
        }
    )


# --- lists -----------------------------------------------------------------------------------------------------------


def add_fixed(request: Request, priceListId: str, prices: list[Record]) -> Record:
    """All or none; a fixed price that stands already is replaced whole."""
    _may_write(request)
    found = request.shop.price_lists.get(priceListId)
    if found is None:
        error = _error(
            "PriceListPrice", ["priceListId"], "PRICE_LIST_NOT_FOUND", "Price list does not exist."
        )
        return {"__typename": "PriceListFixedPricesAddPayload", "prices": None, "userErrors": [error]}
    errors = [e for i, wanted in enumerate(prices) if (e := _fixed_error(request.shop, found, i, wanted))]
    written = [] if errors else [fix(request.shop, found, wanted, by="app") for wanted in prices]
    return {
        "__typename": "PriceListFixedPricesAddPayload",
        "prices": None if errors else written,
        "userErrors": errors,
    }


def _fixed_error(shop: Shop, found: Record, index: int, wanted: Record) -> Record | None:
    if wanted["variantId"] not in shop.variants:
        field = ["prices", str(index), "variantId"]
        return _error("PriceListPrice", field, "VARIANT_NOT_FOUND", "Variant does not exist.")
    amounts = [wanted[name] for name in PRICES if wanted.get(name)]
    if any(str(amount["currencyCode"]) != found["currency"] for amount in amounts):
        message = "The currency does not match the price list's."
        return _error(
            "PriceListPrice", ["prices", str(index), "price"], "PRICE_LIST_CURRENCY_MISMATCH", message
        )
    return None


def fix(shop: Shop, found: Record, wanted: Record, *, by: str) -> Record:
    amounts = {
        name: f"{rounded(Decimal(str(wanted[name]['amount'])), found['currency']):f}"
        if wanted.get(name)
        else None
        for name in PRICES
    }
    before = found["_fixed"].get(wanted["variantId"])
    found["_fixed"][wanted["variantId"]] = amounts
    variant = shop.variants[wanted["variantId"]]
    note(shop, variant, found["id"], before, amounts, by=by)
    return fixed(found, variant, amounts)


def _may_write(request: Request) -> None:
    if "write_products" not in request.scope.split(","):
        raise refused("Access denied: write_products access scope is required.", "ACCESS_DENIED")


def _payload(product: Record | None, changed: list[Record] | None, errors: list[Record]) -> Record:
    return {
        "__typename": f"{_KIND}Payload",
        "product": product,
        "productVariants": changed,
        "userErrors": errors,
    }


def _error(kind: str, field: list[str], code: str, message: str) -> Record:
    return {"__typename": f"{kind}UserError", "field": field, "code": code, "message": message}
