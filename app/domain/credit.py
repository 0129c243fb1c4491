"""A credit: what a refund becomes for an ERP, against the document of its order, with the ERP's own codes."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from app.domain.document import DocumentLine, DocumentPayment
from app.domain.ids import ExternalId, StoreKey
from app.domain.money import CurrencySide, total
from app.domain.refund import Restock


@dataclass(frozen=True, kw_only=True)
class GoodsBack:
    """So many of a document line's item, and what becomes of them; `location` is the ERP's own code."""

    line_key: StoreKey
    item: str
    quantity: Decimal
    restock: Restock
    location: str | None = None


@dataclass(frozen=True, kw_only=True)
class CreditDocument:
    """What one refund is to be in the ERP. Amounts are positive for what is given back, all in `currency`.

    `order_external_id` is our key on the document that it is made against. `whole`: nothing of the order is left, so an
    order that nothing was billed of may simply be cancelled. `payments` is the money returned, by our keys.
    `tax_lines` is the tolerance in minor units for hosts that compute tax. `lost_item` stands for goods that do not come
    back, where a host would else put them on a shelf.
    """

    external_id: ExternalId
    reference: str
    order_external_id: ExternalId
    order_reference: str
    currency: str
    side: CurrencySide
    refunded_at: datetime
    lines: tuple[DocumentLine, ...]
    goods: tuple[GoodsBack, ...]
    payments: tuple[DocumentPayment, ...]
    total: Decimal
    tax_total: Decimal
    tax_lines: int
    whole: bool = False
    rounding_item: str | None = None
    lost_item: str | None = None
    note: str | None = None
    codes: dict[str, str] = field(default_factory=dict)

    @property
    def refunded(self) -> Decimal:
        return total(payment.amount for payment in self.payments)
