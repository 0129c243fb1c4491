"""Odoo's records as we read them: only the fields that something depends on."""

from __future__ import annotations

from decimal import Decimal

from app.hosts.odoo.trees import NAME, Tree
from app.hosts.odoo.wire import Named, Row


class Article(Row, frozen=True, kw_only=True):
    """A product, of a code that Odoo does not keep unique."""

    default_code: str | None = None
    type: str | None = None
    uom_id: Named | None = None


class Commercial(Row, frozen=True, kw_only=True):
    commercial_partner_id: Named | None = None


class SaleLine(Row, frozen=True, kw_only=True):
    """`display_type` None: a line of goods, not a heading or a remark."""

    sequence: int = 0
    display_type: str | None = None
    product_uom_qty: Decimal
    qty_delivered: Decimal
    qty_to_invoice: Decimal
    price_subtotal: Decimal
    product_id: Article | None = None


class Sale(Row, frozen=True, kw_only=True):
    name: str
    state: str
    client_order_ref: str | None = None
    origin: str | None = None
    date_order: str
    amount_total: Decimal
    amount_tax: Decimal
    currency_id: Named
    partner_id: Commercial
    partner_invoice_id: Named
    invoice_status: str | None = None
    fiscal_position_id: Named | None = None
    invoice_ids: tuple[int, ...] = ()
    picking_ids: tuple[int, ...] = ()
    order_line: list[SaleLine]

    @property
    def currency(self) -> str:
        return self.currency_id.display_name or ""


SALE = Tree(
    fields=(
        "name",
        "state",
        "client_order_ref",
        "origin",
        "date_order",
        "amount_total",
        "amount_tax",
        "invoice_status",
        "invoice_ids",
        "picking_ids",
    ),
    below={
        "currency_id": ("res.currency", NAME),
        "fiscal_position_id": ("account.fiscal.position", NAME),
        "partner_invoice_id": ("res.partner", NAME),
        "partner_id": (
            "res.partner",
            Tree(below={"commercial_partner_id": ("res.partner", NAME)}),
        ),
        "order_line": (
            "sale.order.line",
            Tree(
                fields=(
                    "sequence",
                    "display_type",
                    "product_uom_qty",
                    "qty_delivered",
                    "qty_to_invoice",
                    "price_subtotal",
                ),
                below={"product_id": ("product.product", Tree(fields=("default_code", "type")))},
            ),
        ),
    },
)


class Bill(Row, frozen=True, kw_only=True):
    """An invoice or a credit note."""

    name: str | None = None
    ref: str | None = None
    state: str
    move_type: str
    amount_total: Decimal
    payment_state: str | None = None


BILL_FIELDS = ("name", "ref", "state", "move_type", "amount_total", "payment_state")


class BillLine(Row, frozen=True, kw_only=True):
    """`display_type` was empty in versions before 16 where it is “product” now."""

    sequence: int = 0
    display_type: str | None = None
    quantity: Decimal
    price_subtotal: Decimal
    product_id: Article | None = None


class Credit(Bill, frozen=True, kw_only=True):
    """A credit note with what is on it; an exchange that costs more is an invoice."""

    amount_tax: Decimal
    currency_id: Named
    invoice_line_ids: list[BillLine]

    @property
    def currency(self) -> str:
        return self.currency_id.display_name or ""


CREDIT = Tree(
    fields=(*BILL_FIELDS, "amount_tax"),
    below={
        "currency_id": ("res.currency", NAME),
        "invoice_line_ids": (
            "account.move.line",
            Tree(
                fields=("sequence", "display_type", "quantity", "price_subtotal"),
                below={"product_id": ("product.product", Tree(fields=("default_code",)))},
            ),
        ),
    },
)


class Paid(Row, frozen=True, kw_only=True):
    """A payment. What our key is written into is called `ref` in versions before 18."""

    state: str | None = None
    amount: Decimal
    payment_type: str
    memo: str | None = None
    ref: str | None = None

    @property
    def key(self) -> str:
        return self.memo or self.ref or ""

    @property
    def booked(self) -> bool:
        """In the books: later versions tell its ways to the bank apart."""
        return self.state not in (None, "draft", "cancel", "canceled", "rejected")


class Listing(Row, frozen=True, kw_only=True):
    """A sale in a list."""

    name: str
    state: str
    client_order_ref: str | None = None
    amount_total: Decimal
    currency_id: Named


LISTING_FIELDS = ("name", "state", "client_order_ref", "amount_total", "currency_id")
