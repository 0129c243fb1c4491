"""Products: what an ERP says of its items, what becomes of them in a store, and what of a store's product we look at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from app.domain.ids import ExternalId, StoreKey
from app.domain.money import Money


@dataclass(frozen=True, kw_only=True)
class Item:
    """One thing that is sold under one SKU, as the ERP has it. None: it did not say, which clears nothing.

    `variant`: what tells it from the others of its group, as people call it. `weight` is in grams.
    """

    sku: str
    host_id: str
    name: str
    variant: str | None = None
    price: Money | None = None
    cost: Money | None = None
    quantity: Decimal | None = None
    barcode: str | None = None
    weight: Decimal | None = None
    active: bool = True
    updated_at: datetime


@dataclass(frozen=True, kw_only=True)
class Product:
    """A group of items that a store sells as one product. `criteria`: whatever else it may be chosen by."""

    key: str
    name: str
    description: str | None = None
    category: str | None = None
    tags: tuple[str, ...] = ()
    criteria: Mapping[str, str] = field(default_factory=dict)
    items: tuple[Item, ...]
    updated_at: datetime

    @property
    def active(self) -> bool:
        return any(item.active for item in self.items)


class ProductStatus(StrEnum):
    ACTIVE = "active"
    DRAFT = "draft"
    ARCHIVED = "archived"


class Changed(StrEnum):
    """Whose word counts where a person changed in the store what we wrote: the ERP's, the store's, or a person is asked."""

    ERP = "erp"
    STORE = "store"
    ASK = "ask"


class Archiving(StrEnum):
    """What becomes of the store's product when the ERP no longer sells it. KEEP: nothing; ASK: a person decides."""

    ARCHIVE = "archive"
    DRAFT = "draft"
    KEEP = "keep"
    ASK = "ask"


class FieldOwner(StrEnum):
    """Whose a field of a product is. STORE: written once, when the product is made, and never again."""

    HOST = "host"
    STORE = "store"


class ProductField(StrEnum):
    """What the ERP may own of a product; what it does not own is written once, when the product is made."""

    TITLE = "title"
    DESCRIPTION = "description"
    CATEGORY = "category"


@dataclass(frozen=True, kw_only=True)
class VariantDocument:
    """One variant as it is to be. `price` counts when it is made; afterwards prices go their own way.

    `option` tells it from its siblings. None of the others: nothing is said, what stands there stays.
    """

    sku: str
    option: str
    price: Money | None = None
    cost: Money | None = None
    barcode: str | None = None
    weight: Decimal | None = None


@dataclass(frozen=True, kw_only=True)
class ProductDocument:
    """What a product is to be in the store. `fields` holds what the ERP says; `owned` which of that is kept equal.

    `linked`: the store's product that stood for it when it was looked at last. `again`: a person asked, so that one which
    is gone may be made anew, and what a person changed may be overwritten.
    `status` is what a new one gets; `put_away`: the ERP sells it no more, it gets this status and nothing else.
    """

    external_id: ExternalId
    reference: str
    version: str
    fields: Mapping[ProductField, str]
    owned: frozenset[ProductField]
    tags: tuple[str, ...]
    status: ProductStatus
    variants: tuple[VariantDocument, ...]
    changed: Changed
    put_away: ProductStatus | None = None
    linked: str | None = None
    again: bool = False


@dataclass(frozen=True, kw_only=True)
class VariantSeen:
    """`values`: cost, barcode and weight as they are compared. `written`: what we noted about it when we wrote it last."""

    key: StoreKey
    sku: str
    options: tuple[str, ...]
    values: Mapping[str, str]
    written: str | None


@dataclass(frozen=True, kw_only=True)
class ProductSeen:
    """A product as the store shows it. `external_id`: whose it is, None: nobody's. `currency`: the store's own."""

    key: StoreKey
    title: str
    external_id: str | None
    fields: Mapping[str, str]
    tags: tuple[str, ...]
    status: ProductStatus
    option_names: tuple[str, ...]
    variants: tuple[VariantSeen, ...]
    written: str | None
