"""A connection document as records: everything Stockbridge has to know to speak an ERP that nobody wrote an adapter for.

`checking.py` says what else must hold.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeAlias

from app.hosts.rest.parts import (
    Amounts,
    Auth,
    Changes,
    Check,
    Choices,
    ErrorRule,
    JsonPath,
    Limits,
    Listing,
    NoAuth,
    Part,
    Promises,
    Writes,
)

# --- documents ---------------------------------------------------------------------------------------------------------

Stage: TypeAlias = Literal["draft", "open", "confirmed", "invoiced", "posted", "cancelled"]


class LineFields(Part, frozen=True, kw_only=True):
    rows: JsonPath
    item: JsonPath
    quantity: JsonPath
    net: JsonPath | None = None
    key: JsonPath | None = None


class PaymentFields(Part, frozen=True, kw_only=True):
    rows: JsonPath
    key: JsonPath
    amount: JsonPath | None = None


class DocumentFields(Part, frozen=True, kw_only=True):
    """Where a document's fields stand in its row. `key`: what the ERP knows it by in addresses."""

    key: JsonPath
    state: JsonPath
    number: JsonPath | None = None
    external_id: JsonPath | None = None
    total: JsonPath | None = None
    tax: JsonPath | None = None
    currency: JsonPath | None = None
    revision: JsonPath | None = None
    shipped: JsonPath | None = None
    lines: LineFields | None = None
    payments: PaymentFields | None = None


class Register(Part, frozen=True, kw_only=True):
    """Documents of one kind: how they are found by our key (or, `find_reference`, by what people see), read and made.

    `states`: the ERP's words for them, `*` for any other. Steps that the ERP does not know are left out.
    """

    find: Listing
    fields: DocumentFields
    states: Mapping[str, Stage]
    create: Writes
    find_reference: Listing | None = None
    find_number: Listing | None = None
    list: Listing | None = None
    confirm: Writes | None = None
    payment: Writes | None = None
    round: Writes | None = None
    discard: Writes | None = None
    cancel: Writes | None = None


class Orders(Register, frozen=True, kw_only=True):
    invoice: Writes | None = None
    deposit: Writes | None = None
    change: Writes | None = None
    choices: Mapping[str, Choices] = {}


class Refunds(Register, frozen=True, kw_only=True):
    """`payment` books the money that went back. `confirm` posts the credit."""


# --- the other flows ---------------------------------------------------------------------------------------------------


class StockFields(Part, frozen=True, kw_only=True):
    """`id`: what the ERP knows an item by, where two of its items may have one SKU."""

    item: JsonPath
    warehouse: JsonPath
    available: JsonPath | None = None
    physical: JsonPath | None = None
    reserved: JsonPath | None = None
    id: JsonPath | None = None


class Some(Listing, frozen=True, kw_only=True):
    """Asked about certain things, at most so many in one call."""

    most: int = 50


class Stock(Part, frozen=True, kw_only=True):
    page: Listing
    fields: StockFields
    warehouses: Choices
    of: Some


class PriceFields(Part, frozen=True, kw_only=True):
    """`tier` gives nothing for the list price."""

    item: JsonPath
    price: JsonPath
    currency: JsonPath
    tier: JsonPath | None = None


class Prices(Part, frozen=True, kw_only=True):
    page: Listing
    fields: PriceFields
    of: Some
    tiers: Choices = ()
    amounts: Amounts | None = None


class ItemFields(Part, frozen=True, kw_only=True):
    """Of each item of a product. `weight` in grams."""

    rows: JsonPath
    sku: JsonPath
    name: JsonPath
    key: JsonPath | None = None
    variant: JsonPath | None = None
    price: JsonPath | None = None
    cost: JsonPath | None = None
    currency: JsonPath | None = None
    quantity: JsonPath | None = None
    barcode: JsonPath | None = None
    weight: JsonPath | None = None
    active: JsonPath | None = None
    updated_at: JsonPath | None = None


class ProductFields(Part, frozen=True, kw_only=True):
    name: JsonPath
    items: ItemFields
    description: JsonPath | None = None
    category: JsonPath | None = None
    tags: JsonPath | None = None
    criteria: Mapping[str, JsonPath] = {}
    updated_at: JsonPath | None = None


class Items(Part, frozen=True, kw_only=True):
    changes: Changes
    get: Listing
    fields: ProductFields
    amounts: Amounts | None = None


class ShippedLines(Part, frozen=True, kw_only=True):
    rows: JsonPath
    item: JsonPath
    quantity: JsonPath
    line_key: JsonPath | None = None


class ShipmentFields(Part, frozen=True, kw_only=True):
    key: JsonPath
    order: JsonPath
    state: JsonPath
    lines: ShippedLines
    shipped_at: JsonPath
    updated_at: JsonPath
    number: JsonPath | None = None
    warehouse: JsonPath | None = None
    numbers: JsonPath | None = None
    carrier: JsonPath | None = None
    urls: JsonPath | None = None
    origin: JsonPath | None = None


class Shipments(Part, frozen=True, kw_only=True):
    """`of`: all shipments of one document, which parcels need."""

    changes: Changes
    get: Listing
    fields: ShipmentFields
    states: Mapping[str, Literal["packed", "sent", "cancelled"]]
    of: Listing | None = None


class Parcels(Part, frozen=True, kw_only=True):
    create: Writes
    track: Writes | None = None
    cancel: Writes | None = None


class AddressFields(Part, frozen=True, kw_only=True):
    rows: JsonPath
    name: JsonPath | None = None
    company: JsonPath | None = None
    street: JsonPath | None = None
    street2: JsonPath | None = None
    city: JsonPath | None = None
    postal_code: JsonPath | None = None
    province_code: JsonPath | None = None
    country_code: JsonPath | None = None
    phone: JsonPath | None = None


class CustomerFields(Part, frozen=True, kw_only=True):
    key: JsonPath
    updated_at: JsonPath
    our_key: JsonPath
    number: JsonPath | None = None
    first_name: JsonPath | None = None
    last_name: JsonPath | None = None
    email: JsonPath | None = None
    phone: JsonPath | None = None
    company: JsonPath | None = None
    tax_exempt: JsonPath | None = None
    addresses: AddressFields | None = None


class Customers(Part, frozen=True, kw_only=True):
    changes: Changes
    get: Listing
    search: Listing
    create: Writes
    change: Writes
    fields: CustomerFields


class StatusFields(Part, frozen=True, kw_only=True):
    """A path gives something (and not false) once the document has come so far."""

    key: JsonPath
    external_id: JsonPath
    number: JsonPath | None = None
    allocated: JsonPath | None = None
    shipped: JsonPath | None = None
    invoiced: JsonPath | None = None
    paid: JsonPath | None = None
    cancelled: JsonPath | None = None
    money: JsonPath | None = None
    currency: JsonPath | None = None


class Latest(Listing, frozen=True, kw_only=True):
    number: JsonPath = JsonPath("@")


class Status(Part, frozen=True, kw_only=True):
    """`latest`: the number of the last change, where changes are numbered."""

    changes: Changes
    fields: StatusFields
    latest: Latest | None = None


class DebtorFields(Part, frozen=True, kw_only=True):
    owed: JsonPath
    currency: JsonPath
    limit: JsonPath | None = None


class Debtors(Part, frozen=True, kw_only=True):
    find: Listing
    fields: DebtorFields
    amounts: Amounts | None = None


class RateFields(Part, frozen=True, kw_only=True):
    source: JsonPath
    target: JsonPath
    rate: JsonPath
    day: JsonPath
    per: JsonPath | None = None


class Rates(Part, frozen=True, kw_only=True):
    """`both_ways`: the ERP keeps one direction of a pair and converts both."""

    page: Listing
    fields: RateFields
    both_ways: bool = False


class Description(Part, frozen=True, kw_only=True):
    """The whole document. A flow that is left out is one that this ERP takes no part in."""

    check: Check
    orders: Orders
    auth: Auth = NoAuth()
    headers: Mapping[str, str] = {}
    amounts: Amounts = "decimal"
    times: Literal["iso", "epoch", "epoch_ms"] = "iso"
    zone: str = "UTC"
    limits: Limits = Limits()
    promises: Promises = Promises()
    errors: tuple[ErrorRule, ...] = ()
    refunds: Refunds | None = None
    stock: Stock | None = None
    prices: Prices | None = None
    items: Items | None = None
    shipments: Shipments | None = None
    parcels: Parcels | None = None
    customers: Customers | None = None
    status: Status | None = None
    debtors: Debtors | None = None
    rates: Rates | None = None
