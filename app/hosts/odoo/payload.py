"""Writes a sales document as the payload of the creating step: the ERP's codes and exact amounts; pure."""

from __future__ import annotations

from app.domain.account import account_of
from app.domain.address import Address
from app.domain.document import DocumentLine, SalesDocument
from app.domain.pieces import parts
from app.hosts.odoo.wire import instant
from app.ports import PRICE_LEVEL, Json

TEAM = "sales_team"


def new_sale(record: SalesDocument) -> dict[str, Json]:
    """`do` turns the codes into Odoo's record numbers; everything else is sent as it stands here.

    The ways of paying go along so that an unknown one stops the order before anything is made.
    """
    return {
        "action": "create",
        "key": record.external_id,
        "reference": record.reference,
        "currency": record.currency,
        "ordered_at": instant(record.ordered_at),
        "warehouse": record.location or next((line.location for line in record.lines if line.location), None),
        "carrier": record.codes.get("shipping_method"),
        "pricelist": record.codes.get(PRICE_LEVEL.name),
        "team": record.codes.get(TEAM),
        "note": record.note,
        "buyer": buyer_of(record),
        "bill_to": _address(record.bill_to),
        "ship_to": _address(record.ship_to),
        "lines": rows(record),
        "methods": [*sorted({payment.method for payment in record.payments})],
    }


def rows(record: SalesDocument) -> list[Json]:
    """Its lines as Odoo takes them."""
    return [
        row for place, line in enumerate(record.lines, 1) for row in line_rows(place, line, record.currency)
    ]


def line_rows(place: int, line: DocumentLine, currency: str) -> list[Json]:
    """One row, or two of the same place where one price can't give the amount.

    Odoo keeps prices to its accuracy “Product Price”, two decimals as it comes; finer ones than the currency's would be cut.
    """
    taxes: list[Json] = [*sorted({tax.code for tax in line.taxes})]
    return [
        {
            "place": place,
            "item": line.item,
            "title": line.title,
            "quantity": f"{part.quantity:f}",
            "price": f"{part.unit_price:f}",
            "taxes": taxes,
        }
        for part in parts(line.quantity, line.net, currency)
    ]


def buyer_of(record: SalesDocument) -> dict[str, Json]:
    """A company buys as itself, so that its people share one contact; a guest is known by the order alone."""
    buyer = record.buyer
    return {
        **account_of(record),
        "contact": int(buyer.host_key) if buyer.host_key and not buyer.company_key else None,
        "company": buyer.company_key is not None,
    }


def _address(address: Address | None) -> dict[str, Json] | None:
    if address is None:
        return None
    more = [address.company if address.name else None, address.street2]
    return {
        "name": address.name or address.company,
        "street": address.street,
        "street2": ", ".join(part for part in more if part) or None,
        "zip": address.postal_code,
        "city": address.city,
        "province": address.province_code,
        "country": address.country_code,
        "phone": address.phone,
    }
