"""What we read of Tryton's records, field by field; a missing or misshapen field is an unreadable answer."""

from __future__ import annotations

from typing import Literal

from app.hosts.tryton.wire import Day, Moment, Number
from app.outbound import Bounded


class Row(Bounded, frozen=True):
    id: int


class Coded(Row, frozen=True):
    code: str | None


class Named(Row, frozen=True):
    name: str


class Labelled(Row, frozen=True):
    rec_name: str


class Place(Row, frozen=True):
    """A warehouse."""

    code: str | None
    name: str


class Shop(Named, frozen=True):
    company: Labelled
    warehouses: list[Place]


class Journal(Named, frozen=True):
    """One way of paying in one currency."""

    currency: Coded


class Product(Coded, frozen=True):
    sale_uom: Row | None


class Quantities(Coded, frozen=True):
    """A product's stock, in the warehouse and up to the day that the context names."""

    quantity: float | None
    forecast_quantity: float | None


class Priced(Coded, frozen=True):
    """A product's own list price, or its template's where it has none."""

    list_price_used: Number | None


class Wallet(Row, frozen=True):
    """A company."""

    currency: Coded


class Quoted(Row, frozen=True):
    """How much of its currency one of the base buys, from its day on."""

    date: Day
    rate: Number
    currency: Coded


class AddressRow(Row, frozen=True):
    party_name: str | None
    street_unstructured: str | None
    postal_code: str | None
    city: str | None
    country: Coded | None


class Party(Row, frozen=True):
    addresses: list[AddressRow]


class OwingParty(Row, frozen=True):
    """What a party owes the company that the context names, in that one's currency."""

    receivable: Number | None
    currency: Coded


class LimitedParty(OwingParty, frozen=True):
    """Where the module account_credit_limit is installed; no limit is nothing."""

    credit_amount: Number | None
    credit_limit_amount: Number | None


class PaymentRow(Row, frozen=True):
    reference: str | None
    state: str
    amount: Number | None


class MoveLine(Row, frozen=True):
    reconciliation: Row | None


class InvoiceRow(Row, frozen=True):
    state: str
    lines_to_pay: list[MoveLine]


class LineRow(Row, frozen=True):
    type: str
    sequence: int | None
    quantity: float | None
    amount: Number | None
    product: Coded | None


class Sale(Row, frozen=True, rename={"timestamp": "_timestamp"}):
    """A sale with what hangs on it; `timestamp` changes with every write and guards ours."""

    timestamp: str
    state: Literal["draft", "quotation", "confirmed", "processing", "done", "cancelled"]
    number: str | None
    web_id: str | None
    party: Row
    currency: Coded
    total_amount: Number | None
    tax_amount: Number | None
    shipment_state: str
    lines: list[LineRow]
    payments: list[PaymentRow]
    invoices: list[InvoiceRow]


class Origin(Row, frozen=True):
    """Of a sale what its return is made of."""

    party: Row
    invoice_address: Row | None
    shipment_address: Row | None
    warehouse: Row | None
    total_amount: Number | None


class Listing(Row, frozen=True):
    """A sale in a list."""

    state: str
    number: str | None
    web_id: str | None
    currency: Coded
    total_amount: Number | None


class Moved(Row, frozen=True):
    """A sale in a list of what changed; its invoices and shipments move on their own."""

    state: str
    number: str | None
    web_id: str | None
    currency: Coded
    total_amount: Number | None
    shipment_state: str
    invoice_state: str
    write_date: Moment | None
    create_date: Moment
    payments: list[PaymentRow]


class Stateful(Row, frozen=True):
    state: str


SALE_FIELDS = (
    "_timestamp",
    "state",
    "number",
    "web_id",
    "party.id",
    "currency.code",
    "total_amount",
    "tax_amount",
    "lines.type",
    "lines.sequence",
    "lines.quantity",
    "lines.amount",
    "lines.product.code",
    "payments.reference",
    "payments.state",
    "payments.amount",
    "shipment_state",
    "invoices.state",
    "invoices.lines_to_pay.reconciliation.id",
)
ORIGIN_FIELDS = ("party.id", "invoice_address.id", "shipment_address.id", "warehouse.id", "total_amount")
MOVED_FIELDS = (
    "state",
    "number",
    "web_id",
    "currency.code",
    "total_amount",
    "shipment_state",
    "invoice_state",
    "write_date",
    "create_date",
    "payments.reference",
    "payments.state",
    "payments.amount",
)
LISTING_FIELDS = ("state", "number", "web_id", "currency.code", "total_amount")
DEBTOR_FIELDS = ("receivable", "currency.code")
LIMITED_FIELDS = (*DEBTOR_FIELDS, "credit_amount", "credit_limit_amount")
RATE_FIELDS = ("date", "rate", "currency.code")
ADDRESS_FIELDS = ("party_name", "street_unstructured", "postal_code", "city", "country.code")
