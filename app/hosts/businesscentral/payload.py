"""Writes a sales document as the payload of the creating step: Business Central's codes and exact amounts; pure."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from app.domain.account import account_of
from app.domain.address import Address
from app.domain.credit import CreditDocument
from app.domain.document import DocumentLine, SalesDocument
from app.domain.pieces import parts
from app.hosts.businesscentral import keys
from app.hosts.businesscentral.wire import ACCOUNT, COMMENT, ITEM
from app.ports import Json

GAP = 10_000
"""Between the sequence numbers of two lines; the parts of one line stand close together."""
LEDGER = "GL:"
"""Before the number of an account, where something is booked on one instead of an item."""
DIMENSIONS = ("dimension_1", "dimension_2")
SALESPERSON = "salesperson"
_MOST_COMMENTS = 5
_NUMBER_SIGNS = frozenset("0123456789+-()/. ")


def new_order(record: SalesDocument) -> dict[str, Json]:
    """`do` turns codes into ids and adds whose order it is; everything else is sent as it stands here.

    The ways of paying go along so that an unknown one stops the order before anything is made.
    """
    number = keys.order_number(record.reference, record.external_id)
    return {
        "action": "create",
        "number": number,
        "external_id": record.external_id,
        "currency": record.currency,
        "ordered_on": record.ordered_at.date().isoformat(),
        "customer": customer_of(record),
        "ship_to": address_of(record.ship_to or record.bill_to),
        "shipping_method": record.codes.get("shipping_method"),
        **codes_of(record),
        "lines": rows(record),
        "key": keys.comment_of(record.external_id),
        "note": note_lines(record.note),
        "methods": [*sorted({payment.method for payment in record.payments})],
    }


def codes_of(record: SalesDocument | CreditDocument) -> dict[str, Json]:
    """What an order and a credit say of themselves alike."""
    return {
        "salesperson": record.codes.get(SALESPERSON),
        "dimensions": [record.codes.get(name) for name in DIMENSIONS],
    }


def rows(record: SalesDocument) -> list[Json]:
    return [
        row
        for place, line in enumerate(record.lines, 1)
        for row in line_rows(place, line, record.currency, record.location)
    ]


def line_rows(place: int, line: DocumentLine, currency: str, location: str | None) -> list[Json]:
    """One row, or two of neighbouring numbers where one price can't give the amount."""
    return [
        {
            "place": (place + 1) * GAP + number,
            "item": line.item,
            "title": line.title,
            "quantity": f"{part.quantity:f}",
            "price": f"{part.unit_price:f}",
            "tax": line.taxes[0].code if line.taxes else None,
            "location": line.location or location,
        }
        for number, part in enumerate(parts(line.quantity, line.net, currency))
    ]


def customer_of(record: SalesDocument) -> dict[str, Json]:
    """Whose it is: by the number that we give, or the customer that is linked."""
    buyer, account = record.buyer, account_of(record)
    linked = buyer.host_key if buyer.host_key and not buyer.company_key else None
    return {
        "number": keys.account_number(buyer, record.external_id),
        "linked": linked,
        "name": account["name"],
        "email": account["email"],
        "phone": account["phone"],
        "company": buyer.company_key is not None,
        "address": address_of(record.bill_to or record.ship_to),
    }


def address_of(address: Address | None) -> dict[str, Json] | None:
    if address is None:
        return None
    return {
        "name": address.company or address.name,
        "contact": address.name if address.company else None,
        "street": address.street,
        "street2": address.street2,
        "zip": address.postal_code,
        "city": address.city,
        "province": address.province_code,
        "country": address.country_code,
    }


def note_lines(note: str | None) -> list[Json]:
    """As many lines as it needs, up to five."""
    words = " ".join((note or "").split())
    length = keys.LONGEST_COMMENT
    pieces = [words[start : start + length] for start in range(0, len(words), length)]
    return [*pieces[:_MOST_COMMENTS]]


# --- as Business Central takes it -------------------------------------------------------------------------------------


def line_body(
    row: Mapping[str, Any], *, variant: str | None, unit: str | None, location: str | None, untaxed: str
) -> dict[str, Any]:
    """In this order: what stands later is set over what the earlier ones brought along. `variant`: its id.

    `unit`: what quantity and price are of; without it they would be of the unit that the item is usually sold in.
    """
    item: str = row["item"]
    body: dict[str, Any] = {"lineType": ACCOUNT if item.startswith(LEDGER) else ITEM}
    body["lineObjectNumber"] = item.removeprefix(LEDGER) if variant is None else item.rpartition("-")[0]
    if variant is not None:
        body["itemVariantId"] = variant
    if unit is not None:
        body["unitOfMeasureCode"] = unit
    body["sequence"] = row["place"]
    body["description"] = cut(row["title"], 100) or item
    if location is not None:
        body["locationId"] = location
    body["quantity"] = Decimal(row["quantity"])
    body["unitPrice"] = Decimal(row["price"])
    body["discountAmount"] = Decimal(0)
    if row["tax"] or untaxed:
        body["taxCode"] = row["tax"] or untaxed
    return body


def comment_bodies(payload: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The whole key, of which the number holds a digest, then the note; they stand before everything else."""
    texts: list[str] = [payload["key"], *payload["note"]]
    return [
        {"lineType": COMMENT, "sequence": GAP + place, "description": text}
        for place, text in enumerate(texts)
    ]


def codes_body(payload: Mapping[str, Any]) -> dict[str, Any]:
    """Nothing of a credit's step that was decided before credits said so."""
    told = {
        f"shortcutDimension{place}Code": code
        for place, code in enumerate(payload.get("dimensions", ()), 1)
        if code
    }
    person = payload.get("salesperson")
    return {**told, **({"salesperson": person} if person else {})}


def ship_to_body(address: Mapping[str, Any] | None) -> dict[str, Any]:
    if address is None:
        return {}
    told = {
        "shipToName": cut(address["name"], 100),
        "shipToContact": cut(address["contact"], 100),
        "shipToAddressLine1": cut(address["street"], 100),
        "shipToAddressLine2": cut(address["street2"], 50),
        "shipToCity": cut(address["city"], 30),
        "shipToState": cut(address["province"], 30),
        "shipToCountry": cut(address["country"], 10),
        "shipToPostCode": cut(address["zip"], 20),
    }
    return {name: value for name, value in told.items() if value}


def place_body(address: Mapping[str, Any] | None) -> dict[str, Any]:
    """An address as a customer has it."""
    if address is None:
        return {}
    told = {
        "addressLine1": cut(address["street"], 100),
        "addressLine2": cut(address["street2"], 50),
        "city": cut(address["city"], 30),
        "state": cut(address["province"], 30),
        "country": cut(address["country"], 10),
        "postalCode": cut(address["zip"], 20),
    }
    return {name: value for name, value in told.items() if value}


def reached_by(email: str | None, phone: str | None) -> dict[str, Any]:
    """Business Central refuses a telephone number with a letter in it."""
    digits = "".join(c for c in phone or "" if c in _NUMBER_SIGNS).strip()
    told = {"email": cut(email, 80) if email and len(email) <= 80 else None, "phoneNumber": cut(digits, 30)}
    return {name: value for name, value in told.items() if value}


def cut(text: str | None, longest: int) -> str:
    """Business Central refuses a text that is too long for its field."""
    return (text or "").strip()[:longest].strip()
