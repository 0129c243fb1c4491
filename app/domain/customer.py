"""The buyer of an order: a person, a company's contact, or a guest."""

from __future__ import annotations

from dataclasses import dataclass

from app.domain.ids import StoreKey


@dataclass(frozen=True, kw_only=True)
class Buyer:
    """None in a field means unknown or not allowed to see, never cleared. A guest has no `key`."""

    key: StoreKey | None
    name: str | None = None
    email: str | None = None
    phone: str | None = None
    company: str | None = None
    company_key: StoreKey | None = None
    location_key: StoreKey | None = None
    tax_exempt: bool = False
