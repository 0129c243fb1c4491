"""Whom a document is booked on: a company for all of its people, a customer, or a guest whom the order alone knows; pure."""

from __future__ import annotations

from app.domain.customer import Buyer
from app.domain.document import SalesDocument


def account_code(buyer: Buyer) -> str | None:
    """What an ERP that keeps a code of ours knows them by; None: a guest."""
    if buyer.company_key:
        return f"company-{buyer.company_key}"
    return person_code(buyer.key) if buyer.key else None


def person_code(key: str) -> str:
    return f"customer-{key}"


def account_of(record: SalesDocument) -> dict[str, str | None]:
    """`code`, `name`, `email` and `phone` for an ERP that has one name for each; a name is always there."""
    buyer = record.buyer
    name = buyer.company or buyer.name if buyer.company_key else buyer.name
    if buyer.key and not name:
        name = buyer.company
    place = record.bill_to or record.ship_to
    return {
        "code": account_code(buyer) or f"guest-{record.external_id}",
        "name": name or (place.name or place.company if place else None) or f"Customer of {record.reference}",
        "email": buyer.email if buyer.email and "@" in buyer.email else None,
        "phone": buyer.phone,
    }
