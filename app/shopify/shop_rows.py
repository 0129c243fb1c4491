"""The shops' rows as the edge needs them: token vault, installs and personal data over the tables."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast
from uuid import UUID, uuid4

import asyncpg
import orjson
from tortoise.exceptions import IntegrityError

from app.crypto import Vault
from app.domain.ids import StoreKey
from app.errors import Bug
from app.inbox import PURPOSE, UNOWNED
from app.models import alert_settings, events, privacy, shops
from app.models.database import Database
from app.models.events import StoredEvent
from app.models.privacy import Subject
from app.models.shops import AtHome, Shop
from app.shopify.install import Install
from app.shopify.privacy import CUSTOMER_REDACT, DATA_REQUEST, Person
from app.shopify.tokens import StoredPair, TokenPair

_UNOWNED_PAGE = 200


@dataclass(frozen=True, kw_only=True)
class ShopRows:
    """Implements TokenVault, Installs and PersonalData; each call is a short transaction of its own."""

    database: Database
    vault: Vault

    # --- TokenVault ------------------------------------------------------------------------------------------------

    async def read(self, shop: str) -> StoredPair | None:
        row = await shops.found(self.database, shop)
        if row is None or row.sealed_tokens is None or row.state == "uninstalled":
            return None
        return StoredPair(pair=self._open(row), version=row.generation)

    async def store(self, shop: str, pair: TokenPair, *, over: int) -> bool:
        async with shops.at_home(self.database, shop) as there:
            return there is not None and await self._store(there, pair, over)

    async def lost(self, shop: str, *, version: int) -> None:
        async with shops.at_home(self.database, shop) as there:
            if there is not None:
                await shops.lose_tokens(there.tx, tenant=there.tenant, shop=there.shop, generation=version)

    async def lease(self, shop: str, *, holder: UUID, until: timedelta) -> bool:
        async with shops.at_home(self.database, shop) as there:
            return there is not None and await shops.lease_tokens(
                there.tx, tenant=there.tenant, shop=there.shop, holder=holder, until=until
            )

    async def release(self, shop: str, *, holder: UUID) -> None:
        async with shops.at_home(self.database, shop) as there:
            if there is not None:
                await shops.release_tokens(there.tx, tenant=there.tenant, shop=there.shop, holder=holder)

    # --- Installs --------------------------------------------------------------------------------------------------

    async def current(self, shop: str) -> Install | None:
        row = await shops.found(self.database, shop)
        if row is None or row.state == "uninstalled":
            return None
        return Install(
            shop=shop,
            installed_at=row.installed_at,
            scopes=frozenset(row.scopes),
            signed_in=row.sealed_tokens is not None and row.state == "installed",
        )

    async def install(self, shop: str, pair: TokenPair, *, at: datetime) -> None:
        await self._made(shop, at)
        async with shops.at_home(self.database, shop) as there:
            if there is None:
                raise Bug("shop.lost", "A shop was written down and is not there.")
            await shops.install(there.tx, tenant=there.tenant, shop=there.shop, at=at)
            row = await shops.read(there.tx, tenant=there.tenant, shop=there.shop)
            known = self._open(row) if row is not None and row.sealed_tokens is not None else None
            if known is None or known.expires_at <= pair.expires_at:
                await self._store(there, pair, None)
        await self.adopt_unowned(there.tenant, shop)

    async def uninstall(self, shop: str, *, installed_at: datetime) -> bool:
        async with shops.at_home(self.database, shop) as there:
            return there is not None and await shops.uninstall(
                there.tx, tenant=there.tenant, shop=there.shop, installed_at=installed_at
            )

    async def scopes(self, shop: str, granted: frozenset[str]) -> None:
        async with shops.at_home(self.database, shop) as there:
            if there is not None:
                await shops.grant(there.tx, tenant=there.tenant, shop=there.shop, scopes=list(granted))

    async def adopt_unowned(self, tenant: UUID, shop: str) -> int:
        """What the shop sent before anyone knew it, or knew that it is the tenant's now, becomes its own, sealed anew, and
        is due. One at a time for each shop, or two installs at once would replay everything twice.
        """
        adopted = after = 0
        while True:
            async with self.database.tenant(tenant) as tx:
                owned = await shops.lock(tx, tenant=tenant, domain=shop)
                if owned is None:
                    return adopted
                page = await events.adopt_unowned(tx, domain=shop, after=after, most=_UNOWNED_PAGE)
                if not page:
                    return adopted
                given = [(e, body, f"unowned-{e.id}") for e in page if (body := self._resealed(e, owned))]
                await events.give(tx, tenant=tenant, domain=shop, events=given)
            adopted, after = adopted + len(given), page[-1].id

    # --- PersonalData ----------------------------------------------------------------------------------------------

    async def erase_customer(self, shop: str, person: Person) -> int:
        """A shop that moves meanwhile is gone after: what it took along is erased there as well."""
        async with shops.at_home(self.database, shop) as there:
            if there is None:
                return 0
            tx, tenant = there.tx, there.tenant
            subject = self._subject(tenant, person)
            found = await privacy.records_of(tx, tenant=tenant, shop=there.shop, subject=subject)
            orders = {*person.order_keys, *await privacy.order_keys_of(tx, tenant=tenant, records=found)}
            erased = await privacy.erase_records(tx, tenant=tenant, records=found)
            if subject.email_hash is not None:
                erased += await alert_settings.forget_address(
                    tx, tenant=tenant, address_hash=subject.email_hash
                )
        erased += await self._erase_bodies(tenant, shop, person, orders)
        async with shops.at_home(self.database, shop) as after:
            if after is not None and after.tenant == tenant:
                result: dict[str, object] = {"erased": erased}
                await self._note(after, CUSTOMER_REDACT, result)
                return erased
        return erased + await self.erase_customer(shop, person)

    async def _erase_bodies(self, tenant: UUID, shop: str, person: Person, orders: set[str]) -> int:
        words = [w.lower().encode() for w in (person.email, person.phone) if w]
        keys = frozenset({*orders, *([person.customer_key] if person.customer_key else [])})

        def about(sealed: bytes) -> bool:
            try:
                body = self.vault.unpack(sealed, tenant=tenant, purpose=PURPOSE)
            except Bug:
                return False
            return any(w in body.lower() for w in words) or _names(body, keys)

        return await privacy.erase_bodies(self.database, tenant=tenant, domain=shop, about=about)

    async def export_customer(self, shop: str, person: Person, *, request: StoreKey) -> None:
        """Counts what is held and keeps it under the request's number for the store's owner."""
        async with shops.at_home(self.database, shop) as there:
            if there is None:
                return
            subject = self._subject(there.tenant, person)
            found = await privacy.records_of(there.tx, tenant=there.tenant, shop=there.shop, subject=subject)
            orders = await privacy.order_keys_of(there.tx, tenant=there.tenant, records=found)
            result: dict[str, object] = {"request": request, "orders": sorted(orders)}
            await self._note(there, DATA_REQUEST, result)

    async def installed_at(self, shop: str) -> datetime | None:
        install = await self.current(shop)
        return install.installed_at if install else None

    async def erase_shop(self, shop: str) -> None:
        async with shops.at_home(self.database, shop) as there:
            if there is not None:
                await there.tx.value("SELECT forget_seen_of($1)", shop)
                await privacy.erase_shop(there.tx, tenant=there.tenant, shop=there.shop, domain=shop)

    # --- within ----------------------------------------------------------------------------------------------------

    async def _made(self, shop: str, at: datetime) -> None:
        """A shop that nobody knows is made with an organisation of its own; two installs at once make one."""
        if await shops.locate(self.database, shop) is not None:
            return
        tenant = uuid4()
        with suppress(IntegrityError, asyncpg.UniqueViolationError):
            async with self.database.tenant(tenant) as tx:
                await shops.create(tx, tenant=tenant, domain=shop, platform="shopify", at=at)

    async def _store(self, there: AtHome, pair: TokenPair, over: int | None) -> bool:
        return await shops.store_tokens(
            there.tx,
            tenant=there.tenant,
            shop=there.shop,
            sealed=self._seal(there.tenant, pair),
            scopes=list(pair.scopes),
            over=over,
        )

    async def _note(self, there: AtHome, topic: str, result: dict[str, object]) -> None:
        await privacy.note_request(
            there.tx, tenant=there.tenant, shop=there.shop, id=uuid4(), topic=topic, result=result
        )

    def _subject(self, tenant: UUID, person: Person) -> Subject:
        email = self.vault.keyed_hash(person.email, tenant=tenant) if person.email else None
        return Subject(order_keys=person.order_keys, buyer_key=person.customer_key, email_hash=email)

    def _resealed(self, event: StoredEvent, shop: Shop) -> bytes | None:
        """None for a body that is gone or that no key opens: it stays where it is until its time is over."""
        if event.body is None:
            return None
        for before in (UNOWNED, *shop.moved_from):
            with suppress(Bug):
                plain = self.vault.unpack(event.body, tenant=before, purpose=PURPOSE)
                return self.vault.pack(plain, tenant=shop.tenant, purpose=PURPOSE)
        return None

    def _seal(self, tenant: UUID, pair: TokenPair) -> bytes:
        stored = {
            "access_token": pair.access_token,
            "expires_at": pair.expires_at,
            "refresh_token": pair.refresh_token,
            "refresh_expires_at": pair.refresh_expires_at,
            "scopes": sorted(pair.scopes),
        }
        return self.vault.seal(orjson.dumps(stored), tenant=tenant, purpose=shops.TOKENS)

    def _open(self, row: Shop) -> TokenPair:
        assert row.sealed_tokens is not None
        stored = orjson.loads(self.vault.open(row.sealed_tokens, tenant=row.tenant, purpose=shops.TOKENS))
        return TokenPair(
            access_token=stored["access_token"],
            expires_at=datetime.fromisoformat(stored["expires_at"]),
            refresh_token=stored["refresh_token"],
            refresh_expires_at=datetime.fromisoformat(stored["refresh_expires_at"]),
            scopes=frozenset(cast("list[str]", stored["scopes"])),
        )


def _names(body: bytes, keys: frozenset[str]) -> bool:
    """Whether a stored body is about one of these orders or customers."""
    try:
        said = orjson.loads(body)
    except orjson.JSONDecodeError:
        return False
    if not isinstance(said, dict):
        return False
    ids = [said.get("id"), said.get("order_id")]
    for part, name in (("customer", "id"), ("order_edit", "order_id")):
        inner = said.get(part)
        if isinstance(inner, dict):
            ids.append(inner.get(name))
    return bool({str(i) for i in ids if i is not None} & keys)
