"""Sales documents to try things with: every kind of line, tax, currency, buyer and state of money, each adding up."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from app.domain.address import Address
from app.domain.customer import Buyer
from app.domain.document import (
    DocumentKind,
    DocumentLine,
    DocumentLineKind,
    DocumentPayment,
    DocumentTax,
    SalesDocument,
)
from app.domain.ids import StoreKey, external_id
from app.domain.money import CurrencySide, minor_unit, total

ITEMS = ("TEA", "MUG", "SHIPPING", "GIFT-CARD", "TIP", "DUTY", "ROUNDING")
TAX_RATES: Mapping[str, Decimal] = {"VAT20": Decimal("0.20"), "VAT7": Decimal("0.07")}
METHODS = ("card", "cash", "gift_card")
ROUNDING_ITEM = "ROUNDING"

ORDERED_AT = datetime(2026, 11, 3, 9, 30, tzinfo=UTC)
BUYER = Buyer(key=StoreKey("7001"), name="Ada Beispiel", email="ada@example.com", phone="+49 30 5550100")
ADDRESS = Address(
    name="Ada Beispiel",
    street="Musterweg 1",
    city="Berlin",
    postal_code="10115",
    country_code="DE",
    phone="+49 30 5550100",
)


def line(
    item: str,
    net: str,
    *taxes: str,
    quantity: str = "1",
    kind: DocumentLineKind = DocumentLineKind.ITEM,
    discount: str = "0",
    currency: str = "EUR",
    key: str | None = None,
) -> DocumentLine:
    """A line whose taxes are computed as a shop does: per line, half up."""
    return DocumentLine(
        key=key or f"{item.lower()}-{net}",
        kind=kind,
        item=item,
        title=item.title(),
        quantity=Decimal(quantity),
        net=Decimal(net),
        discount=Decimal(discount),
        taxes=tuple(
            DocumentTax(
                code=code,
                rate=TAX_RATES[code],
                amount=(Decimal(net) * TAX_RATES[code]).quantize(minor_unit(currency), ROUND_HALF_UP),
            )
            for code in taxes
        ),
    )


def payment(amount: Decimal | str, method: str = "card", key: str | None = None) -> DocumentPayment:
    return DocumentPayment(
        key=StoreKey(key or uuid.uuid4().hex[:12]), method=method, amount=Decimal(amount), at=ORDERED_AT
    )


def document(
    lines: Iterable[DocumentLine] | None = None, *, paid: str | Decimal | None = None, **changes: Any
) -> SalesDocument:
    """A document that adds up, with an external id of its own. `paid`: None for in full by card, else that much."""
    rows = tuple(lines or (line("TEA", "20.00", "VAT20", quantity="2"), _shipping("4.90", "VAT20")))
    tax = total(t.amount for row in rows for t in row.taxes)
    whole = total(row.net for row in rows) + tax
    due = whole if paid is None else Decimal(paid)
    number = uuid.uuid4().hex[:10]
    made = SalesDocument(
        external_id=external_id(kind="order", store="demo", key=number),
        reference=f"#{number}",
        kind=DocumentKind.INVOICED_ORDER,
        currency="EUR",
        side=CurrencySide.SHOP,
        ordered_at=ORDERED_AT,
        buyer=BUYER,
        bill_to=ADDRESS,
        ship_to=ADDRESS,
        lines=rows,
        payments=(payment(due),) if due else (),
        total=whole,
        tax_total=tax,
        tax_lines=sum(len(row.taxes) for row in rows),
        rounding_item=ROUNDING_ITEM,
    )
    return replace(made, **changes)


def _shipping(net: str, *taxes: str, currency: str = "EUR") -> DocumentLine:
    return line("SHIPPING", net, *taxes, kind=DocumentLineKind.SHIPPING, currency=currency)


def in_kind(kind: DocumentKind, *, paid: str | Decimal | None = None) -> SalesDocument:
    return document(paid=paid, kind=kind)


def free() -> SalesDocument:
    """Everything discounted away: nothing to pay."""
    return document([line("TEA", "0.00", "VAT20", discount="20.00")])


def two_instruments() -> SalesDocument:
    made = document()
    part = Decimal("10.00")
    return replace(made, payments=(payment(part, "gift_card"), payment(made.total - part)))


EXAMPLES: Mapping[str, Callable[[], SalesDocument]] = {
    "plain": document,
    "without_tax": lambda: document([line("TEA", "12.34"), line("MUG", "5.66", quantity="3")]),
    "two_taxes": lambda: document([line("TEA", "9.99", "VAT20", "VAT7"), _shipping("3.33", "VAT7")]),
    "discounted": lambda: document(
        [line("TEA", "16.67", "VAT20", quantity="3", discount="3.33"), _shipping("4.90", "VAT20")]
    ),
    "many_cents": lambda: document(
        [line("TEA", f"0.{n:02}", "VAT20", key=f"row-{n}") for n in (3, 7, 12, 33, 58)]
    ),
    "yen": lambda: document(
        [line("TEA", "1205", "VAT20", quantity="3", currency="JPY"), _shipping("500", currency="JPY")],
        currency="JPY",
    ),
    "dinar": lambda: document(
        [line("MUG", "7.125", "VAT7", currency="KWD"), _shipping("1.255", "VAT7", currency="KWD")],
        currency="KWD",
    ),
    "tip_duty_and_gift_card": lambda: document(
        [
            line("MUG", "25.00", "VAT20"),
            line("GIFT-CARD", "50.00", kind=DocumentLineKind.GIFT_CARD),
            line("TIP", "3.00", kind=DocumentLineKind.TIP),
            line("DUTY", "6.40", kind=DocumentLineKind.DUTY),
        ]
    ),
    "two_instruments": two_instruments,
    "free": free,
    "guest": lambda: document(buyer=Buyer(key=None), bill_to=None, ship_to=None),
    "company": lambda: document(
        buyer=replace(BUYER, company="Beispiel GmbH", company_key=StoreKey("88"), location_key=StoreKey("89"))
    ),
    "sales_order": lambda: in_kind(DocumentKind.SALES_ORDER),
    "unpaid_sales_order": lambda: in_kind(DocumentKind.SALES_ORDER, paid="0"),
    "unpaid_to_be_invoiced": lambda: in_kind(DocumentKind.INVOICED_ORDER, paid="0"),
    "partly_paid": lambda: in_kind(DocumentKind.ORDER_WITH_DEPOSIT, paid="10.00"),
    "deposit": lambda: in_kind(DocumentKind.ORDER_WITH_DEPOSIT),
    "cash_sale": lambda: in_kind(DocumentKind.CASH_SALE),
}
"""By name: a function that makes a fresh one."""
