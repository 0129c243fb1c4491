"""People as both sides speak of them: the buyer of an order, and the customer that is kept in step."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from app.domain.address import Address
from app.domain.ids import SinkKey, StoreKey


@dataclass(frozen=True, kw_only=True)
class Buyer:
    """None in a field means unknown or not allowed to see, never cleared. A guest has no `key`.

    `host_key`: what the ERP knows this customer by, once they are linked. `location` is the one of the company's that
    bought. `tags`: the groups that the store puts this customer in.
    """

    key: StoreKey | None
    name: str | None = None
    email: str | None = None
    phone: str | None = None
    company: str | None = None
    company_key: StoreKey | None = None
    location_key: StoreKey | None = None
    location: str | None = None
    tags: tuple[str, ...] = ()
    tax_exempt: bool = False
    host_key: SinkKey | None = None


@dataclass(frozen=True, kw_only=True)
class Customer:
    """A person as one side has them. None: unknown, or not allowed to see; never cleared.

    `key` is that side's own. `other_key` is what it carries of the other side's: our key on the ERP's customer, the
    ERP's key on the store's. `addresses`: the default one first. `number` is for people to search by.
    """

    key: str
    updated_at: datetime
    first_name: str | None = None
    last_name: str | None = None
    email: str | None = None
    phone: str | None = None
    company: str | None = None
    tax_exempt: bool | None = None
    addresses: tuple[Address, ...] = ()
    other_key: str | None = None
    number: str | None = None

    @property
    def name(self) -> str | None:
        return " ".join(part for part in (self.first_name, self.last_name) if part) or None

    @property
    def address(self) -> Address | None:
        """The default one."""
        return self.addresses[0] if self.addresses else None


def parted(name: str | None) -> tuple[str | None, str | None]:
    """First and last name of who has but one: the last word is the last name."""
    words = (name or "").split()
    return (" ".join(words[:-1]) or None, words[-1]) if words else (None, None)
