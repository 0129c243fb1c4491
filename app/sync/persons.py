"""People as shared things: who finds or makes one holds the lease of their e-mail and keys, so that nobody is made twice."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

from app.crypto import Vault
from app.domain.customer_sync import email_text
from app.domain.order import Order
from app.errors import Misconfigured, Rejected, Retry, Throttled
from app.models import people
from app.models.database import Database
from app.models.records import Claim
from app.ports import Flow, Missing
from app.sync.sides import Sides, Way

_SOON = timedelta(milliseconds=300)


def kept(sides: Sides) -> bool:
    """Whether customers of this connection are kept in step, so that orders share their leases and links."""
    missing = isinstance(sides.host.customers, Missing) or isinstance(sides.store.customers, Missing)
    return not missing and sides.connection.flows.get(Flow.CUSTOMERS.value, False)


def names(*, email: str | None = None, store: str | None = None, host: str | None = None) -> tuple[str, ...]:
    """What a person is known by; whoever shares one of these waits for the other."""
    known = {"email": email_text(email), "store": store, "host": host}
    return tuple(f"{kind}:{value}" for kind, value in known.items() if value)


@dataclass(frozen=True, kw_only=True)
class Persons:
    """Leases of people; a record's own runs share them. The order's lease is always taken before the person's."""

    database: Database
    vault: Vault

    @asynccontextmanager
    async def held(
        self, claim: Claim, way: Way, margin: timedelta, known: Sequence[str]
    ) -> AsyncIterator[None]:
        """Raises Throttled while another record has the person. Whatever leaves open what was sent keeps the lease

        until that is settled: what commits late must be found before anybody else looks.
        """
        if not known:
            yield
            return
        await self.take(claim, way, margin, known)
        try:
            yield
        except (Rejected, Retry, Misconfigured):
            await self._let_go(claim, found=False)
            raise
        await self._let_go(claim, found=True)

    @asynccontextmanager
    async def buying(self, claim: Claim, sides: Sides, order: Order) -> AsyncIterator[None]:
        """An order whose document is not there yet may make its buyer: nobody else does meanwhile.

        A company buys as itself, under its own key alone.
        """
        buyer = order.buyer
        sought = claim.sink_key is None and not buyer.company_key and kept(sides)
        known = names(email=buyer.email, store=buyer.key) if sought else ()
        async with self.held(claim, sides.to_host, sides.timing.lease_margin, known):
            yield

    async def take(self, claim: Claim, way: Way, margin: timedelta, known: Sequence[str]) -> None:
        """All of them or none; those the record holds already are held on."""
        prints = [self.print_of(claim, name) for name in known]
        within = way.deadline * 2 + way.settle + margin
        async with self.database.tenant(claim.tenant) as tx:
            if not await people.take(tx, claim, prints=prints, within=within):
                # Leaving with an error rolls the transaction back, and with it what was taken.
                raise Throttled("customer.busy", "This customer is being looked at already.", after=_SOON)

    async def _let_go(self, claim: Claim, *, found: bool) -> None:
        async with self.database.tenant(claim.tenant) as tx:
            await people.let_go(tx, claim, found=found)

    def print_of(self, claim: Claim, text: str) -> bytes:
        """Keyed, and letters of either case apart."""
        return self.vault.keyed_hash(hashlib.sha256(text.encode()).hexdigest(), tenant=claim.tenant)
