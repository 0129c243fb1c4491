"""A refund as the Admin API tells it: exactly the fields of `queries/refund.graphql`, typed, nothing decided yet."""

from __future__ import annotations

from datetime import datetime

from msgspec import field

from app.shopify.order_wire import Bag, Id, Line, Nodes, Paged, Tax, Wire


class RefundedOrder(Wire):
    id: str
    name: str
    taxes_included: bool
    subtotal_line_items_quantity: int
    current_subtotal_line_items_quantity: int
    total_price_set: Bag
    total_received_set: Bag


class Exchanged(Wire):
    line_items: list[Line] | None


class Return(Wire):
    id: str
    exchange_line_items: Paged[Exchanged]


class OriginalDuty(Wire):
    id: str
    tax_lines: list[Tax]


class RefundedDuty(Wire):
    amount_set: Bag
    original_duty: OriginalDuty | None


class Adjustment(Wire):
    id: str
    reason: str | None
    amount_set: Bag
    tax_amount_set: Bag


class OriginalShipping(Wire):
    title: str
    tax_lines: list[Tax]


class RefundedShipping(Wire):
    id: str
    shipping_line: OriginalShipping
    subtotal_amount_set: Bag
    tax_amount_set: Bag


class Returned(Wire):
    """Money that went back."""

    id: str
    kind: str
    status: str
    gateway: str | None
    created_at: datetime
    processed_at: datetime | None
    amount_set: Bag
    amount_rounding_set: Bag | None


class Back(Wire):
    id: str | None
    quantity: int
    restock_type: str
    location: Id | None
    subtotal_set: Bag
    total_tax_set: Bag
    line_item: Line


class Refund(Wire):
    id: str
    created_at: datetime | None
    processed_at: datetime
    updated_at: datetime
    note: str | None
    order: RefundedOrder
    returned: Return | None = field(name="return")
    total_refunded_set: Bag
    duties: list[RefundedDuty] | None
    order_adjustments: Nodes[Adjustment]
    refund_shipping_lines: Nodes[RefundedShipping]
    transactions: Nodes[Returned]
    refund_line_items: Paged[Back]


class RefundAnswer(Wire):
    refund: Refund | None


class Disposition(Wire):
    """What became of units that arrived."""

    type: str
    quantity: int
    location: Id | None


class SentLine(Wire):
    line_item: Id


class Disposed(Wire):
    fulfillment_line_item: SentLine | None
    dispositions: list[Disposition]


class Reverse(Wire):
    line_items: Paged[Disposed]


class ReturnDisposed(Wire):
    reverse_fulfillment_orders: Paged[Reverse]


class DisposedAnswer(Wire):
    returned: ReturnDisposed | None = field(name="return")


class BackLines(Wire):
    refund_line_items: Paged[Back]


class BackAnswer(Wire):
    refund: BackLines | None
