"""Shopify's three privacy topics: what each asks for, decided purely, then done through the tables' own door.

Their bodies are signed and name the shop, so the shop is taken from the body. `shop/redact` carries no date inside
the signature: before anything is erased Shopify is asked whether the app is installed.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

import msgspec

from app.domain.ids import StoreKey
from app.errors import Refused, Rejected
from app.shopify.addresses import shop_name

DATA_REQUEST, CUSTOMER_REDACT, SHOP_REDACT = "customers/data_request", "customers/redact", "shop/redact"
TOPICS = frozenset({DATA_REQUEST, CUSTOMER_REDACT, SHOP_REDACT})


@dataclass(frozen=True, kw_only=True)
class Person:
    """Whose data, as far as Shopify says. Any part may be missing; some hold an e-mail only."""

    customer_key: StoreKey | None
    email: str | None = field(repr=False)
    phone: str | None = field(repr=False)
    order_keys: tuple[StoreKey, ...]


class PersonalData(Protocol):
    """What the tables do about a person or a shop. Every member touches only what this shop holds; twice is fine."""

    async def erase_customer(self, shop: str, person: Person) -> int:
        """Erases bodies, payloads, attempts and fields of the person's customer and orders; says how many rows."""
        ...

    async def export_customer(self, shop: str, person: Person, *, request: StoreKey) -> None:
        """Puts what we hold together for the store's owner, under Shopify's request number."""
        ...

    async def installed_at(self, shop: str) -> datetime | None:
        """When the present install began; None when the shop is not installed or unknown."""
        ...

    async def erase_shop(self, shop: str) -> None:
        """Erases everything of the shop that is not another shop's too."""
        ...


class Done(StrEnum):
    ERASED = "erased"
    EXPORTED = "exported"
    KEPT = "kept"


StillInstalled = Callable[[str], Awaitable[bool]]
"""Asks Shopify: True when it still lets us in for this shop."""


async def act(
    topic: str,
    body: bytes,
    *,
    triggered_at: datetime | None,
    data: PersonalData,
    still_installed: StillInstalled,
) -> Done:
    """Does what the topic asks. Rejected: the body can't be read, or the topic is none of the three."""
    asked = _read(body)
    if topic == SHOP_REDACT:
        return await _redact_shop(asked.shop, triggered_at, data, still_installed)
    if topic == CUSTOMER_REDACT:
        await data.erase_customer(asked.shop, asked.redact)
        return Done.ERASED
    if topic == DATA_REQUEST:
        await data.export_customer(asked.shop, asked.export, request=asked.request)
        return Done.EXPORTED
    raise Rejected("privacy.unknown_topic", "This is no privacy request we know.")


async def _redact_shop(
    shop: str, triggered_at: datetime | None, data: PersonalData, still_installed: StillInstalled
) -> Done:
    installed_at = await data.installed_at(shop)
    if installed_at is not None:
        again = triggered_at is not None and installed_at > triggered_at
        if again or await still_installed(shop):
            return Done.KEPT
    await data.erase_shop(shop)
    return Done.ERASED


class _Customer(msgspec.Struct, kw_only=True):
    id: int | None = None
    email: str | None = None
    phone: str | None = None


class _Request(msgspec.Struct, kw_only=True):
    id: int | None = None


class _Body(msgspec.Struct, kw_only=True):
    shop_domain: str
    customer: _Customer | None = None
    orders_to_redact: list[int] | None = None
    orders_requested: list[int] | None = None
    data_request: _Request | None = None

    @property
    def shop(self) -> str:
        return shop_name(self.shop_domain)

    @property
    def request(self) -> StoreKey:
        return StoreKey(str((self.data_request or _Request()).id or ""))

    @property
    def redact(self) -> Person:
        return self._person(self.orders_to_redact)

    @property
    def export(self) -> Person:
        return self._person(self.orders_requested)

    def _person(self, orders: list[int] | None) -> Person:
        customer = self.customer or _Customer()
        return Person(
            customer_key=StoreKey(str(customer.id)) if customer.id else None,
            email=customer.email or None,
            phone=customer.phone or None,
            order_keys=tuple(StoreKey(str(key)) for key in orders or ()),
        )


def _read(body: bytes) -> _Body:
    try:
        asked = msgspec.json.decode(body, type=_Body)
        shop_name(asked.shop_domain)
    except (msgspec.DecodeError, Refused) as cause:
        raise Rejected("event.malformed", "A privacy request of Shopify can't be read.") from cause
    return asked
