"""A field of an ERP's document that a merchant's rules may fill, and what a mapping to any ERP begins with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from app.templates import ValueKind


@dataclass(frozen=True, kw_only=True)
class TargetField:
    """`name` is the adapter's, stable for ever; `per_line`: it stands on each line. `choices` empty: any value.

    `longest` in characters.
    """

    name: str
    label: str
    kind: ValueKind = ValueKind.TEXT
    per_line: bool = False
    longest: int | None = None
    choices: tuple[str, ...] = ()
    help: str = ""


COMMON: tuple[TargetField, ...] = (
    TargetField(
        name="location", label="Location", help="Where the order is booked and its goods leave from."
    ),
    TargetField(name="shipping_method", label="Shipping method"),
    TargetField(name="note", label="Note", longest=1_000),
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
