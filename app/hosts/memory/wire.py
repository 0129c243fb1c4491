"""The demo ERP's wire format, spoken by its server and by our adapter alike; amounts travel as strings."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import msgspec

BOOKS = "/books/"
"""In the address of books for practice, before the name of the books."""


class Tax(msgspec.Struct, frozen=True, kw_only=True):
    code: str
    amount: Decimal | None = None
    rate: Decimal | None = None


class Line(msgspec.Struct, frozen=True, kw_only=True):
    key: str
    item: str
    quantity: Decimal
    net: Decimal
    title: str = ""
    kind: str = "item"
    discount: Decimal = Decimal(0)
    taxes: tuple[Tax, ...] = ()
    location: str | None = None
    codes: dict[str, str] = {}


class Payment(msgspec.Struct, frozen=True, kw_only=True):
    """Money for a document: a deposit before it is invoiced, a payment after. `reference` is the caller's own key."""

    reference: str
    method: str
    amount: Decimal
    at: str
    kind: str = "payment"


class Customer(msgspec.Struct, frozen=True, kw_only=True):
    """Who buys: a customer of the ERP by `id`, else who has the key or the e-mail, else somebody new.

    `apart`: a guest or a company, whom a document is booked on and who is no person to be kept in step.
    """

    key: str | None = None
    email: str | None = None
    name: str | None = None
    id: int | None = None
    apart: bool = False


class Place(msgspec.Struct, frozen=True, kw_only=True):
    name: str | None = None
    company: str | None = None
    street: str | None = None
    street2: str | None = None
    city: str | None = None
    postal_code: str | None = None
    province_code: str | None = None
    country_code: str | None = None
    phone: str | None = None


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """A customer as somebody writes it. `addresses`: the default one first. What is None stays as it is."""

    key: str | None = None
    email: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    phone: str | None = None
    company: str | None = None
    tax_exempt: bool | None = None
    addresses: tuple[Place, ...] | None = None


class KnownPerson(msgspec.Struct, frozen=True, kw_only=True):
    """A customer as the server shows it. `revision` grows with every change of anybody."""

    id: int
    number: str
    key: str | None
    email: str | None
    first_name: str | None
    last_name: str | None
    phone: str | None
    company: str | None
    tax_exempt: bool | None
    addresses: tuple[Place, ...]
    updated_at: str
    revision: int


class Persons(msgspec.Struct, frozen=True, kw_only=True):
    """By revision; `next` is the revision to go on after, None on the last page."""

    customers: tuple[KnownPerson, ...]
    next: int | None = None


class Sought(msgspec.Struct, frozen=True, kw_only=True):
    """Who is looked for: asked in a body, so that no address of a request names anybody."""

    key: str | None = None
    email: str | None = None


class Limit(msgspec.Struct, frozen=True, kw_only=True):
    """What a customer may owe at the most."""

    amount: Decimal
    currency: str


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """What a customer owes by all documents that are no drafts, paid in part or not at all. `limit` None: none was set."""

    customer: int
    currency: str
    owed: Decimal
    limit: Decimal | None = None


class Accounts(msgspec.Struct, frozen=True, kw_only=True):
    accounts: tuple[Account, ...]


class Control(msgspec.Struct, frozen=True, kw_only=True):
    """For documents that are final at once: the total the caller expects, and where a small difference may go."""

    total: Decimal
    tolerance: Decimal = Decimal(0)
    item: str | None = None


class Goods(msgspec.Struct, frozen=True, kw_only=True):
    """Goods of a line that a credit gives back. `restock`: cancel (never left), return (to `location`) or none (lost);

    sent: goods that leave `location` in exchange.
    """

    line: str
    item: str
    quantity: Decimal
    restock: str
    location: str | None = None


class NewDocument(msgspec.Struct, frozen=True, kw_only=True):
    currency: str
    customer: Customer
    lines: tuple[Line, ...]
    external_id: str | None = None
    reference: str | None = None
    ordered_at: str | None = None
    bill_to: dict[str, str] | None = None
    ship_to: dict[str, str] | None = None
    location: str | None = None
    note: str | None = None
    codes: dict[str, str] = {}
    payments: tuple[Payment, ...] = ()
    control: Control | None = None
    goods: tuple[Goods, ...] = ()


class Revision(msgspec.Struct, frozen=True, kw_only=True):
    """New contents for a document that shows `revision`: its lines, and as in `Control` what they must come to."""

    revision: int
    lines: tuple[Line, ...]
    control: Control | None = None


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """A document as the server shows it. `type`: sales_order, cash_sale, or against one of them credit_memo, cash_refund;

    `status`: draft, open, confirmed, invoiced, posted (a cash sale, a credit) or cancelled. A credit's amounts are what is
    given back; `against` is the document it is made against. `revision` counts the changes of its lines, `changed` puts all
    documents in the order in which anything about them changed last.
    """

    id: int
    number: str
    type: str
    status: str
    external_id: str | None
    reference: str | None
    invoice: str | None
    created_at: str
    currency: str
    customer: Customer
    lines: tuple[Line, ...]
    payments: tuple[Payment, ...]
    total: Decimal
    tax_total: Decimal
    paid: Decimal
    against: int | None = None
    revision: int = 0
    shipped: bool = False
    location: str | None = None
    note: str | None = None
    codes: dict[str, str] = {}
    changed: int = 0


class Documents(msgspec.Struct, frozen=True, kw_only=True):
    """A page, oldest first; `next` is the id to go on after, None on the last page."""

    documents: tuple[Document, ...]
    next: int | None = None


class Item(msgspec.Struct, frozen=True, kw_only=True):
    code: str
    title: str = ""


class Items(msgspec.Struct, frozen=True, kw_only=True):
    items: tuple[Item, ...]


class Shelf(msgspec.Struct, frozen=True, kw_only=True):
    """Stock of one item in one warehouse. `reserved` is promised by confirmed documents, `reserved_elsewhere` the part

    of it whose documents carry no external id; `available` is what is free.
    """

    item: str
    warehouse: str
    physical: Decimal
    reserved: Decimal = Decimal(0)
    reserved_elsewhere: Decimal = Decimal(0)
    available: Decimal = Decimal(0)


class Shelves(msgspec.Struct, frozen=True, kw_only=True):
    """A page by item and warehouse; `next` is where to go on, None on the last page."""

    shelves: tuple[Shelf, ...]
    next: str | None = None


class Warehouses(msgspec.Struct, frozen=True, kw_only=True):
    warehouses: tuple[str, ...]


class Price(msgspec.Struct, frozen=True, kw_only=True):
    """What one unit costs: everybody, or customers of a `tier`. None: nobody has said."""

    item: str
    currency: str
    price: Decimal | None = None
    tier: str | None = None


class Prices(msgspec.Struct, frozen=True, kw_only=True):
    """A page by tier and item; `next` is where to go on, None on the last page."""

    prices: tuple[Price, ...]
    next: str | None = None


class Quote(msgspec.Struct, frozen=True, kw_only=True):
    """So much of `target` for one of `source`, from `day` on; the other way round it is one for so much."""

    day: date
    source: str
    target: str
    rate: Decimal


class Quotes(msgspec.Struct, frozen=True, kw_only=True):
    """A page by day and pair; `next` is where to go on, None on the last page."""

    quotes: tuple[Quote, ...]
    next: str | None = None


class Tiers(msgspec.Struct, frozen=True, kw_only=True):
    tiers: tuple[str, ...]


class Track(msgspec.Struct, frozen=True, kw_only=True):
    """How a parcel is followed; `urls` in the order of `numbers`."""

    numbers: tuple[str, ...] = ()
    carrier: str | None = None
    urls: tuple[str, ...] = ()


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    """Units of a document's line."""

    line: str
    item: str
    quantity: Decimal


class Correction(Track, frozen=True, kw_only=True):
    """How it is followed after all. `seen`: only if nothing has changed since then."""

    seen: str | None = None


class NewShipment(msgspec.Struct, frozen=True, kw_only=True):
    """Without lines: all that is left of the document. `key` is the caller's own: one shipment goes by it at most."""

    key: str | None = None

    lines: tuple[Sent, ...] = ()
    warehouse: str | None = None
    track: Track = Track()


class Shipment(msgspec.Struct, frozen=True, kw_only=True):
    """`state`: sent or cancelled. `external_id` is its document's, `key` its own."""

    id: int
    number: str
    document: int
    external_id: str | None
    state: str
    lines: tuple[Sent, ...]
    warehouse: str | None
    track: Track
    sent_at: str
    updated_at: str
    key: str | None = None


class Shipments(msgspec.Struct, frozen=True, kw_only=True):
    """A page by revision; `last` is the newest of it, `more` whether it may go on."""

    shipments: tuple[Shipment, ...]
    last: int
    more: bool = False


class Ware(msgspec.Struct, frozen=True, kw_only=True):
    """An item that is sold, with what it shares with the others of its `group`. `weight` is in grams."""

    sku: str
    group: str
    title: str
    currency: str = "EUR"
    variant: str | None = None
    description: str | None = None
    category: str | None = None
    tags: tuple[str, ...] = ()
    criteria: dict[str, str] = {}
    price: Decimal | None = None
    cost: Decimal | None = None
    quantity: Decimal | None = None
    barcode: str | None = None
    weight: Decimal | None = None
    active: bool = True
    changed_at: str = ""


class Wares(msgspec.Struct, frozen=True, kw_only=True):
    """A page by time of change; `next` is where to go on, None on the last page."""

    wares: tuple[Ware, ...]
    next: str | None = None


class Status(msgspec.Struct, frozen=True, kw_only=True):
    """What the server says about itself."""

    company: str
    version: str
    time: str
    fence: str
    tax: str


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """A refusal: a stable code, a sentence, and the document or item it is about where there is one."""

    code: str
    sentence: str
    document: Document | None = None
    item: str | None = None
    customer: KnownPerson | None = None
    shipment: Shipment | None = None


class FaultsWanted(msgspec.Struct, frozen=True):
    """Whether books for practice go wrong now and then."""

    on: bool
