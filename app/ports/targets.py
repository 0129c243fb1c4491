"""A field of an ERP's document that a merchant's rules may fill."""

from __future__ import annotations

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
