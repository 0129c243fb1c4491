"""Writes a sales document as the payload of the creating step: the ERP's codes and exact amounts; pure."""

from __future__ import annotations

from app.domain.address import Address
from app.domain.customer import Buyer
from app.domain.document import DocumentLine, SalesDocument
from app.hosts.tryton.amounts import parts
from app.ports import Json


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
        "buyer": _buyer(record),
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
        for part in parts(line.quantity, line.net, currency)
    ]


def _buyer(record: SalesDocument) -> dict[str, Json]:
    """A company buys as itself, so that its people share one party; a guest is known by the order alone."""
    buyer = record.buyer
    name = buyer.company or buyer.name if buyer.company_key else buyer.name
    if buyer.key and not name:
        name = buyer.company
    place = record.bill_to or record.ship_to
    return {
        "code": code_of(buyer) or f"guest-{record.external_id}",
        "name": name or (place.name or place.company if place else None) or f"Customer of {record.reference}",
        "email": buyer.email if buyer.email and "@" in buyer.email else None,
        "phone": buyer.phone,
    }


def code_of(buyer: Buyer) -> str | None:
    """What a party is known by within its web shop; None: a guest."""
    if buyer.company_key:
        return f"company-{buyer.company_key}"
    return f"customer-{buyer.key}" if buyer.key else None


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
