"""The fulfillments flow from the store, for the engine: where parcels are read and booked, and what a row keeps of one."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from app.domain.ids import StoreKey
from app.domain.parcel import Parcel, ShipmentDocument
from app.errors import Rejected
from app.models import connections, kin
from app.models import parcels as rows
from app.models.database import Database
from app.models.demand_lines import Unit
from app.models.records import Claim, End, State
from app.ports import Flow, Missing, Reader, Sink
from app.steps.points import RecordKind
from app.sync import parcels
from app.sync.flow import Children, Decider, Decision, Rules
from app.sync.flow import Told as AsTold
from app.sync.parcels import Beside, Told
from app.sync.sides import Sides


@dataclass(frozen=True, kw_only=True)
class ParcelFlow:
    """Implements `RecordFlow[Parcel, ShipmentDocument]`."""

    database: Database
    kind: RecordKind = "parcel"
    flow: Flow = Flow.FULFILLMENTS
    to: Literal["host", "store"] = "host"

    def source(self, sides: Sides) -> Reader[Parcel] | Missing:
        return sides.store.parcels

    def sink(self, sides: Sides) -> Sink[ShipmentDocument] | Missing:
        return sides.host.parcels

    def version(self, record: Parcel) -> datetime:
        return record.updated_at

    def basis(self, claim: Claim, record: Parcel) -> End:
        return End(
            state=State.SETTLED,
            reference=record.name,
            read_version=record.updated_at,
            content_hash=hashlib.sha256(parcels.standing_of(record).encode()).digest(),
            placed_at=record.sent_at,
            parent_key=record.order_key,
        )

    def private(self, record: Parcel) -> Sequence[str]:
        return ()

    def units(self, record: Parcel) -> Sequence[Unit] | None:
        return None

    def children(self, record: Parcel) -> Children:
        return {}

    def given(self, record: Parcel) -> Mapping[StoreKey, Sequence[Unit]]:
        return {}

    async def decider(self, claim: Claim, record: Parcel) -> Decider[ShipmentDocument]:
        async with self.database.tenant(claim.tenant) as tx:
            order = await kin.parent(tx, claim, kind="order", key=record.order_key)
            standing = await rows.stand(tx, claim, order=record.order_key)
            mapped = order.mapping_version if order else None
            as_sold = (
                await connections.mapping(tx, tenant=claim.tenant, connection=claim.connection, number=mapped)
                if mapped
                else None
            )
        beside = Beside(order=order, standing=standing, sink_key=claim.sink_key)

        def decide(told: AsTold | None, rules: Rules, now: datetime) -> Decision[ShipmentDocument]:
            """Goods leave under the names they were sold by, whatever they are called by now."""
            if as_sold is not None:
                rules = replace(rules, tables=replace(rules.tables, items=as_sold.items))
            return parcels.decide(record, Told.of(told) if told is not None else None, beside, rules, now)

        return decide

    def instead(self, decision: Decision[ShipmentDocument], refused: Rejected, rules: Rules) -> AsTold | None:
        """A shipment names the items its order's document names: what the ERP refuses of it, it refuses."""
        return None
