"""The orders flow for the engine: where orders are read and put, and what a row keeps of one."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from app.crypto import Vault
from app.domain.document import SalesDocument
from app.domain.ids import SinkKey, StoreKey
from app.domain.order import Order
from app.domain.person import words_of
from app.errors import Rejected
from app.models import people
from app.models.database import Database
from app.models.demand_lines import Unit
from app.models.records import Claim, End, State
from app.ports import Flow, Missing, Reader, Sink
from app.steps.points import RecordKind
from app.sync import order_told, orders
from app.sync.flow import Children, Consult, Decider, Decision, Put, Rules, units_of
from app.sync.flow import Told as AsTold
from app.sync.order_told import Told
from app.sync.sides import Sides


@dataclass(frozen=True, kw_only=True)
class OrderFlow:
    """Implements `RecordFlow[Order, SalesDocument]`."""

    vault: Vault
    database: Database
    kind: RecordKind = "order"
    flow: Flow = Flow.ORDERS
    to: Literal["host", "store"] = "host"

    def source(self, sides: Sides) -> Reader[Order]:
        return sides.store.orders

    def sink(self, sides: Sides) -> Sink[SalesDocument] | Missing:
        return sides.host.orders

    def version(self, record: Order) -> datetime:
        return record.updated_at

    def basis(self, claim: Claim, record: Order) -> End:
        email = record.buyer.email
        return End(
            state=State.SETTLED,
            reference=record.name,
            read_version=record.updated_at,
            content_hash=hashlib.sha256(order_told.standing(record).encode()).digest(),
            buyer_key=record.buyer.key,
            email_hash=self.vault.keyed_hash(email, tenant=claim.tenant) if email else None,
            placed_at=record.created_at,
            amount=record.current_total.shop.amount,
            currency=record.current_total.shop.currency,
        )

    def private(self, record: Order) -> Sequence[str]:
        return words_of(record)

    def units(self, record: Order) -> Sequence[Unit]:
        if record.cancelled_at is not None:
            return ()
        return units_of(record.lines)

    def children(self, record: Order) -> Children:
        return {"refund": dict.fromkeys(record.refund_keys), "parcel": record.parcels}

    def given(self, record: Order) -> Mapping[StoreKey, Sequence[Unit]]:
        """What was given in exchange is out of stock from now on, whenever its refund is read."""
        return {key: units_of(lines) for key, lines in record.exchanged.items()}

    async def decider(self, claim: Claim, record: Order) -> Decider[SalesDocument]:
        buyer = await self._linked(claim, record)

        def decide(told: AsTold | None, rules: Rules, now: datetime) -> Decision[SalesDocument] | Consult:
            decision = orders.decide(record, Told.of(told) if told is not None else None, rules, now)
            if buyer is not None and isinstance(decision, Consult):
                return replace(decision, buyer=replace(decision.buyer, host_key=buyer))
            if buyer is None or not isinstance(decision, Put):
                return decision
            document = decision.document
            known = replace(document, buyer=replace(document.buyer, host_key=buyer))
            return replace(decision, document=known)

        return decide

    async def _linked(self, claim: Claim, record: Order) -> SinkKey | None:
        """What the ERP knows the buyer by: the customer they are linked to, whatever their e-mail is by now."""
        if record.buyer.key is None:
            return None
        async with self.database.tenant(claim.tenant) as tx:
            key = await people.host_key(
                tx, tenant=claim.tenant, connection=claim.connection, store_key=record.buyer.key
            )
        return SinkKey(key) if key else None

    def instead(self, decision: Decision[SalesDocument], refused: Rejected, rules: Rules) -> AsTold | None:
        """Unknown items may go onto a fallback item."""
        if refused.code != "item.unknown" or not isinstance(decision, Put):
            return None
        told = orders.substitute(Told.of(decision.told), refused.facts.get("item", ""), rules.options)
        return told.stored() if told is not None else None
