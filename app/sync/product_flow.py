"""The products flow for the engine: read in the ERP, kept in the product cache, made equal in the store."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from app.domain.ids import StoreKey
from app.domain.product import Product, ProductDocument
from app.errors import Rejected
from app.models import connections, effects, product_cache
from app.models.database import Database
from app.models.demand_lines import Unit
from app.models.effects import Effects, EffectState
from app.models.records import Claim, End, State
from app.ports import Flow, Missing, Reader, Sink
from app.steps.points import RecordKind
from app.sync import products
from app.sync.flow import Children, Decider, Decision, Rules, Told
from app.sync.sides import Sides


@dataclass(frozen=True, kw_only=True)
class ProductFlow:
    """Implements `RecordFlow[Product, ProductDocument]`."""

    database: Database
    kind: RecordKind = "product"
    flow: Flow = Flow.PRODUCTS
    to: Literal["host", "store"] = "store"

    def source(self, sides: Sides) -> Reader[Product] | Missing:
        return sides.host.items

    def sink(self, sides: Sides) -> Sink[ProductDocument] | Missing:
        return sides.store.products

    def version(self, record: Product) -> datetime:
        return record.updated_at

    def basis(self, claim: Claim, record: Product) -> End:
        return End(
            state=State.SETTLED,
            reference=record.name.strip()[:120] or record.key,
            read_version=record.updated_at,
            content_hash=hashlib.sha256(products.content(record).encode()).digest(),
        )

    def private(self, record: Product) -> Sequence[str]:
        return ()

    def units(self, record: Product) -> Sequence[Unit] | None:
        return None

    def children(self, record: Product) -> Children:
        return {}

    def given(self, record: Product) -> Mapping[StoreKey, Sequence[Unit]]:
        return {}

    async def decider(self, claim: Claim, record: Product) -> Decider[ProductDocument]:
        """The cache keeps what was read, whatever becomes of it. The mapping in force counts, not that of the first send."""
        async with self.database.tenant(claim.tenant) as tx:
            await product_cache.keep(tx, tenant=claim.tenant, connection=claim.connection, product=record)
            connection = await connections.one(tx, tenant=claim.tenant, connection=claim.connection)
            earlier = _open(await effects.of_record(tx, claim), record.updated_at.isoformat())
            ending = (
                await product_cache.ending(
                    tx, tenant=claim.tenant, connection=claim.connection, key=record.key
                )
                if not record.active and claim.sink_key is not None
                else None
            )
        since = ending.since if ending else None

        def decide(_told: Told | None, rules: Rules, now: datetime) -> Decision[ProductDocument]:
            standing = products.Standing(
                connection=str(claim.connection),
                tables=connection.tables if connection else rules.tables,
                options=rules.options,
                linked=claim.sink_key,
                asked=claim.asked and claim.reason_code in {None, *products.ASKED},
                ending=ending,
                open_until=earlier,
                pause=since + rules.timing.store_settle if since else None,
            )
            return products.decide(record, standing, now)

        return decide

    def instead(self, decision: Decision[ProductDocument], refused: Rejected, rules: Rules) -> Told | None:
        """A product has nothing that another could stand in for."""
        return None


def _open(known: Effects, version: str) -> datetime | None:
    """Until when calls of other versions may still commit; those of this one are judged by their own keys."""
    unsure = {EffectState.SENT, EffectState.UNCLEAR}
    others = [
        effect.settle_at
        for key, effect in known.by_key.items()
        if effect.state in unsure and f":{version}:" not in key and effect.settle_at is not None
    ]
    return max((at for at in others if at > known.now), default=None)
