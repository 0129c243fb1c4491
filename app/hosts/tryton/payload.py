"""Writes a sales document as the payload of the creating step: the ERP's codes and exact amounts; pure."""

from __future__ import annotations

from decimal import Decimal

from app.domain.account import account_of
from app.domain.address import Address
from app.domain.document import DocumentLine, SalesDocument
from app.domain.pieces import parts
from app.ports import Json

# `price_decimal` of Tryton's configuration, as it comes; a server set to more takes these too.
PRICE_STEP = Decimal("0.0001")


def new_sale(record: SalesDocument) -> dict[str, Json]:
    """`do` turns the codes into Tryton's record numbers; everything else is sent as it stands here.

    The ways of paying go along so that an unknown one stops the order before anything is made.
    """
    return {
        "action": "create",
        "web_id": record.external_id,
        "reference": record.reference,
        "currency": record.currency,
        "sale_date": record.ordered_at.date().isoformat(),
        "warehouse": record.location or next((line.location for line in record.lines if line.location), None),
        "carrier": record.codes.get("shipping_method"),
        "comment": record.note,
        "buyer": {**account_of(record)},
        "bill_to": _address(record.bill_to),
        "ship_to": _address(record.ship_to),
        "lines": rows(record),
        "methods": [*sorted({payment.method for payment in record.payments})],
    }


def rows(record: SalesDocument) -> list[Json]:
    """Its lines as Tryton takes them."""
    return [row for place, line in enumerate(record.lines, 1) for row in _rows(place, line, record.currency)]


def _rows(place: int, line: DocumentLine, currency: str) -> list[Json]:
    """One row, or two of the same place where one price can't give the amount."""
    taxes: list[Json] = [*sorted({tax.code for tax in line.taxes})]
    return [
        {
            "sequence": place,
            "item": line.item,
            "description": line.title,
            "quantity": f"{part.quantity:f}",
            "unit_price": f"{part.unit_price:f}",
            "taxes": taxes,
        }
        for part in parts(line.quantity, line.net, currency, step=PRICE_STEP)
    ]


def _address(address: Address | None) -> dict[str, Json] | None:
    if address is None:
        return None
    street = [address.company if address.name else None, address.street, address.street2]
    return {
        "name": address.name or address.company,
        "street": "\n".join(part for part in street if part) or None,
        "postal_code": address.postal_code,
        "city": address.city,
        "country": address.country_code,
    }
