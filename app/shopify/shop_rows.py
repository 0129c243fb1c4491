"""The shops' rows as the edge needs them: token vault, installs and personal data over the tables."""

from __future__ import annotations

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
from app.models.shops import Shop
from app.shopify.install import Install
from app.shopify.privacy import CUSTOMER_REDACT, DATA_REQUEST, Person
from app.shopify.tokens import StoredPair, TokenPair

TOKENS = "tokens"
_UNOWNED_PAGE = 200


@dataclass(frozen=True, kw_only=True)
class ShopRows:
    """Implements TokenVault, Installs and PersonalData; each call is a short transaction of its own."""

    database: Database
    vault: Vault

    # --- TokenVault ------------------------------------------------------------------------------------------------

    async def read(self, shop: str) -> StoredPair | None:
        row = await self._row(shop)
        if row is None or row.sealed_tokens is None or row.state == "uninstalled":
            return None
        return StoredPair(pair=self._open(row), version=row.generation)

    async def store(self, shop: str, pair: TokenPair, *, over: int) -> bool:
        where = await shops.locate(self.database, shop)
        if where is None:
            return False
        tenant, shop_id = where
        async with self.database.tenant(tenant) as tx:
            return await shops.store_tokens(
                tx,
                tenant=tenant,
                shop=shop_id,
                sealed=self._seal(tenant, pair),
                scopes=list(pair.scopes),
                over=over,
            )

    async def lost(self, shop: str, *, version: int) -> None:
        where = await shops.locate(self.database, shop)
        if where is not None:
            async with self.database.tenant(where[0]) as tx:
                await shops.lose_tokens(tx, tenant=where[0], shop=where[1], generation=version)

    async def lease(self, shop: str, *, holder: UUID, until: timedelta) -> bool:
        where = await shops.locate(self.database, shop)
        if where is None:
            return False
        async with self.database.tenant(where[0]) as tx:
            return await shops.lease_tokens(tx, tenant=where[0], shop=where[1], holder=holder, until=until)

    async def release(self, shop: str, *, holder: UUID) -> None:
        where = await shops.locate(self.database, shop)
        if where is not None:
            async with self.database.tenant(where[0]) as tx:
                await shops.release_tokens(tx, tenant=where[0], shop=where[1], holder=holder)

    # --- Installs --------------------------------------------------------------------------------------------------

    async def current(self, shop: str) -> Install | None:
        row = await self._row(shop)
        if row is None or row.state == "uninstalled":
            return None
        return Install(
            shop=shop,
            installed_at=row.installed_at,
            scopes=frozenset(row.scopes),
            signed_in=row.sealed_tokens is not None and row.state == "installed",
        )

    async def install(self, shop: str, pair: TokenPair, *, at: datetime) -> None:
        tenant, shop_id = await self._tenant_of(shop, at)
        async with self.database.tenant(tenant) as tx:
            await shops.install(tx, tenant=tenant, shop=shop_id, at=at)
            row = await shops.read(tx, tenant=tenant, shop=shop_id)
            known = self._open(row) if row is not None and row.sealed_tokens is not None else None
            if known is None or known.expires_at <= pair.expires_at:
                await shops.store_tokens(
                    tx,
                    tenant=tenant,
                    shop=shop_id,
                    sealed=self._seal(tenant, pair),
                    scopes=list(pair.scopes),
                    over=None,
                )
        await self.adopt_unowned(tenant, shop)

    async def uninstall(self, shop: str, *, installed_at: datetime) -> bool:
        where = await shops.locate(self.database, shop)
        if where is None:
            return False
        async with self.database.tenant(where[0]) as tx:
            return await shops.uninstall(tx, tenant=where[0], shop=where[1], installed_at=installed_at)

    async def scopes(self, shop: str, granted: frozenset[str]) -> None:
        where = await shops.locate(self.database, shop)
        if where is not None:
            async with self.database.tenant(where[0]) as tx:
                await shops.grant(tx, tenant=where[0], shop=where[1], scopes=list(granted))

    async def adopt_unowned(self, tenant: UUID, shop: str) -> int:
        """What the shop sent before anyone knew it becomes its own, sealed anew, and is due.

        One at a time for each shop, or two installs at once would replay everything twice.
        """
        adopted = after = 0
        while True:
            async with self.database.tenant(tenant) as tx:
                await shops.lock(tx, tenant=tenant, domain=shop)
                page = await events.adopt_unowned(tx, domain=shop, after=after, most=_UNOWNED_PAGE)
                if not page:
                    return adopted
                given = [(e, body, f"unowned-{e.id}") for e in page if (body := self._resealed(e, tenant))]
                await events.give(tx, tenant=tenant, domain=shop, events=given)
            adopted, after = adopted + len(given), page[-1].id

    # --- PersonalData ----------------------------------------------------------------------------------------------

    async def erase_customer(self, shop: str, person: Person) -> int:
        where = await shops.locate(self.database, shop)
        if where is None:
            return 0
        tenant, shop_id = where
        async with self.database.tenant(tenant) as tx:
            subject = self._subject(tenant, person)
            found = await privacy.records_of(tx, tenant=tenant, shop=shop_id, subject=subject)
            orders = {*person.order_keys, *await privacy.order_keys_of(tx, tenant=tenant, records=found)}
            erased = await privacy.erase_records(tx, tenant=tenant, records=found)
            if subject.email_hash is not None:
                erased += await alert_settings.forget_address(
                    tx, tenant=tenant, address_hash=subject.email_hash
                )
        words = [w.lower().encode() for w in (person.email, person.phone) if w]
        keys = frozenset({*orders, *([person.customer_key] if person.customer_key else [])})

        def about(sealed: bytes) -> bool:
            try:
                body = self.vault.unpack(sealed, tenant=tenant, purpose=PURPOSE)
            except Bug:
                return False
            return any(w in body.lower() for w in words) or _names(body, keys)

        erased += await privacy.erase_bodies(self.database, tenant=tenant, domain=shop, about=about)
        async with self.database.tenant(tenant) as tx:
            await privacy.note_request(
                tx, tenant=tenant, shop=shop_id, id=uuid4(), topic=CUSTOMER_REDACT, result={"erased": erased}
            )
        return erased

    async def export_customer(self, shop: str, person: Person, *, request: StoreKey) -> None:
        """Counts what is held and keeps it under the request's number for the store's owner."""
        where = await shops.locate(self.database, shop)
        if where is None:
            return
        tenant, shop_id = where
        async with self.database.tenant(tenant) as tx:
            found = await privacy.records_of(
                tx, tenant=tenant, shop=shop_id, subject=self._subject(tenant, person)
            )
            orders = await privacy.order_keys_of(tx, tenant=tenant, records=found)
            result: dict[str, object] = {"request": request, "orders": sorted(orders)}
            await privacy.note_request(
                tx, tenant=tenant, shop=shop_id, id=uuid4(), topic=DATA_REQUEST, result=result
            )

    async def installed_at(self, shop: str) -> datetime | None:
        install = await self.current(shop)
        return install.installed_at if install else None

    async def erase_shop(self, shop: str) -> None:
        where = await shops.locate(self.database, shop)
        if where is None:
            return
        async with self.database.tenant(where[0]) as tx:
            await privacy.erase_shop(tx, tenant=where[0], shop=where[1], domain=shop)
            await tx.value("SELECT forget_seen_of($1)", shop)

    # --- within ----------------------------------------------------------------------------------------------------

    async def _row(self, shop: str) -> Shop | None:
        where = await shops.locate(self.database, shop)
        if where is None:
            return None
        async with self.database.tenant(where[0]) as tx:
            return await shops.read(tx, tenant=where[0], shop=where[1])

    async def _tenant_of(self, shop: str, at: datetime) -> tuple[UUID, UUID]:
        """The shop's organisation, made anew for a shop nobody knows; two installs at once make one."""
        where = await shops.locate(self.database, shop)
        if where is not None:
            return where
        tenant = uuid4()
        try:
            async with self.database.tenant(tenant) as tx:
                return tenant, await shops.create(tx, tenant=tenant, domain=shop, platform="shopify", at=at)
        except (IntegrityError, asyncpg.UniqueViolationError):
            where = await shops.locate(self.database, shop)
            assert where is not None
            return where

    def _subject(self, tenant: UUID, person: Person) -> Subject:
        email = self.vault.keyed_hash(person.email, tenant=tenant) if person.email else None
        return Subject(order_keys=person.order_keys, buyer_key=person.customer_key, email_hash=email)

    def _resealed(self, event: StoredEvent, tenant: UUID) -> bytes | None:
        """None for a body that is gone or that no key opens: it stays where it is until its time is over."""
        if event.body is None:
            return None
        try:
            plain = self.vault.unpack(event.body, tenant=UNOWNED, purpose=PURPOSE)
        except Bug:
            return None
        return self.vault.pack(plain, tenant=tenant, purpose=PURPOSE)

    def _seal(self, tenant: UUID, pair: TokenPair) -> bytes:
        stored = {
            "access_token": pair.access_token,
            "expires_at": pair.expires_at,
            "refresh_token": pair.refresh_token,
            "refresh_expires_at": pair.refresh_expires_at,
            "scopes": sorted(pair.scopes),
        }
        return self.vault.seal(orjson.dumps(stored), tenant=tenant, purpose=TOKENS)

    def _open(self, row: Shop) -> TokenPair:
        assert row.sealed_tokens is not None
        stored = orjson.loads(self.vault.open(row.sealed_tokens, tenant=row.tenant, purpose=TOKENS))
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
