"""Who a session is of: Shopify is asked now and then; while it can't be, what is known stands, and nobody else is a viewer."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from app import logs
from app.crypto import Vault
from app.domain.access import Standing
from app.errors import Bug, StockbridgeError
from app.models import members
from app.models.callers import audited
from app.models.database import Database
from app.models.members import PURPOSE
from app.shopify.oauth import StaffUser
from app.shopify.session import Session

_LONGEST_NAME = 100
_MOST_RESTING = 10_000


@dataclass(frozen=True, kw_only=True)
class Patience:
    """`every`: how old what Shopify said may be. `wait`: for its answer. `rest`: before it is asked again in vain."""

    every: timedelta = timedelta(hours=12)
    wait: timedelta = timedelta(seconds=5)
    rest: timedelta = timedelta(minutes=1)


@dataclass(kw_only=True)
class Roster:
    """`ask(shop, id token)` is one call to Shopify; the page's many first requests wait for the same."""

    database: Database
    vault: Vault
    ask: Callable[[str, str], Awaitable[StaffUser]]
    patience: Patience = field(default_factory=Patience)
    clock: Callable[[], float] = time.monotonic
    _asking: dict[tuple[UUID, str], asyncio.Lock] = field(default_factory=dict)
    _resting: dict[tuple[UUID, str], float] = field(default_factory=dict)

    async def standing(self, *, tenant: UUID, shop: UUID, session: Session, id_token: str) -> Standing:
        """What the person of a session may do here just now."""
        found = await self._known(tenant, shop, session.user)
        if found is not None and not (found.due and self._may_ask(shop, session.user)):
            return found
        lock = self._asking.setdefault((shop, session.user), asyncio.Lock())
        try:
            async with lock:
                found = await self._known(tenant, shop, session.user)
                if found is None or (found.due and self._may_ask(shop, session.user)):
                    await self._learn(tenant, shop, session, id_token)
                    found = await self._known(tenant, shop, session.user)
        finally:
            self._asking.pop((shop, session.user), None)
        if found is None:
            raise Bug("member.lost", "A member of the staff was written down and is not there.")
        return found

    async def _known(self, tenant: UUID, shop: UUID, staff: str) -> Standing | None:
        async with self.database.tenant(tenant) as tx:
            found = await members.standing(
                tx, tenant=tenant, shop=shop, staff=staff, every=self.patience.every
            )
            if found is None:
                return None
            standing, long_ago = found
            if long_ago:
                await members.seen(tx, tenant=tenant, member=standing.member)
        return standing

    def _may_ask(self, shop: UUID, staff: str) -> bool:
        return self._resting.get((shop, staff), 0.0) <= self.clock()

    async def _learn(self, tenant: UUID, shop: UUID, session: Session, id_token: str) -> None:
        user = await self._asked(session, id_token) if self._may_ask(shop, session.user) else None
        if user is None:
            self._rest(shop, session.user)
        async with self.database.tenant(tenant) as tx:
            if user is None:
                await members.unknown(tx, tenant=tenant, shop=shop, staff=session.user)
                return
            told = await members.told(
                tx,
                tenant=tenant,
                shop=shop,
                staff=session.user,
                account_owner=user.account_owner,
                sealed_name=self._sealed(tenant, user.name),
            )
            if told.was is not told.role:
                facts = {"old": told.was.value if told.was else "", "new": told.role.value}
                await audited(
                    tx, tenant=tenant, actor="shopify", action="member.role", subject=str(told.member), facts=facts
                )  # fmt: skip

    async def _asked(self, session: Session, id_token: str) -> StaffUser | None:
        """None where Shopify does not say it, or speaks of somebody else."""
        try:
            async with asyncio.timeout(self.patience.wait.total_seconds()):
                user = await self.ask(session.shop, id_token)
        except (StockbridgeError, TimeoutError) as failure:
            code = failure.code if isinstance(failure, StockbridgeError) else "timeout"
            logs.get("roster").warning("member.unasked", shop=session.shop, code=code)
            return None
        return user if user.key == session.user else None

    def _rest(self, shop: UUID, staff: str) -> None:
        if len(self._resting) >= _MOST_RESTING:
            self._resting.clear()
        self._resting[shop, staff] = self.clock() + self.patience.rest.total_seconds()

    def _sealed(self, tenant: UUID, name: str) -> bytes | None:
        return (
            self.vault.seal(name[:_LONGEST_NAME].encode(), tenant=tenant, purpose=PURPOSE) if name else None
        )
