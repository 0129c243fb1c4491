"""An order as a store tells it: original quantities, both currencies, every component of the total."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from app.domain.address import Address
from app.domain.customer import Buyer
from app.domain.ids import StoreKey
from app.domain.money import BothMoney


class MoneyState(StrEnum):
    """How far the money of an order has come (the table of the product's order steps)."""

    PAID = "paid"
    AUTHORISED = "authorised"
    TERMS = "terms"
    PENDING = "pending"
    PARTLY_PAID = "partly_paid"
    VOIDED = "voided"
    EXPIRED = "expired"


class Risk(StrEnum):
    """What the store thinks of the chance of fraud. NONE: it has not judged, or not yet."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    NONE = "none"


class LineKind(StrEnum):
    ITEM = "item"
    CUSTOM = "custom"
    GIFT_CARD = "gift_card"
    TIP = "tip"


@dataclass(frozen=True, kw_only=True)
class Tax:
    """One tax line. `remitted_by_channel`: a marketplace collects it, so it is none of the merchant's liability."""

    title: str
    rate: Decimal | None
    amount: BothMoney
    remitted_by_channel: bool = False


@dataclass(frozen=True, kw_only=True)
class Discount:
    """The part of one discount that falls on one line; `code` is set for discount codes."""

    title: str
    code: str | None
    amount: BothMoney


@dataclass(frozen=True, kw_only=True)
class OrderLine:
    """One line. `quantity` is what was bought, edits included; `current_quantity` what is left after refunds as well.

    `gross` is quantity times unit price before discounts, as the store totals it; it contains tax when the order's
    prices do. `sku` None: the line has none (custom line, or the merchant left it blank).
    `location_key`: where the store means to ship it from, when it knows.
    """

    key: StoreKey
    kind: LineKind
    title: str
    sku: str | None
    quantity: int
    current_quantity: int
    gross: BothMoney
    discounts: tuple[Discount, ...] = ()
    taxes: tuple[Tax, ...] = ()
    item_key: StoreKey | None = None
    location_key: StoreKey | None = None
    requires_shipping: bool = True


@dataclass(frozen=True, kw_only=True)
class ShippingLine:
    key: StoreKey
    title: str
    code: str | None
    gross: BothMoney
    discounts: tuple[Discount, ...] = ()
    taxes: tuple[Tax, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Charge:
    """A duty or another fee of the order, with its taxes."""

    key: StoreKey
    title: str
    gross: BothMoney
    taxes: tuple[Tax, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Payment:
    """Money that arrived: one successful sale or capture. `method` is the store's name of the gateway."""

    key: StoreKey
    method: str
    amount: BothMoney
    at: datetime


@dataclass(frozen=True, kw_only=True)
class Order:
    """An order, read fresh from its store.

    `total` and `tax_total` are the store's own original totals; the components must add up to them (rule 37).
    `drafted`: staff wrote it down; `imported`: it comes from another system and is history. `refund_keys`: each refund of
    it is a record of its own; so is what was sent of it: `parcels`, with the time
    of each one's last change. `exchanged` is what went out in exchange with each refund. `edits` are the changes since it
    was placed, oldest first: lines and totals are as they stand after them, and before whatever was given back or
    exchanged. None: the store does not say which there were. `markets` are the store's that it belongs to, the narrowest
    first; None: the store does not say.
    """

    key: StoreKey
    name: str
    store: str
    created_at: datetime
    processed_at: datetime
    updated_at: datetime
    cancelled_at: datetime | None
    money_state: MoneyState
    test: bool
    imported: bool
    edited: bool
    channel: str | None
    taxes_included: bool
    buyer: Buyer
    bill_to: Address | None
    ship_to: Address | None
    lines: tuple[OrderLine, ...]
    shipping: tuple[ShippingLine, ...]
    duties: tuple[Charge, ...]
    fees: tuple[Charge, ...]
    tip: BothMoney
    total: BothMoney
    tax_total: BothMoney
    current_total: BothMoney
    payments: tuple[Payment, ...]
    discount_codes: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    note: str | None = None
    po_number: str | None = None
    point_of_sale_key: StoreKey | None = None
    tax_exempt: bool = False
    drafted: bool = False
    markets: tuple[str, ...] | None = None
    risk: Risk = Risk.NONE
    refund_keys: tuple[StoreKey, ...] = ()
    edits: tuple[StoreKey, ...] | None = None
    parcels: Mapping[StoreKey, datetime] = field(default_factory=dict)
    exchanged: Mapping[StoreKey, tuple[OrderLine, ...]] = field(default_factory=dict)
