"""Sales documents of every shape, as the orders flow hands them to a host."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from decimal import Decimal
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
from app.domain.ids import ExternalId, StoreKey
from app.domain.money import CurrencySide

AT = datetime(2026, 11, 20, 12, 30, tzinfo=UTC)
HOME = Address(name="Ada Byron", street="1 Main St", postal_code="1000", city="Brussels", country_code="BE")


def line(item: str, quantity: int, net: str, *taxes: tuple[str, str], title: str = "Thing") -> DocumentLine:
    kind = DocumentLineKind.ITEM if item.startswith("SKU") else DocumentLineKind.FEE
    return DocumentLine(
        key=secrets.token_hex(4),
        kind=kind,
        item=item,
        title=title,
        quantity=Decimal(quantity),
        net=Decimal(net),
        taxes=tuple(DocumentTax(code=code, amount=Decimal(amount)) for code, amount in taxes),
    )


def payment(amount: str, method: str = "shopify_payments") -> DocumentPayment:
    return DocumentPayment(
        key=StoreKey(f"tx{secrets.token_hex(5)}"), method=method, amount=Decimal(amount), at=AT
    )


def document(
    *lines: DocumentLine, payments: tuple[DocumentPayment, ...] = (), **changes: Any
) -> SalesDocument:
    """Totals are those of the lines; `changes` replace any field."""
    key = changes.pop("key", secrets.token_hex(5))
    tax = sum((t.amount for each in lines for t in each.taxes), Decimal(0))
    values: dict[str, Any] = {
        "external_id": ExternalId(f"order-shop-{key}"),
        "reference": f"#{key}",
        "kind": DocumentKind.INVOICED_ORDER,
        "currency": "EUR",
        "side": CurrencySide.SHOP,
        "ordered_at": AT,
        "buyer": Buyer(key=StoreKey(f"c{key}"), name="Ada Byron", email="ada@example.com"),
        "bill_to": HOME,
        "ship_to": HOME,
        "lines": lines,
        "payments": payments,
        "total": sum((each.net for each in lines), Decimal(0)) + tax,
        "tax_total": tax,
        "tax_lines": sum(len(each.taxes) for each in lines),
        "rounding_item": "ROUNDING",
    }
    return SalesDocument(**{**values, **changes})
