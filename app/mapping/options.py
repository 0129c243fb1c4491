"""What a merchant chose for a connection: the paid document, the currency side, and a policy for each odd order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from enum import StrEnum

from app.domain.document import DocumentKind
from app.domain.money import CurrencySide
from app.domain.product import Archiving, Changed, FieldOwner, ProductStatus


class Policy(StrEnum):
    """HOLD waits for a person, FALLBACK books on a mapped stand-in item, SEND treats it like any other, SKIP records only."""

    HOLD = "hold"
    FALLBACK = "fallback"
    SEND = "send"
    SKIP = "skip"


@dataclass(frozen=True, kw_only=True)
class Options:
    """`no_sku`: a catalogue line without SKU; `unknown_sku`: the ERP does not know it; `deleted_product`: the product is

    gone but its SKU is known. Kinds of orders are sent, held or skipped; kinds of lines are sent, held or booked on a
    fallback item. `shipping_mail`: the store writes to the buyer when goods are sent (send or skip). `cancelled_shipments`:
    what was shipped and then called off on its own side is called off on the other (send) or held. `third_party_shipments`: the
    ERP may fulfil what is assigned to a fulfillment service (send), or those are the service's alone (hold).
    `host_customers`: whether a customer that only the ERP has is made in the store (send) or not (skip).
    `product_status`: what a product made in the store begins as; `product_changed`: whose word counts where a
    person changed one there; `product_archived`: what becomes of one that the ERP sells no more.
    """

    paid_document: DocumentKind = DocumentKind.INVOICED_ORDER
    side: CurrencySide = CurrencySide.SHOP
    test_orders: Policy = Policy.SKIP
    imported_orders: Policy = Policy.SKIP
    pos_orders: Policy = Policy.SEND
    drafted_orders: Policy = Policy.SEND
    custom_lines: Policy = Policy.FALLBACK
    no_sku: Policy = Policy.HOLD
    unknown_sku: Policy = Policy.HOLD
    deleted_product: Policy = Policy.SEND
    shipping_mail: Policy = Policy.SKIP
    cancelled_shipments: Policy = Policy.SEND
    third_party_shipments: Policy = Policy.HOLD
    host_customers: Policy = Policy.SKIP
    product_status: ProductStatus = ProductStatus.DRAFT
    product_changed: Changed = Changed.ASK
    product_archived: Archiving = Archiving.ARCHIVE
    product_title: FieldOwner = FieldOwner.HOST
    product_description: FieldOwner = FieldOwner.HOST
    product_category: FieldOwner = FieldOwner.HOST


def of(stored: Mapping[str, str]) -> Options:
    """Builds the options from their stored form; raises ValueError for a name or value nobody knows."""
    kinds: dict[str, type[StrEnum]] = {
        item.name: type(getattr(_DEFAULTS, item.name)) for item in fields(Options)
    }
    unknown = set(stored) - set(kinds)
    if unknown:
        raise ValueError(f"no such option: {', '.join(sorted(unknown))}")
    chosen = {name: kinds[name](value) for name, value in stored.items()}
    return replace(_DEFAULTS, **chosen)  # type: ignore[arg-type]  # each name with a member of its own enum


_DEFAULTS = Options()
