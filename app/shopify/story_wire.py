"""The agreements of an order as the Admin API tells them: exactly the fields of `queries/order_story.graphql`, typed."""

from __future__ import annotations

from datetime import datetime

from msgspec import field

from app.shopify.order_wire import Bag, Id, Paged, Wire


class TaxName(Wire):
    title: str
    rate: float | None


class SaleTax(Wire):
    amount: Bag
    tax_line: TaxName


class Sale(Wire):
    line_type: str
    quantity: int | None
    total_amount: Bag
    total_tax_amount: Bag
    total_discount_amount_before_taxes: Bag
    taxes: list[SaleTax]
    line_item: Id | None = None
    shipping_line: Id | None = None


class Agreement(Wire):
    id: str
    happened_at: datetime
    reason: str
    sales: Paged[Sale]
    refund: Id | None = None
    returned: Id | None = field(name="return", default=None)


class RefundMade(Wire):
    id: str
    created_at: datetime | None
    returned: Id | None = field(name="return")


class Agreed(Wire):
    refunds: list[RefundMade]
    agreements: Paged[Agreement]


class StoryAnswer(Wire):
    order: Agreed | None
