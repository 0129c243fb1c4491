"""A shop comes, changes what it grants, and goes: in any order, each step checked against Shopify, not against headers.

The official package has no install of its own; its token exchange is left out for the reasons in `oauth`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

import msgspec

from app import logs
from app.errors import AccessLost, Refused, Rejected, StockbridgeError
from app.ports import Lane
from app.shopify.addresses import shop_name
from app.shopify.client import Client
from app.shopify.oauth import TokenEndpoint
from app.shopify.session import Session
from app.shopify.tokens import TokenPair

APP_TOPICS = frozenset({"app/uninstalled", "app/scopes_update"})

_GONE = frozenset(
    {"shopify.signed_out", "shopify.token_refused", "shopify.client_refused", "shopify.grant_refused"}
)
"""Refusals that mean the app has no access any more; a frozen or locked shop still has it installed."""


@dataclass(frozen=True, kw_only=True)
class Install:
    """One stay of the app in a shop. `signed_in`: there is a pair of tokens that is not known to be worthless."""

    shop: str
    installed_at: datetime
    scopes: frozenset[str]
    signed_in: bool


class Installs(Protocol):
    """The shops' rows. Each member is one short transaction."""

    async def current(self, shop: str) -> Install | None:
        """The present install; None when the app is not installed there."""
        ...

    async def install(self, shop: str, pair: TokenPair, *, at: datetime) -> None:
        """Makes the shop's row or revives it, with its tenant. `at` begins the install unless one is running.

        Stores the pair as the next version unless the one there expires later. What the shop sent before it was
        known (unowned events) becomes its own and is due.
        """
        ...

    async def uninstall(self, shop: str, *, installed_at: datetime) -> bool:
        """Ends exactly the install that began then: drops its tokens and pauses its connections. Data stays until

        `shop/redact`. False when another install began meanwhile.
        """
        ...

    async def scopes(self, shop: str, granted: frozenset[str]) -> None:
        """Remembers what the shop grants now."""
        ...


@dataclass(frozen=True, kw_only=True)
class Installer:
    """Brings a shop in, by whichever way its merchant arrived.

    `works` asks Shopify whether the tokens we hold still let us in (`still_installed`).
    """

    endpoint: TokenEndpoint
    installs: Installs
    scopes: tuple[str, ...]
    works: Callable[[str], Awaitable[bool]] | None = None
    now: Callable[[], datetime] = lambda: datetime.now(UTC)

    async def open(self, session: Session, id_token: str) -> None:
        """For each document of the page: exchanges its token unless the shop is in with all we ask for.

        Refused with `session.stale`: the browser must bring a fresh token.
        """
        install = await self.installs.current(session.shop)
        if install and install.signed_in and covers(install.scopes, self.scopes):
            return
        await self.store(session.shop, await self.endpoint.exchange(session.shop, id_token))

    async def confirm(self, session: Session, id_token: str) -> None:
        """After a document was answered: a shop that left and came back holds tokens that died with its first stay.

        Without this its late `app/uninstalled` would find them refused and end the new stay.
        """
        try:
            if self.works is not None and not await self.works(session.shop):
                await self.store(session.shop, await self.endpoint.exchange(session.shop, id_token))
        except StockbridgeError as failure:
            logs.get("shopify").warning("install.unconfirmed", shop=session.shop, code=failure.code)

    async def redeem(self, shop: str, code: str) -> None:
        """For the code that Shopify sends back with the merchant's approval."""
        await self.store(shop, await self.endpoint.redeem(shop, code))

    async def store(self, shop: str, pair: TokenPair) -> None:
        await self.installs.install(shop, pair, at=self.now())


def covers(granted: Iterable[str], wanted: Iterable[str]) -> bool:
    """Whether the grant holds all that is wanted; `write_x` holds `read_x`."""
    held = set(granted)
    held |= {"read_" + scope.removeprefix("write_") for scope in held if scope.startswith("write_")}
    return held.issuperset(wanted)


async def uninstalled(
    shop: str,
    body: bytes,
    *,
    triggered_at: datetime | None,
    installs: Installs,
    still_installed: Callable[[str], Awaitable[bool]],
) -> bool:
    """Acts on `app/uninstalled`, which comes late, twice or after a new install; says whether an install ended.

    An install that began after the event is another one. Headers are not signed, so Shopify has the last word: as
    long as it lets us in nothing is removed.
    """
    _same_shop(shop, body)
    install = await installs.current(shop)
    if install is None or (triggered_at is not None and install.installed_at > triggered_at):
        return False
    if await still_installed(shop):
        return False
    return await installs.uninstall(shop, installed_at=install.installed_at)


async def still_installed(client: Client) -> bool:
    """Asks Shopify. Retry and Unclear pass: without an answer nothing may be removed."""
    try:
        await client.run("shop", {}, Lane.INTERACTIVE)
    except AccessLost as lost:
        return lost.code not in _GONE
    return True


async def scopes_updated(shop: str, client: Client, installs: Installs) -> frozenset[str]:
    """Acts on `app/scopes_update` by reading what is granted now: the event is a hint like any other."""
    data = await client.run("granted_scopes", {}, Lane.INTERACTIVE)
    granted = frozenset(scope["handle"] for scope in data["currentAppInstallation"]["accessScopes"])
    await installs.scopes(shop, granted)
    return granted


class _Shop(msgspec.Struct):
    myshopify_domain: str


def _same_shop(shop: str, body: bytes) -> None:
    """The body is signed and names the shop; the header that brought it here is not."""
    try:
        named = shop_name(msgspec.json.decode(body, type=_Shop).myshopify_domain)
    except (msgspec.DecodeError, Refused) as cause:
        raise Rejected(
            "event.malformed", "A message of Shopify about the app's removal can't be read."
        ) from cause
    if named != shop:
        raise Rejected("event.wrong_shop", "A message names another shop than it was sent for.")
