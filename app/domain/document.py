"""A sales document: what an order becomes for an ERP, with the ERP's own codes, in one currency."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Protocol

from app.domain.address import Address
from app.domain.customer import Buyer
from app.domain.ids import ExternalId, SinkKey, StoreKey
from app.domain.money import CurrencySide, total


class DocumentKind(StrEnum):
    """What a paid order becomes; the merchant chooses per connection."""

    SALES_ORDER = "sales_order"
    INVOICED_ORDER = "invoiced_order"
    CASH_SALE = "cash_sale"
    ORDER_WITH_DEPOSIT = "order_with_deposit"


class DocumentLineKind(StrEnum):
    ITEM = "item"
    SHIPPING = "shipping"
    GIFT_CARD = "gift_card"
    TIP = "tip"
    DUTY = "duty"
    FEE = "fee"
    ROUNDING = "rounding"


@dataclass(frozen=True, kw_only=True)
class DocumentTax:
    """An exact tax amount under the ERP's code; never computed from a rate."""

    code: str
    amount: Decimal
    rate: Decimal | None = None


@dataclass(frozen=True, kw_only=True)
class DocumentLine:
    """`net` is the whole line after discounts and without tax; `discount` says how much was taken off, for show.

    `moves`: goods go with it; off where they are given up, so that only their amount is credited. `codes`: as a document's.
    """

    key: str
    kind: DocumentLineKind
    item: str
    title: str
    quantity: Decimal
    net: Decimal
    discount: Decimal = Decimal(0)
    taxes: tuple[DocumentTax, ...] = ()
    location: str | None = None
    moves: bool = True
    codes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class DocumentPayment:
    """One payment, found again by `key` (our transaction key) and never by its amount."""

    key: StoreKey
    method: str
    amount: Decimal
    at: datetime


@dataclass(frozen=True, kw_only=True)
class Conversion:
    """A rate that some field of a document was converted by: `rate` of `target` for `per` of `source`; `by` said so."""

    source: str
    target: str
    rate: Decimal
    day: date
    by: str
    per: Decimal = Decimal(1)


@dataclass(frozen=True, kw_only=True)
class FoundLine:
    item: str
    quantity: Decimal
    net: Decimal | None = None


@dataclass(frozen=True, kw_only=True)
class Earlier:
    """What the ERP was told earlier that a document holds: `edit` names the change that led there, None: the order itself."""

    lines: tuple[FoundLine, ...]
    edit: StoreKey | None = None


@dataclass(frozen=True, kw_only=True)
class SalesDocument:
    """What one order is to be in the ERP. All amounts are in `currency`.

    `external_id` is ours and the same for ever; `reference` is what people search for (`#1001`).
    `tax_lines` is the number of the store's tax lines: the tolerance in minor units for hosts that compute tax.
    `rounding_item` is where such a difference may be booked, None when nothing is mapped.
    `codes` are further host fields (subsidiary, department, shipping method, ...), by field name.
    `converted` are the rates that fields of it were converted by; the ERP is not told of them.
    `edit` is the last change of the order that this is the document of; `earlier` is what it was before, in any of its
    states: a document that still shows one of them is ours and may be changed as long as the ERP allows it.
    """

    external_id: ExternalId
    reference: str
    kind: DocumentKind
    currency: str
    side: CurrencySide
    ordered_at: datetime
    buyer: Buyer
    bill_to: Address | None
    ship_to: Address | None
    lines: tuple[DocumentLine, ...]
    payments: tuple[DocumentPayment, ...]
    total: Decimal
    tax_total: Decimal
    tax_lines: int
    rounding_item: str | None = None
    location: str | None = None
    note: str | None = None
    codes: Mapping[str, str] = field(default_factory=dict)
    converted: tuple[Conversion, ...] = ()
    edit: StoreKey | None = None
    earlier: tuple[Earlier, ...] = ()

    @property
    def paid(self) -> Decimal:
        return total(payment.amount for payment in self.payments)

    @property
    def fully_paid(self) -> bool:
        return self.paid >= self.total


class Contents(Protocol):
    """What a sales document and a credit have in common, by which one is found again and judged."""

    @property
    def reference(self) -> str: ...

    @property
    def currency(self) -> str: ...

    @property
    def lines(self) -> Sequence[DocumentLine]: ...

    @property
    def total(self) -> Decimal: ...

    @property
    def tax_total(self) -> Decimal: ...

    @property
    def tax_lines(self) -> int: ...

    @property
    def rounding_item(self) -> str | None: ...


class DocumentState(StrEnum):
    """DRAFT is inert and counts as no document; OPEN can still be changed; POSTED is final; CANCELLED is void."""

    DRAFT = "draft"
    OPEN = "open"
    POSTED = "posted"
    CANCELLED = "cancelled"


@dataclass(frozen=True, kw_only=True)
class FoundDocument:
    """A document as the ERP has it now. `payments` are our transaction keys that are booked on it.

    `external_id` is what it carries; `stage` is the host's own finer state, read by its sink only.
    `lines` None: the host does not list them with the document. `revision`, where the host has one, is another after
    every change of the contents, so that a change that comes late can be told from one that is due. `amounts` are what is
    booked under our transaction keys, where the host says. `shipped`: the goods have left.
    """

    sink_key: SinkKey
    number: str | None
    external_id: str | None
    state: DocumentState
    total: Decimal | None
    tax_total: Decimal | None
    currency: str | None
    payments: frozenset[str] = frozenset()
    invoiced: bool = False
    stage: str = ""
    lines: tuple[FoundLine, ...] | None = None
    address: str | None = None
    revision: str = ""
    shipped: bool = False
    amounts: Mapping[str, Decimal] = field(default_factory=dict)
