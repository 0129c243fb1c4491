"""The next thing that a product of the store lacks: pure, from what it is to be and what is there to one call, or a reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

import orjson

from app.domain.product import (
    ProductDocument,
    ProductField,
    ProductSeen,
    ProductStatus,
    VariantDocument,
)
from app.domain.product_merge import Merged, as_text, digest, merge, note, read
from app.errors import Reason, Verdict
from app.ports import Json, Step, StepKind
from app.shopify.gids import gid
from app.shopify.product_wire import figure, plain

NAMESPACE, KEY, WRITTEN = "$app:erp", "product", "written"
_AT_ONCE = 100
_OPTION = "Variant"
_STATUS = {
    ProductStatus.ACTIVE: "ACTIVE",
    ProductStatus.DRAFT: "DRAFT",
    ProductStatus.ARCHIVED: "ARCHIVED",
}
_INPUT = {
    ProductField.TITLE: "title",
    ProductField.DESCRIPTION: "descriptionHtml",
    ProductField.CATEGORY: "productType",
}
_DEFINITION: Json = {
    "namespace": NAMESPACE,
    "key": KEY,
    "name": "ERP product",
    "description": "What this product is in the ERP, kept by Stockbridge.",
    "ownerType": "PRODUCT",
    "type": "id",
    "access": {"admin": "MERCHANT_READ"},
}


def next_step(
    wanted: ProductDocument,
    *,
    seen: ProductSeen | None,
    alike: Sequence[ProductSeen],
    defined: bool,
    currency: str,
) -> Step | Reason | None:
    if not defined:
        return _step("define", "mark_define", {"definition": _DEFINITION}, repeatable=True)
    if seen is None:
        return _new(wanted, alike, currency)
    if wanted.put_away is not None:
        return _put_away(wanted, seen, wanted.put_away)
    return _kept(wanted, seen, currency)


def _new(wanted: ProductDocument, alike: Sequence[ProductSeen], currency: str) -> Step | Reason | None:
    if wanted.put_away is not None:
        return None
    if wanted.linked is not None and not wanted.again:
        sentence = f"The product of {wanted.reference} was deleted in the store. Ask again to make it anew."
        return Reason(code="product.gone_in_store", sentence=sentence)
    if len(alike) > 1 or any(other.external_id is not None for other in alike):
        return Reason(
            code="product.possible_duplicate",
            sentence=f"SKUs of {wanted.reference} are in the store already, in {_called(alike)}.",
            facts={"products": ", ".join(other.key for other in alike)[:200]},
        )
    if alike:
        return _adopt(wanted, alike[0])
    wrong = _in_another_currency(wanted.variants, currency)
    return wrong or _create(wanted)


def _called(alike: Sequence[ProductSeen]) -> str:
    return " and ".join(f"“{other.title[:60]}”" for other in alike)


def _create(wanted: ProductDocument) -> Step:
    said = {name: value for name, value in _values(wanted).items() if value}
    product: dict[str, Json] = {
        **{_INPUT[name]: wanted.fields[name] for name in ProductField if wanted.fields.get(name)},
        "status": _STATUS[wanted.status],
        "tags": list(wanted.tags),
        "metafields": [
            _field(KEY, "id", wanted.external_id),
            _field(WRITTEN, "json", as_text({name: note(value, value) for name, value in said.items()})),
        ],
    }
    if len(wanted.variants) > 1:
        first: Json = [{"name": wanted.variants[0].option}]
        product["productOptions"] = [{"name": _OPTION, "values": first}]
    return _step("create", "product_create", {"product": product}, kind=StepKind.CREATE, repeatable=True)


def _adopt(wanted: ProductDocument, there: ProductSeen) -> Step:
    """Its SKUs say what it is. What stands there stays; only our key and a note of what was found are put on it."""
    merged = merge(_values(wanted), there.fields, {}, wanted.changed)
    found = {name: text for name, text in (merged.notes or {}).items() if name not in merged.write}
    owner = gid("Product", there.key)
    fields: list[Json] = [
        {"ownerId": owner, "compareDigest": None, **_field(KEY, "id", wanted.external_id)},
        {"ownerId": owner, **_field(WRITTEN, "json", as_text(found))},
    ]
    return _step("adopt", "marks_set", {"metafields": fields}, repeatable=True)


def _put_away(wanted: ProductDocument, seen: ProductSeen, status: ProductStatus) -> Step | None:
    if seen.status in {status, ProductStatus.ARCHIVED}:
        return None
    product: Json = {"id": gid("Product", seen.key), "status": _STATUS[status]}
    return _changing(wanted, "away", "product_update", {"product": product})


def _kept(wanted: ProductDocument, seen: ProductSeen, currency: str) -> Step | Reason | None:
    """What can be written is written before anyone is asked about the rest."""
    twice = _twice(seen, wanted)
    if twice is not None:
        return twice
    merged = merge(
        {name: value for name, value in _values(wanted).items() if name in wanted.owned},
        seen.fields,
        read(seen.written),
        wanted.changed,
    )
    if merged.write or merged.notes is not None:
        return _update(wanted, seen, merged)
    tags = [tag for tag in wanted.tags if tag.casefold() not in {there.casefold() for there in seen.tags}]
    if tags and ProductField.CATEGORY in wanted.owned:
        variables: dict[str, Json] = {"id": gid("Product", seen.key), "tags": list(tags)}
        return _changing(wanted, "tags", "product_tags", variables)
    step, asks = _variants(wanted, seen, currency)
    return step or _changed(wanted, seen, (*merged.asks, *asks))


def _update(wanted: ProductDocument, seen: ProductSeen, merged: Merged) -> Step:
    product: dict[str, Json] = {
        "id": gid("Product", seen.key),
        **{_INPUT[name]: wanted.fields[name] for name in ProductField if name in merged.write},
        **_noting(merged),
    }
    return _changing(wanted, "update", "product_update", {"product": product})


def _changed(wanted: ProductDocument, seen: ProductSeen, asks: Sequence[str]) -> Reason | None:
    if not asks:
        return None
    return Reason(
        code="product.changed_in_store",
        sentence=f"Someone changed {', '.join(sorted(set(asks)))} of {wanted.reference} in the store. "
        "Ask again to write what the ERP says, or set whose word counts.",
        facts={"fields": ",".join(sorted(set(asks))), "product": seen.key},
    )


# --- variants --------------------------------------------------------------------------------------------------------


def _variants(
    wanted: ProductDocument, seen: ProductSeen, currency: str
) -> tuple[Step | Reason | None, tuple[str, ...]]:
    by_sku = {variant.sku.casefold(): variant for variant in seen.variants if variant.sku}
    missing = [variant for variant in wanted.variants if variant.sku.casefold() not in by_sku]
    wrong = _in_another_currency(missing, currency)
    if wrong is not None:
        return wrong, ()
    if missing:
        return _fill(wanted, seen, missing) or _add(wanted, seen, missing), ()
    changes: list[Json] = []
    asks: list[str] = []
    for variant in wanted.variants:
        there = by_sku[variant.sku.casefold()]
        merged = merge(_said(variant, currency), there.values, read(there.written), wanted.changed)
        asks += merged.asks
        if merged.write or merged.notes is not None:
            changes.append(_input(variant, merged, key=there.key))
    if not changes:
        return None, tuple(asks)
    variables: dict[str, Json] = {"product": gid("Product", seen.key), "variants": changes[:_AT_ONCE]}
    return _changing(wanted, "variants", "variants_update", variables), ()


def _fill(wanted: ProductDocument, seen: ProductSeen, missing: Sequence[VariantDocument]) -> Step | None:
    """The variant that a product was made with is nameless until it gets the SKU it was made for."""
    alone = len(seen.variants) == 1 and len(wanted.variants) == 1
    for variant in missing:
        for there in seen.variants:
            if not there.sku and (alone or there.options == (variant.option,)):
                change = _input(variant, _first(variant), key=there.key, made=True)
                variables: dict[str, Json] = {"product": gid("Product", seen.key), "variants": [change]}
                return _changing(wanted, "first", "variants_update", variables)
    return None


def _add(wanted: ProductDocument, seen: ProductSeen, missing: Sequence[VariantDocument]) -> Step | Reason:
    if len(seen.option_names) != 1:
        return Reason(
            code="product.options_differ",
            sentence=f"“{seen.title[:60]}” has {len(seen.option_names)} options in the store, so {missing[0].sku} can't be added"
            " by itself. Add the variant there, with this SKU.",
            facts={"sku": missing[0].sku, "product": seen.key},
        )
    made: list[Json] = [
        {
            **_input(variant, _first(variant), made=True),
            "optionValues": [{"optionName": seen.option_names[0], "name": variant.option}],
        }
        for variant in missing[:_AT_ONCE]
    ]
    variables: dict[str, Json] = {"product": gid("Product", seen.key), "variants": made}
    return _changing(wanted, "add", "variants_create", variables)


def _first(variant: VariantDocument) -> Merged:
    said = {name: value for name, value in _said(variant, None).items() if value}
    notes = {name: note(value, value) for name, value in said.items()}
    return Merged(write=said, notes=notes, asks=())


def _input(
    variant: VariantDocument, merged: Merged, *, key: str | None = None, made: bool = False
) -> dict[str, Json]:
    item: dict[str, Json] = {}
    if made:
        item |= {"sku": variant.sku, "tracked": True}
    if "cost" in merged.write and variant.cost is not None:
        item["cost"] = f"{variant.cost.amount:f}"
    if "weight" in merged.write and variant.weight is not None:
        item["measurement"] = {"weight": {"value": int(variant.weight), "unit": "GRAMS"}}
    said: dict[str, Json] = _noting(merged)
    if key is not None:
        said["id"] = gid("ProductVariant", key)
    if "barcode" in merged.write:
        said["barcode"] = variant.barcode
    if made and variant.price is not None:
        said["price"] = f"{variant.price.amount:f}"
    return said | ({"inventoryItem": item} if item else {})


def _said(variant: VariantDocument, currency: str | None) -> Mapping[str, str]:
    """What the ERP says of it, as it is compared. A cost in another currency than the store's says nothing here."""
    said: dict[str, str] = {}
    if variant.barcode:
        said["barcode"] = variant.barcode
    if variant.cost is not None and currency in {None, variant.cost.currency}:
        said["cost"] = figure(variant.cost.amount)
    if variant.weight is not None:
        said["weight"] = figure(variant.weight.quantize(Decimal(1)))
    return {name: value for name, value in said.items() if value}


def _in_another_currency(variants: Sequence[VariantDocument], currency: str) -> Reason | None:
    for variant in variants:
        for amount in (variant.price, variant.cost):
            if amount is not None and currency and amount.currency != currency:
                return Reason(
                    code="product.currency_differs",
                    sentence=f"{variant.sku} is priced in {amount.currency}, and the store sells in {currency}.",
                    verdict=Verdict.NEEDS_MAPPING,
                    facts={"sku": variant.sku, "erp": amount.currency, "store": currency},
                )
    return None


def _twice(seen: ProductSeen, wanted: ProductDocument) -> Reason | None:
    met: set[str] = set()
    ours = {variant.sku.casefold() for variant in wanted.variants}
    for variant in seen.variants:
        sku = variant.sku.casefold()
        if sku in met and sku in ours:
            return Reason(
                code="product.sku_twice_in_store",
                sentence=f"“{seen.title[:60]}” has two variants with the SKU {variant.sku} in the store.",
                facts={"sku": variant.sku, "product": seen.key},
            )
        met.add(sku)
    return None


# --- calls -----------------------------------------------------------------------------------------------------------


def _values(wanted: ProductDocument) -> Mapping[str, str]:
    """The ERP's words as they are compared: without markup, and with one blank between two."""
    return {
        name: plain(value) if name is ProductField.DESCRIPTION else " ".join(value.split())
        for name, value in wanted.fields.items()
    }


def _noting(merged: Merged) -> dict[str, Json]:
    """The note that goes with it; what is noted already is left as it is."""
    if merged.notes is None:
        return {}
    return {"metafields": [_field(WRITTEN, "json", as_text(merged.notes))]}


def _field(key: str, kind: str, value: str) -> dict[str, Json]:
    return {"namespace": NAMESPACE, "key": key, "type": kind, "value": value}


def _changing(wanted: ProductDocument, name: str, document: str, variables: dict[str, Json]) -> Step:
    """Its key holds the ERP's version and what is written: A, then B, then A again are three steps."""
    content = digest(orjson.dumps(variables, option=orjson.OPT_SORT_KEYS).decode())
    return _step(f"{name}:{wanted.version}:{content}", document, variables)


def _step(
    key: str,
    document: str,
    variables: Mapping[str, Json],
    *,
    kind: StepKind = StepKind.ADVANCE,
    repeatable: bool = False,
) -> Step:
    payload: dict[str, Json] = {"document": document, "variables": dict(variables)}
    return Step(key=key, kind=kind, payload=payload, repeatable=repeatable)
