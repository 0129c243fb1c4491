"""The refunds flow for the engine: where refunds are read and credited, and what a row keeps of one."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from app.domain.credit import CreditDocument
from app.domain.ids import StoreKey
from app.domain.refund import Refund, Restock
from app.errors import Rejected
from app.models import connections, kin
from app.models.database import Database
from app.models.demand_lines import Unit
from app.models.records import Claim, End, State
from app.ports import Flow, Missing, Reader, Sink
from app.steps.points import RecordKind
from app.sync import refunds
from app.sync.flow import Children, Decider, Decision, Rules, units_of
from app.sync.flow import Told as AsTold
from app.sync.refunds import Told
from app.sync.sides import Sides

_GONE = frozenset({Restock.RETURN, Restock.NONE})
"""What becomes of goods that have left."""


@dataclass(frozen=True, kw_only=True)
class RefundFlow:
    """Implements `RecordFlow[Refund, CreditDocument]`."""

    database: Database
    kind: RecordKind = "refund"
    flow: Flow = Flow.REFUNDS
    to: Literal["host", "store"] = "host"

    def source(self, sides: Sides) -> Reader[Refund] | Missing:
        return sides.store.refunds

    def sink(self, sides: Sides) -> Sink[CreditDocument] | Missing:
        return sides.host.refunds

    def version(self, record: Refund) -> datetime:
        return record.updated_at

    def basis(self, claim: Claim, record: Refund) -> End:
        return End(
            state=State.SETTLED,
            reference=f"{record.order_name}-R{record.key}",
            read_version=record.updated_at,
            content_hash=hashlib.sha256(refunds.content(record).encode()).digest(),
            placed_at=record.created_at,
            amount=record.total.shop.amount,
            currency=record.total.shop.currency,
            parent_key=record.order_key,
        )

    def private(self, record: Refund) -> Sequence[str]:
        return ()

    def units(self, record: Refund) -> Sequence[Unit] | None:
        """What goes out in exchange: from where, its order's run knows."""
        return units_of(record.sent) if record.sent else None

    def children(self, record: Refund) -> Children:
        return {}

    def given(self, record: Refund) -> Mapping[StoreKey, Sequence[Unit]]:
        return {}

    async def decider(self, claim: Claim, record: Refund) -> Decider[CreditDocument]:
        async with self.database.tenant(claim.tenant) as tx:
            order = await kin.parent(tx, claim, kind="order", key=record.order_key)
            apart = await kin.siblings(tx, claim, record.apart) if record.apart else ()
            # What comes back, or was kept, must have left there before: what never did would be called off, and then could
            # not leave; so it is with a refund of everything.
            back = record.whole or any(line.restock in _GONE for line in record.lines)
            after = "parcel" if back else None
            elder = await kin.elder(tx, claim, parent=record.order_key, after=after)
            mapped = order.mapping_version if order else None
            as_sold = (
                await connections.mapping(tx, tenant=claim.tenant, connection=claim.connection, number=mapped)
                if mapped
                else None
            )

        def decide(told: AsTold | None, rules: Rules, now: datetime) -> Decision[CreditDocument]:
            """Goods go back under the names they were sold by, whatever they are called by now."""
            if as_sold is not None:
                rules = replace(rules, tables=replace(rules.tables, items=as_sold.items))
            known = Told.of(told) if told is not None else None
            return refunds.decide(
                record, known, order, rules, now, apart=apart, elder=elder, since=claim.first_seen_at
            )

        return decide

    def instead(self, decision: Decision[CreditDocument], refused: Rejected, rules: Rules) -> AsTold | None:
        """A credit names the items its order's document names: what the ERP refuses of it, it refuses."""
        return None
