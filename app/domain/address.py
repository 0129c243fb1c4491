"""A postal address as both sides speak it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

_NO_POSTAL_CODE = (
    "AE AG AO AW BF BI BJ BO BS BW BZ CD CF CG CI CK CM DJ DM ER FJ GA GD GH GM GQ GY HK IE JM KI KM KN KP LC ML MO MR MW"
    " NR NU PA QA RW SB SC SL SR ST SY TD TF TG TK TL TO TV UG VU WS YE ZW"
)
"""Countries where an address has none, or may go without."""
_WITHOUT_POSTAL_CODE = frozenset(_NO_POSTAL_CODE.split())


@dataclass(frozen=True, kw_only=True)
class Address:
    """Every part may be None: the store may not tell (protected data), or the buyer did not give it."""

    name: str | None = None
    company: str | None = None
    street: str | None = None
    street2: str | None = None
    city: str | None = None
    postal_code: str | None = None
    province_code: str | None = None
    country_code: str | None = None
    phone: str | None = None


def lacking(address: Address | None) -> Iterator[str]:
    """What a parcel needs and this address does not have, under stable names."""
    if address is None:
        yield "address"
        return
    if not _said(address.name) and not _said(address.company):
        yield "name"
    for part in ("street", "city"):
        if not _said(getattr(address, part)):
            yield part
    if not _said(address.postal_code) and (address.country_code or "").upper() not in _WITHOUT_POSTAL_CODE:
        yield "postal_code"
    if not _said(address.country_code):
        yield "country"


def _said(text: str | None) -> bool:
    return any(sign.isalnum() for sign in text or "")
