"""A postal address as both sides speak it."""

from __future__ import annotations

from dataclasses import dataclass


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
