"""Access tokens of a shop: read from the vault, renewed early by one holder, and never an old pair over a newer one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Protocol
from uuid import UUID, uuid4

from app.errors import AccessLost, Retry, Unclear


@dataclass(frozen=True, kw_only=True)
class TokenPair:
    """An offline access token and what renews it. Shopify gives both anew each time; they are stored together."""

    access_token: str = field(repr=False)
    expires_at: datetime
    refresh_token: str = field(repr=False)
    refresh_expires_at: datetime
    scopes: frozenset[str]


@dataclass(frozen=True, kw_only=True)
class StoredPair:
    """A pair as the vault holds it; `version` grows by one with every store."""

    pair: TokenPair
    version: int


class TokenVault(Protocol):
    """Where pairs rest, sealed, one per shop. Each member is one short transaction of its own."""

    async def read(self, shop: str) -> StoredPair | None:
        """The newest pair; None when the shop has none (not installed, uninstalled, or `lost`)."""
        ...

    async def store(self, shop: str, pair: TokenPair, *, over: int) -> bool:
        """Compare-and-set: writes the whole pair as version `over + 1` only where `over` is still the version.

        False when another pair is there by now, which is the one to use.
        """
        ...

    async def lost(self, shop: str, *, version: int) -> None:
        """The pair of this version is worthless for good: drop it and let the shop's connections pause."""
        ...

    async def lease(self, shop: str, *, holder: UUID, until: timedelta) -> bool:
        """Takes the shop's one right to renew, for `until` by the database clock; False while another holds it."""
        ...

    async def release(self, shop: str, *, holder: UUID) -> None:
        """Gives the right back; nothing happens when it is no longer `holder`'s."""
        ...


class Renewal(Protocol):
    """One way to a new pair: by refresh token today; signing an assertion of our own would be another."""

    async def renew(self, shop: str, pair: TokenPair) -> TokenPair:
        """Asks for a new pair. AccessLost: this one renews nothing any more. Retry, Unclear: ask again with it."""
        ...


_TRIES = 3


@dataclass(frozen=True, kw_only=True)
class Patience:
    """Renew `early` before the end; hold the right to renew for `lease`; look every `look` while another renews.

    After a failed early renewal nothing is asked for `rest`: the old token still works.
    """

    early: timedelta = timedelta(minutes=5)
    lease: timedelta = timedelta(seconds=90)
    look: timedelta = timedelta(milliseconds=200)
    wait: timedelta = timedelta(seconds=100)
    between: timedelta = timedelta(milliseconds=500)
    rest: timedelta = timedelta(seconds=30)


class ShopTokens:
    """The TokenProvider of one shop. Keep one per shop and process: it remembers the pair it read last."""

    def __init__(
        self,
        *,
        shop: str,
        vault: TokenVault,
        renewal: Renewal,
        patience: Patience | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._shop, self._vault, self._renewal, self._now = shop, vault, renewal, now
        self._patience = patience or Patience()
        self._known: StoredPair | None = None
        self._refused: str | None = None
        self._rest_until = datetime.min.replace(tzinfo=UTC)
        self._one_at_a_time = asyncio.Lock()

    async def token(self) -> str:
        """A valid access token. Raises AccessLost when the shop must sign in again."""
        if self._known and self._fresh(self._known):
            return self._known.pair.access_token
        async with self._one_at_a_time:
            if not (self._known and self._fresh(self._known)):
                self._known = await self._current()
            return self._known.pair.access_token

    async def refused(self, token: str) -> None:
        """Shopify refused this token: the next `token()` is another one, or AccessLost."""
        self._refused = token

    async def keep_alive(self) -> None:
        """Renews whatever the age, so that an idle shop's refresh token never runs out."""
        async with self._one_at_a_time:
            self._known = await self._renewed(await self._read())

    async def _current(self) -> StoredPair:
        stored = await self._read()
        return stored if self._fresh(stored) else await self._renewed(stored)

    async def _read(self) -> StoredPair:
        stored = await self._vault.read(self._shop)
        if stored is None:
            raise signed_out()
        return stored

    def _fresh(self, stored: StoredPair) -> bool:
        early = stored.pair.expires_at - self._now() <= self._patience.early
        return self._usable(stored) and (not early or self._now() < self._rest_until)

    def _usable(self, stored: StoredPair) -> bool:
        return stored.pair.access_token != self._refused and stored.pair.expires_at > self._now()

    async def _renewed(self, stored: StoredPair) -> StoredPair:
        """Renews under the lease, or waits for the one who does; a pair that still works is no reason to wait."""
        holder, end = uuid4(), self._now() + self._patience.wait
        while not await self._vault.lease(self._shop, holder=holder, until=self._patience.lease):
            if self._usable(stored):
                return stored
            if self._now() > end:
                raise Retry("shopify.renewal_slow", "Another process is renewing the access to this shop.")
            await asyncio.sleep(self._patience.look.total_seconds())
            newer = await self._read()
            if newer.version != stored.version and self._usable(newer):
                return newer
        try:
            return await self._renew_as_holder(stored)
        finally:
            await self._vault.release(self._shop, holder=holder)

    async def _renew_as_holder(self, seen: StoredPair) -> StoredPair:
        stored = await self._read()
        if stored.version != seen.version and self._usable(stored):
            return stored
        try:
            pair = await self._ask(stored)
        except AccessLost:
            newer = await self._read()
            if newer.version != stored.version:
                return newer
            await self._vault.lost(self._shop, version=stored.version)
            raise
        except Retry:
            if not self._usable(stored):
                raise
            self._rest_until = self._now() + self._patience.rest
            return stored
        if await self._vault.store(self._shop, pair, over=stored.version):
            return StoredPair(pair=pair, version=stored.version + 1)
        return await self._read()

    async def _ask(self, stored: StoredPair) -> TokenPair:
        """Asks again with the same refresh token after a lost answer: it works until its successor is first used."""
        for left in reversed(range(_TRIES)):
            try:
                return await self._renewal.renew(self._shop, stored.pair)
            except (Retry, Unclear) as failure:
                if not left:
                    raise _later() from failure
                await asyncio.sleep(self._patience.between.total_seconds())
        raise AssertionError  # the loop returns or raises


def signed_out() -> AccessLost:
    return AccessLost(
        "shopify.signed_out",
        "The access to this shop ended. Open the app in the Shopify admin once to renew it.",
    )


def _later() -> Retry:
    """A lost renewal is never unclear to its caller: nothing of the caller's was sent."""
    return Retry("shopify.renewal_failed", "Shopify did not answer while the access was renewed.")
