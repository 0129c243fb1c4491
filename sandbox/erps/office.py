"""What an ERP's own people do in it, and what it has, asked past its API: one protocol for every simulated ERP."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Protocol

import msgspec


class Refused(Exception):
    """The ERP's own rules forbid it; the sentence says why."""


class Lacking(Exception):
    """This ERP has no such thing at all; the sentence says so."""


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """Something that can be sold. `stock`: how much lies in the warehouse that documents take from; None: as it was."""

    sku: str
    title: str
    price: Decimal = Decimal("0.00")
    stock: Decimal | None = None


class Booked(msgspec.Struct, frozen=True, kw_only=True):
    """An order or a credit as the ERP has it now, by its own id; `external_id` is what the caller's key says there.

    `real`: neither a draft nor called off. `total` and `paid` are in `currency`, and never below zero, credits' too, but for
    one by which something was owed in the end. What
    was invoiced, shipped or paid of an order is one document all the same: the one that was made first. `units`: how much
    of each item it takes, charges left out. `ready`: goods of it can leave now. `number`: what people know it by.
    """

    id: str
    external_id: str
    real: bool
    cancelled: bool
    total: Decimal
    paid: Decimal
    currency: str
    units: Mapping[str, Decimal] = {}
    ready: bool = False
    number: str = ""


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    """A parcel that left, or was called off afterwards. `external_id` is its order's; `key` is the caller's own on the

    parcel, where the caller made it.
    """

    id: str
    external_id: str
    alive: bool
    units: Mapping[str, Decimal]
    numbers: tuple[str, ...] = ()
    key: str | None = None


class Parcel(msgspec.Struct, frozen=True, kw_only=True):
    """What is to leave. `units`: None is all that is left of the order."""

    units: Mapping[str, Decimal] | None = None
    numbers: tuple[str, ...] = ()
    carrier: str = ""


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """A customer. `phone` and `street` (of the main address) are what is changed; None: there is none, or leave it."""

    email: str
    first_name: str = ""
    last_name: str = ""
    phone: str | None = None
    street: str | None = None
    city: str = ""
    country: str = ""


class Ware(msgspec.Struct, frozen=True, kw_only=True):
    """What is sold under a SKU. Wares of one `group` are variants of one product; its title is all variants' title.

    `active`: it is still sold.
    """

    sku: str
    group: str
    title: str
    price: Decimal
    active: bool = True
    variant: str = ""
    description: str = ""
    category: str = ""
    tags: tuple[str, ...] = ()
    cost: Decimal | None = None
    barcode: str | None = None
    weight: Decimal | None = None


class Quote(msgspec.Struct, frozen=True, kw_only=True):
    """From this day on, one of the company's own currency (the euro) buys so much of this one."""

    day: date
    currency: str
    rate: Decimal


class Office(Protocol):
    """Implemented by each simulated ERP over its own tables; called on the event loop, one call at a time.

    All of it is done at once and without faults. What the ERP's own rules forbid raises `Refused`, what it does not have
    at all `Lacking`; nothing here may go round a rule that its people could not go round either.
    """

    def stock(self, items: Sequence[Item]) -> None:
        """Makes these items known, with their price and stock; what is known already gets title, price and stock."""
        ...

    def free(self) -> Mapping[str, Decimal]:
        """What of each item may be sold, in the warehouse that documents take from: what lies there less what is promised."""
        ...

    def move(self, units: Mapping[str, Decimal]) -> None:
        """So much of each item comes into that warehouse, or leaves it, below zero; no document is behind it."""
        ...

    def orders(self, external_id: str | None = None) -> Sequence[Booked]:
        """Every document that was made of an order, drafts and cancelled ones included; or those of one key alone.

        Documents without any key are left out.
        """
        ...

    def credits(self, external_id: str | None = None) -> Sequence[Booked]:
        """Every document that gives something back (credit memo, refund, return), in the same way."""
        ...

    def cancel(self, order: str) -> None:
        """A person calls the order off, by the ERP's own id."""
        ...

    def ship(self, order: str, parcel: Parcel) -> str:
        """Goods of the order leave the warehouse; the id of the shipment."""
        ...

    def shipments(self) -> Sequence[Sent]:
        """Every shipment that left, those that were called off afterwards included."""
        ...

    def track(self, shipment: str, numbers: Sequence[str]) -> None:
        """It is followed by other numbers than was thought."""
        ...

    def recall(self, shipment: str) -> None:
        """It never left: its goods are back, and can be sent again."""
        ...

    def enter(self, person: Person) -> None:
        """A new customer."""
        ...

    def change(self, person: Person) -> None:
        """The customer of this e-mail address (however it is written) moves or gets another number."""
        ...

    def people(self) -> Sequence[Person]:
        """Every customer with an e-mail address; those that callers made for buyers included."""
        ...

    def sell(self, wares: Sequence[Ware]) -> None:
        """Products are put in, changed or ended. Each call tells a group's new and changed wares, not always all of it."""
        ...

    def price(self, prices: Mapping[str, Decimal], *, currency: str, tier: str) -> None:
        """What these items cost from now on, in the tier (empty: what everybody pays)."""
        ...

    def quote(self, quotes: Sequence[Quote]) -> None:
        """Exchange rates; one that is there for the day is put right."""
        ...

    def wipe(self) -> None:
        """Documents, customers, items and prices go; settings stay."""
        ...
