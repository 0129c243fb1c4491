"""Business Central's rows as typed records; no other file knows how it spells their names."""

from __future__ import annotations

from decimal import Decimal
from typing import Generic, TypeVar

import msgspec

from app.outbound import Bounded

T = TypeVar("T")
NOBODY = "00000000-0000-0000-0000-000000000000"
COMMENT, ITEM, ACCOUNT = "Comment", "Item", "Account"
LEDGER_ACCOUNT, BANK = "G/L Account", "Bank Account"
"""What a side of a journal's line may be."""
_WORDS = frozenset({COMMENT, "_x0020_", " ", ""})
"""A posted shipment's line tells its type as the table has it, where words alone are of none: a blank, written so."""


class Row(Bounded, frozen=True, kw_only=True, rename="camel"):
    """What Business Central tells and we do not ask for is passed over."""

    id: str


class Rows(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """Even one without rows says what it is a list of."""

    context: str = msgspec.field(name="@odata.context")
    value: list[T]
    next: str | None = msgspec.field(default=None, name="@odata.nextLink")


class Company(Row, frozen=True, kw_only=True):
    name: str
    display_name: str = ""


class Line(Row, frozen=True, kw_only=True):
    """Of an order, an invoice or a credit memo. `net_amount`: after discounts, without tax."""

    sequence: int
    line_type: str = ""
    line_object_number: str = ""
    description: str = ""
    quantity: Decimal = Decimal(0)
    net_amount: Decimal = Decimal(0)
    item_variant_id: str = NOBODY
    shipped_quantity: Decimal = Decimal(0)
    invoiced_quantity: Decimal = Decimal(0)


class Document(Row, frozen=True, kw_only=True):
    number: str
    external_document_number: str
    customer_id: str = NOBODY
    customer_number: str = ""
    currency_code: str
    total_amount_including_tax: Decimal
    total_tax_amount: Decimal
    status: str
    last_modified_date_time: str = ""


class SalesOrder(Document, frozen=True, kw_only=True):
    etag: str = msgspec.field(default="", name="@odata.etag")
    fully_shipped: bool = False
    sales_order_lines: list[Line] = msgspec.field(default_factory=list)

    @property
    def lines(self) -> list[Line]:
        return self.sales_order_lines


class SalesInvoice(Document, frozen=True, kw_only=True):
    etag: str = msgspec.field(default="", name="@odata.etag")
    order_id: str = NOBODY
    order_number: str = ""
    remaining_amount: Decimal = Decimal(0)
    sales_invoice_lines: list[Line] = msgspec.field(default_factory=list)

    @property
    def lines(self) -> list[Line]:
        return self.sales_invoice_lines


class CreditMemo(Document, frozen=True, kw_only=True):
    etag: str = msgspec.field(default="", name="@odata.etag")
    invoice_number: str = ""
    sales_credit_memo_lines: list[Line] = msgspec.field(default_factory=list)

    @property
    def lines(self) -> list[Line]:
        return self.sales_credit_memo_lines


class ShipmentLine(Row, frozen=True, kw_only=True):
    """It has no field for a variant. `sequence`: as of the order's line, and of the invoice's."""

    sequence: int = 0
    line_type: str = ""
    line_object_number: str = ""
    description: str = ""
    quantity: Decimal = Decimal(0)

    @property
    def is_words(self) -> bool:
        return self.line_type in _WORDS


class Shipment(Row, frozen=True, kw_only=True):
    number: str
    external_document_number: str
    order_number: str = ""
    posting_date: str = ""
    last_modified_date_time: str = ""
    sales_shipment_lines: list[ShipmentLine] = msgspec.field(default_factory=list)


class JournalLine(Row, frozen=True, kw_only=True):
    """Of a customer payment journal, or of a general one."""

    document_number: str
    amount: Decimal
    external_document_number: str = ""
    comment: str = ""


class LedgerEntry(Row, frozen=True, kw_only=True):
    """What was posted. Amounts are in the company's own currency."""

    document_number: str
    document_type: str = ""
    description: str = ""


class Journal(Row, frozen=True, kw_only=True):
    """Its balancing account is of the ledger, which alone gives it an id, or a bank's; which of them is not told.

    `is_of_a_bank`: as it seems. One that was made from a template lacks its ledger account's id as well.
    """

    code: str
    display_name: str = ""
    balancing_account_id: str = NOBODY
    balancing_account_number: str = ""

    @property
    def is_of_a_bank(self) -> bool:
        return bool(self.balancing_account_number) and self.balancing_account_id in {"", NOBODY}


class Coded(Row, frozen=True, kw_only=True):
    code: str
    display_name: str = ""


class CompanyInformation(Row, frozen=True, kw_only=True):
    currency_code: str


class Variant(Row, frozen=True, kw_only=True):
    item_number: str
    code: str
    description: str = ""


class Customer(Row, frozen=True, kw_only=True):
    etag: str = msgspec.field(default="", name="@odata.etag")
    number: str
    display_name: str = ""
    type: str = ""
    address_line1: str = ""
    address_line2: str = ""
    city: str = ""
    state: str = ""
    country: str = ""
    postal_code: str = ""
    phone_number: str = ""
    email: str = ""
    currency_code: str = ""
    last_modified_date_time: str


class Named(Row, frozen=True, kw_only=True):
    """Whatever has a number."""

    number: str
