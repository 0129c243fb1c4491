"""A product as the Admin API tells it: exactly the fields of `queries/product_find.graphql`, and what they mean to us."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal

from app.domain.product import ProductField, ProductSeen, ProductStatus, VariantSeen
from app.shopify.gids import key_of
from app.shopify.order_wire import Id, Nodes, Paged, Wire

_TAG = re.compile(r"<[^>]*>")
_GRAMS: Mapping[str, Decimal] = {
    "GRAMS": Decimal(1),
    "KILOGRAMS": Decimal(1000),
    "OUNCES": Decimal("28.349523125"),
    "POUNDS": Decimal("453.59237"),
}
_STATUS = {
    "ACTIVE": ProductStatus.ACTIVE,
    "UNLISTED": ProductStatus.ACTIVE,
    "DRAFT": ProductStatus.DRAFT,
    "ARCHIVED": ProductStatus.ARCHIVED,
}


class Value(Wire):
    value: str


class Named(Wire):
    name: str


class Chosen(Wire):
    name: str
    value: str


class Cost(Wire):
    amount: Decimal


class Weight(Wire):
    value: float
    unit: str


class Measurement(Wire):
    weight: Weight | None = None


class StockedItem(Wire):
    unit_cost: Cost | None
    measurement: Measurement


class Variant(Wire):
    id: str
    sku: str | None
    barcode: str | None
    selected_options: list[Chosen]
    inventory_item: StockedItem
    written: Value | None = None


class ProductNode(Wire):
    id: str
    title: str
    description_html: str
    product_type: str
    tags: list[str]
    status: str
    options: list[Named]
    variants: Paged[Variant]
    mark: Value | None = None
    written: Value | None = None


class Shop(Wire):
    currency_code: str


class FindAnswer(Wire):
    shop: Shop
    product_by_identifier: ProductNode | None


class VariantsOnly(Wire):
    variants: Paged[Variant]


class VariantsAnswer(Wire):
    product: VariantsOnly | None


class NamedVariant(Wire):
    sku: str | None
    product: Id


class NamedAnswer(Wire):
    product_variants: Nodes[NamedVariant]


class DefinedAnswer(Wire):
    metafield_definition: Id | None


def seen(product: ProductNode, variants: Sequence[Variant]) -> ProductSeen:
    return ProductSeen(
        key=key_of(product.id),
        title=product.title,
        external_id=product.mark.value if product.mark else None,
        fields={
            ProductField.TITLE: " ".join(product.title.split()),
            ProductField.DESCRIPTION: plain(product.description_html),
            ProductField.CATEGORY: product.product_type.strip(),
        },
        tags=tuple(product.tags),
        status=_STATUS.get(product.status, ProductStatus.ACTIVE),
        option_names=tuple(option.name for option in product.options),
        variants=tuple(map(_variant, variants)),
        written=product.written.value if product.written else None,
    )


def _variant(variant: Variant) -> VariantSeen:
    cost, weight = variant.inventory_item.unit_cost, variant.inventory_item.measurement.weight
    return VariantSeen(
        key=key_of(variant.id),
        sku=(variant.sku or "").strip(),
        options=tuple(chosen.value for chosen in variant.selected_options),
        values={
            "barcode": variant.barcode or "",
            "cost": figure(cost.amount) if cost else "",
            "weight": figure(_grams(weight)) if weight else "",
        },
        written=variant.written.value if variant.written else None,
    )


def _grams(weight: Weight) -> Decimal:
    return (Decimal(str(weight.value)) * _GRAMS.get(weight.unit, Decimal(1))).quantize(Decimal(1))


def figure(amount: Decimal) -> str:
    """One way of writing a number: 2.50 and 2.5 are the same cost, and no cost is none."""
    return f"{amount.normalize():f}" if amount else ""


def plain(text: str) -> str:
    """What is read in a description: a shop's editor rewrites the markup around it as it likes."""
    return " ".join(html.unescape(_TAG.sub(" ", text)).split())
