"""A field of an ERP's document that a merchant's rules may fill, and what a mapping to any ERP begins with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from app.domain.document import DocumentKind
from app.templates import ValueKind


class Place(StrEnum):
    """What a field is one of: the whole order or document, each of its lines, or each of its payments."""

    ORDER = "order"
    LINE = "line"
    PAYMENT = "payment"


@dataclass(frozen=True, kw_only=True)
class TargetField:
    """`name` is the adapter's, stable for ever; `place`: what has one. `choices` empty: any value.

    `longest` in characters.
    """

    name: str
    label: str
    kind: ValueKind = ValueKind.TEXT
    place: Place = Place.ORDER
    longest: int | None = None
    choices: tuple[str, ...] = ()
    help: str = ""


@dataclass(frozen=True, kw_only=True)
class LackingField:
    """A field that merchants look for and this ERP does not have, with the sentence that says why."""

    name: str
    label: str
    sentence: str


DOCUMENT = "document"
METHOD = "payment.method"
PRICE_LEVEL = TargetField(
    name="price_level",
    label="Price tier",
    help="The tier of prices that the ERP has this customer in. The amounts stay what the store charged.",
)
COMMON: tuple[TargetField, ...] = (
    TargetField(
        name="location", label="Location", help="Where the order is booked and its goods leave from."
    ),
    TargetField(name="shipping_method", label="Shipping method"),
    TargetField(name="note", label="Note", longest=1_000),
    TargetField(
        name=DOCUMENT,
        label="Document of a paid order",
        choices=tuple(DocumentKind),
        help="What is made of it once the money is there.",
    ),
    TargetField(
        name=METHOD,
        label="Payment method or account",
        place=Place.PAYMENT,
        help="What the ERP books the payment on.",
    ),
)
"""What every ERP's document has, under names that mean the document's own."""

CHARGES: Mapping[str, str] = {
    "shipping": "SHIPPING",
    "gift_card": "GIFT-CARD",
    "tip": "TIP",
    "duty": "DUTY",
    "fee": "FEE",
    "custom": "CUSTOM",
    "rounding": "ROUNDING",
    "adjustment": "ADJUSTMENT",
}
"""What a mapping's table `special` begins with: services that are made in the ERP under these codes, or mapped otherwise."""
