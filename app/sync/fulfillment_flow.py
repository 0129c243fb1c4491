"""The fulfillments flow for the engine: where shipments are read and sent, and what a row keeps of one."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from app.domain.ids import StoreKey, parts_of
from app.domain.shipment import FulfillmentDocument, Shipment
from app.errors import Rejected, Throttled
from app.models import connections, shipments
from app.models.database import Database
from app.models.demand_lines import Unit
from app.models.records import Claim, End, State
from app.ports import Flow, Missing, Reader, Sink
from app.steps.points import RecordKind
from app.sync import fulfillments
from app.sync.flow import Children, Decider, Decision, Put, Rules
from app.sync.flow import Told as AsTold
from app.sync.fulfillments import Told
from app.sync.sides import Sides

_REFUSED = "fulfillment.refused"
_SOON = timedelta(seconds=1)


@dataclass(frozen=True, kw_only=True)
class FulfillmentFlow:
    """Implements `RecordFlow[Shipment, FulfillmentDocument]`."""

    database: Database
    kind: RecordKind = "shipment"
    flow: Flow = Flow.FULFILLMENTS
    to: Literal["host", "store"] = "store"

    def source(self, sides: Sides) -> Reader[Shipment] | Missing:
        return sides.host.shipments

    def sink(self, sides: Sides) -> Sink[FulfillmentDocument] | Missing:
        return sides.store.fulfillments

    def version(self, record: Shipment) -> datetime:
        return record.updated_at

    def basis(self, claim: Claim, record: Shipment) -> End:
        parts = parts_of(record.order_external_id)
        return End(
            state=State.SETTLED,
            reference=record.number,
            read_version=record.updated_at,
            content_hash=hashlib.sha256(fulfillments.standing_of(record).encode()).digest(),
            placed_at=record.shipped_at,
            parent_key=parts[2] if parts else None,
        )

    def private(self, record: Shipment) -> Sequence[str]:
        return ()

    def units(self, record: Shipment) -> Sequence[Unit] | None:
        return None

    def children(self, record: Shipment) -> Children:
        return {}

    def given(self, record: Shipment) -> Mapping[StoreKey, Sequence[Unit]]:
        return {}

    async def decider(self, claim: Claim, record: Shipment) -> Decider[FulfillmentDocument]:
        """Takes the order's turn among its shipments. Whoever has it is done in a moment, or has died."""
        async with self.database.tenant(claim.tenant) as tx:
            standing = await shipments.stand(tx, claim, order=record.order_external_id)
            mapped = standing.order.mapping_version if standing.order else None
            as_sold = (
                await connections.mapping(tx, tenant=claim.tenant, connection=claim.connection, number=mapped)
                if mapped
                else None
            )
        if standing.busy:
            raise Throttled(
                "fulfillment.another_first", "Another shipment of this order goes first.", after=_SOON
            )

        def decide(told: AsTold | None, rules: Rules, _now: datetime) -> Decision[FulfillmentDocument]:
            """Goods are known by the names they were sold by, whatever they are called by now."""
            if as_sold is not None:
                rules = replace(rules, tables=replace(rules.tables, items=as_sold.items))
            return fulfillments.decide(record, Told.of(told) if told is not None else None, standing, rules)

        return decide

    def instead(
        self, decision: Decision[FulfillmentDocument], refused: Rejected, rules: Rules
    ) -> AsTold | None:
        """An order's parts move, split and merge: what was refused is planned once more from how they are now."""
        if refused.code != _REFUSED or not isinstance(decision, Put):
            return None
        told = Told.of(decision.told)
        return None if told.again else replace(told, again=True).stored()
