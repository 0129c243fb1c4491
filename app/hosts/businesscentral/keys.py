"""Under which keys things of ours stand in Business Central, whose own fields for that are short and in capitals; pure."""

from __future__ import annotations

import base64
import hashlib
import re

from app.domain.customer import Buyer

DRAFT = "/DRAFT"
"""Stands behind the number of an order that we made and have not made ours yet."""
_REFERENCE = 12
_LETTERS = 12
_CREDIT_LETTERS = 8
_PLAIN = re.compile(r"[0-9a-z]{1,12}")
_PERSON, _COMPANY, _GUEST, _OTHER = "SC-", "SB-", "SG-", "SX-"
LONGEST_COMMENT = 100


def digest(text: str, letters: int = _LETTERS) -> str:
    """Capitals and digits alone."""
    whole = base64.b32encode(hashlib.sha256(text.encode()).digest()).decode()
    return whole[:letters]


def shown(reference: str) -> str:
    """What people call an order, as an external document number holds it: 35 capitals in all, our digest among them."""
    plain = "".join(c if c.isascii() and (c.isalnum() or c in "#.-_") else "-" for c in reference.strip())
    return plain.upper()[:_REFERENCE]


def order_number(reference: str, external_id: str) -> str:
    """The external document number of an order: 25 letters at most, so that a draft's mark or a credit's own digest fits

    behind it. The name is for people; the digest alone is what it is found by.
    """
    return f"{shown(reference)}/{digest(external_id)}"


def credit_number(order_reference: str, order: str, credit: str) -> str:
    return f"{order_number(order_reference, order)}/{digest(credit, _CREDIT_LETTERS)}"


def is_order(number: str, external_id: str) -> bool:
    """Whether this is the number of the order's document, a draft's included."""
    return number.upper().removesuffix(DRAFT).rpartition("/")[2] == digest(external_id)


def is_credit(number: str, order: str, credit: str | None = None) -> bool:
    """Whether this is the number of a credit of the order; of that one, where it is named."""
    parts = number.upper().split("/")
    ours = len(parts) == 3 and parts[1] == digest(order) and f"/{parts[2]}" != DRAFT
    return ours and (credit is None or parts[2] == digest(credit, _CREDIT_LETTERS))


def is_draft(number: str) -> bool:
    return number.endswith(DRAFT)


def payment_number(external_id: str, key: str) -> str:
    """The document number of a payment's journal line; 20 letters. It stays with what is posted unless the journal's batch

    has a Posting No. Series, which numbers that anew.
    """
    return f"SB-{digest(f'{external_id}/{key}', 17)}"


def payment_text(document: str, number: str) -> str:
    """What a payment's line is described by: for people its document, and its own number, which no series changes."""
    return f"{document} {number}"


def payment_in(description: str) -> str:
    """The number that a description ends in."""
    return description.rpartition(" ")[2].upper()


def comment_of(external_id: str) -> str:
    """What the first line of a document says: the whole key, of which the number holds a digest alone."""
    return external_id[:LONGEST_COMMENT]


# --- customers --------------------------------------------------------------------------------------------------------


def person_number(key: str) -> str:
    """Of 20 letters, of which a currency may take four."""
    return (
        f"{_PERSON}{key.upper()}"
        if _PLAIN.fullmatch(key) or _long_number(key)
        else f"{_OTHER}{digest(key, 12)}"
    )


def person_key(number: str) -> str | None:
    """The store's key of a customer that we made."""
    key = number.removeprefix(_PERSON).lower()
    if not number.startswith(_PERSON) or not (_PLAIN.fullmatch(key) or _long_number(key)):
        return None
    return key


def _long_number(key: str) -> bool:
    return key.isascii() and key.isdigit() and len(key) == 13


def account_number(buyer: Buyer, external_id: str) -> str:
    """Whom an order is booked on: the company for all of its people, the customer, or a guest whom the order alone knows."""
    if buyer.company_key:
        plain = _PLAIN.fullmatch(buyer.company_key) or _long_number(buyer.company_key)
        return f"{_COMPANY}{buyer.company_key.upper() if plain else digest(buyer.company_key, 12)}"
    return person_number(buyer.key) if buyer.key else f"{_GUEST}{digest(external_id, 12)}"


def is_guest(number: str) -> bool:
    return number.startswith(_GUEST)


def in_currency(number: str, currency: str, base: str) -> str:
    """A customer's journal lines are in the customer's own currency: whoever pays in others has an account for each."""
    return number if currency == base else f"{number}-{currency}"


def is_side_account(number: str) -> bool:
    """An account that somebody has for another currency."""
    return number.startswith((_PERSON, _COMPANY, _GUEST, _OTHER)) and number[-4:-3] == "-" and len(number) > 7
