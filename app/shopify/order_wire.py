"""An order as the Admin API tells it: exactly the fields of `queries/order.graphql`, typed, nothing decided yet."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Generic, TypeVar

from msgspec import Struct, field

N = TypeVar("N")


class Wire(Struct, kw_only=True, rename="camel"):
    """The base of what follows; None is Shopify's null: unknown, absent or not allowed."""


class Id(Wire):
    id: str


class Amount(Wire):
    amount: Decimal
    currency_code: str


class Bag(Wire):
    shop_money: Amount
    presentment_money: Amount


class Page(Wire):
    has_next_page: bool
    end_cursor: str | None = None


class Nodes(Wire, Generic[N]):
    nodes: list[N]


class Paged(Wire, Generic[N]):
    nodes: list[N]
    page_info: Page


class Tax(Wire):
    title: str
    rate: float | None
    channel_liable: bool | None
    price_set: Bag


class Application(Wire):
    code: str | None = None
    title: str | None = None


class Allocation(Wire):
    allocated_amount_set: Bag
    discount_application: Application


class Duty(Wire):
    id: str
    price: Bag
    tax_lines: list[Tax]


class Line(Wire):
    id: str
    name: str
    sku: str | None
    vendor: str | None
    quantity: int
    current_quantity: int
    is_gift_card: bool
    requires_shipping: bool
    variant: Id | None
    original_total_set: Bag
    discount_allocations: list[Allocation]
    tax_lines: list[Tax]
    duties: list[Duty]


class Shipping(Wire):
    id: str | None
    title: str
    code: str | None
    is_removed: bool
    original_price_set: Bag
    discount_allocations: list[Allocation]
    tax_lines: list[Tax]


class Fee(Wire):
    id: str
    name: str
    price: Bag
    tax_lines: list[Tax]


class Transaction(Wire):
    id: str
    kind: str
    status: str
    gateway: str | None
    manual_payment_gateway: bool
    created_at: datetime
    processed_at: datetime | None
    amount_set: Bag
    amount_rounding_set: Bag | None
    parent_transaction: Id | None


class Email(Wire):
    email_address: str


class Phone(Wire):
    phone_number: str


class Customer(Wire):
    id: str
    first_name: str | None
    last_name: str | None
    tags: list[str]
    tax_exempt: bool
    default_email_address: Email | None
    default_phone_number: Phone | None


class Company(Wire):
    """A company, or a location of one."""

    id: str
    name: str


class Purchaser(Wire):
    """Empty when a person bought: only a company's fields are asked for."""

    company: Company | None = None
    location: Company | None = None


class Postal(Wire):
    name: str | None
    company: str | None
    address1: str | None
    address2: str | None
    city: str | None
    zip: str | None
    province_code: str | None
    country_code_v2: str | None = field(name="countryCodeV2")
    phone: str | None


class Where(Wire):
    country_code: str | None
    province_code: str | None


class Counter(Wire):
    """A location that sells over the counter."""

    id: str
    address: Where


class ShipLine(Wire):
    total_quantity: int
    line_item: Id


class Place(Wire):
    location: Id | None


class FulfillmentOrder(Wire):
    status: str
    assigned_location: Place
    line_items: Nodes[ShipLine]


class Sent(Wire):
    id: str
    updated_at: datetime


class Rounding(Wire):
    payment_set: Bag


class Risk(Wire):
    recommendation: str


class Order(Wire):
    id: str
    name: str
    created_at: datetime
    processed_at: datetime
    updated_at: datetime
    cancelled_at: datetime | None
    test: bool
    edited: bool
    return_status: str
    risk: Risk
    source_name: str | None
    taxes_included: bool
    duties_included: bool
    tax_exempt: bool
    display_financial_status: str | None
    email: str | None
    phone: str | None
    note: str | None
    tags: list[str]
    po_number: str | None
    discount_codes: list[str]
    customer: Customer | None
    purchasing_entity: Purchaser | None
    billing_address: Postal | None
    shipping_address: Postal | None
    retail_location: Counter | None
    payment_terms: Id | None
    total_price_set: Bag
    total_tax_set: Bag | None
    current_total_price_set: Bag
    total_tip_received_set: Bag
    total_received_set: Bag
    total_cash_rounding_adjustment: Rounding
    additional_fees: list[Fee]
    transactions: list[Transaction]
    shipping_lines: Nodes[Shipping]
    line_items: Paged[Line]
    refunds: list[Id]
    fulfillments: list[Sent]
    fulfillment_orders: Nodes[FulfillmentOrder]


class OrderAnswer(Wire):
    order: Order | None


class Lines(Wire):
    line_items: Paged[Line]


class LinesAnswer(Wire):
    order: Lines | None


class Changed(Wire):
    id: str
    updated_at: datetime


class ChangedAnswer(Wire):
    orders: Paged[Changed]


class Created(Wire):
    id: str
    created_at: datetime
    updated_at: datetime


class CreatedAnswer(Wire):
    orders: Paged[Created]
