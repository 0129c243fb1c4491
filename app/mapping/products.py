"""From an ERP's product to what it is to be in the store, by the merchant's filters and choices; pure."""

from __future__ import annotations

import html
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from app.domain.ids import ExternalId, external_id
from app.domain.product import (
    FieldOwner,
    Item,
    Product,
    ProductDocument,
    ProductField,
    ProductStatus,
    VariantDocument,
)
from app.errors import Reason, Verdict
from app.mapping.options import Options

MOST_VARIANTS = 2048
"""What a product may have in the stores that are known."""
SEND, SKIP = "send", "skip"
KINDS = ("category", "tag", "group", "criterion")
"""What the left side of a filter may begin with: `category:Garden`, `tag:web`, `group:G-12`, `criterion:season:summer`."""


def chosen(product: Product, filters: Mapping[str, str]) -> bool:
    """Whether the store is to have it. One `skip` that fits outweighs every `send`; `*` is for all that nothing fits.

    Without any filter nothing is: no shop gets an ERP's whole catalogue unasked.
    """
    said = [filters[key] for key in _words(product) if key in filters] or [filters.get("*", SKIP)]
    return SKIP not in said and SEND in said


def _words(product: Product) -> Iterator[str]:
    yield f"group:{product.key}".casefold()
    if product.category is not None:
        yield f"category:{product.category}".casefold()
    for tag in product.tags:
        yield f"tag:{tag}".casefold()
    for name, value in product.criteria.items():
        yield f"criterion:{name}:{value}".casefold()


def problems(product: Product) -> tuple[Reason, ...]:
    """What keeps it from the store until somebody mends it in the ERP."""
    sold = [item for item in product.items if item.active]
    found: list[Reason] = []
    if not product.name.strip():
        found.append(_reason("product.no_name", f"Product {product.key} has no name in the ERP."))
    if any(not item.sku.strip() for item in sold):
        found.append(_reason("product.no_sku", f"An item of {product.key} has no SKU in the ERP."))
    twice = [
        sku
        for sku, count in Counter(item.sku.strip().casefold() for item in sold).items()
        if sku and count > 1
    ]
    if twice:
        found.append(
            _reason("product.sku_twice", f"Two items of {product.key} have the SKU {twice[0]}.", sku=twice[0])
        )
    if len(sold) > MOST_VARIANTS:
        found.append(
            _reason(
                "product.too_many_variants",
                f"{product.key} has {len(sold)} items; a product of the store takes {MOST_VARIANTS}.",
                items=str(len(sold)),
            )
        )
    if any(item.price is not None and item.price.amount < 0 for item in sold):
        found.append(_reason("product.price_negative", f"An item of {product.key} has a price below zero."))
    return tuple(found)


def _reason(code: str, sentence: str, **facts: str) -> Reason:
    return Reason(code=code, sentence=sentence, verdict=Verdict.LOOK_FIRST, facts=facts)


def key_of(product: Product, connection: str) -> ExternalId:
    """What the product carries in the store: the same for ever for one group of one connection."""
    return external_id(kind="product", store=connection, key=product.key)


def document(
    product: Product,
    options: Options,
    *,
    connection: str,
    linked: str | None,
    again: bool,
    put_away: ProductStatus | None = None,
) -> ProductDocument:
    said = {
        ProductField.TITLE: product.name.strip(),
        ProductField.DESCRIPTION: _as_html(product.description),
        ProductField.CATEGORY: product.category,
    }
    return ProductDocument(
        external_id=key_of(product, connection),
        reference=product.name.strip()[:120] or product.key,
        version=product.updated_at.isoformat(),
        fields={name: value for name, value in said.items() if value is not None},
        owned=_owned(options),
        tags=tuple(sorted(set(product.tags))),
        status=options.product_status,
        variants=tuple(_variants([item for item in product.items if item.active])),
        changed=options.product_changed,
        put_away=put_away,
        linked=linked,
        again=again,
    )


def _owned(options: Options) -> frozenset[ProductField]:
    owners = {
        ProductField.TITLE: options.product_title,
        ProductField.DESCRIPTION: options.product_description,
        ProductField.CATEGORY: options.product_category,
    }
    return frozenset(name for name, owner in owners.items() if owner is FieldOwner.HOST)


def _as_html(text: str | None) -> str | None:
    """An ERP's description is plain text: what looks like markup in it is shown, and never run."""
    if text is None:
        return None
    paragraphs = [part.strip() for part in text.replace("\r\n", "\n").split("\n\n")]
    return "".join(
        f"<p>{html.escape(part, quote=False).replace(chr(10), '<br>')}</p>" for part in paragraphs if part
    )


def _variants(items: Sequence[Item]) -> Iterator[VariantDocument]:
    """Sorted, so that the same items are always the same document. A name that two share tells nobody apart."""
    named = Counter((item.variant or "").strip().casefold() for item in items)
    for item in sorted(items, key=lambda each: each.sku):
        name = (item.variant or "").strip()
        alone = bool(name) and named[name.casefold()] == 1
        yield VariantDocument(
            sku=item.sku.strip(),
            option=(name if alone else item.sku.strip())[:255],
            price=item.price,
            cost=item.cost,
            barcode=item.barcode,
            weight=item.weight,
        )
