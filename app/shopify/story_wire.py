"""The agreements of an order as the Admin API tells them: exactly the fields of `queries/order_story.graphql`, typed."""

from __future__ import annotations

from datetime import datetime

from app.shopify.order_wire import Bag, Id, Paged, Wire


class TaxName(Wire):
    title: str
    rate: float | None


class SaleTax(Wire):
    amount: Bag
    tax_line: TaxName


class Sale(Wire):
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


class Agreed(Wire):
    agreements: Paged[Agreement]


class StoryAnswer(Wire):
    order: Agreed | None
