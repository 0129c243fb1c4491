"""Whoever writes to many records locks them in one order, so that no two wait for each other."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from app.domain.ids import StoreKey
from app.models import demand, demand_lines, document_statuses, marks, people, privacy, record_words, records
from app.models.database import Tx
from app.models.marks import DueMark
from app.models.records import Claim
from app.ports import Flow, Hint, ReservesAt
from tests.fakes.world import World

KEYS = [StoreKey(str(1000 + n)) for n in range(12)]


@dataclass(frozen=True)
class All:
    """Twelve orders under way, whose ids come in another order than their keys."""

    world: World
    claims: Sequence[Claim]

    async def heard(self, tx: Tx) -> None:
        await self._want(tx, fingerprint=None)

    async def echoed(self, tx: Tx) -> None:
        await self._want(tx, fingerprint=b"as before")

    async def _want(self, tx: Tx, *, fingerprint: bytes | None) -> None:
        joined, at = self.world.joined, datetime.now(UTC)
        hints = [Hint(flow=Flow.ORDERS, key=key, version=at, fingerprint=fingerprint) for key in KEYS]
        await demand.want(
            tx, tenant=joined.tenant, connection=joined.connection, shop=joined.shop, kind="order", hints=hints,
            echo_within=timedelta(minutes=2),
        )  # fmt: skip

    async def listed_by_the_erp(self, tx: Tx) -> None:
        joined = self.world.joined
        hints = [Hint(flow=Flow.CUSTOMERS, key=StoreKey(f"sale-{key}")) for key in KEYS]
        await people.want_listed(
            tx,
            tenant=joined.tenant,
            connection=joined.connection,
            shop=joined.shop,
            kind="order",
            listed=hints,
        )

    async def extended(self, tx: Tx) -> None:
        minute = timedelta(minutes=1)
        claims = sorted(self.claims, key=lambda claim: claim.record)
        assert await records.extend(
            tx, tenant=self.world.joined.tenant, claims=claims, lease=minute, most=60 * minute
        )

    async def given_back(self, tx: Tx) -> None:
        await records.give_back(tx, self.claims)

    async def looked_up(self, tx: Tx) -> None:
        joined = self.world.joined
        stages = {f"order-goods-{key}": ("packed",) for key in KEYS}
        assert await document_statuses.keep(
            tx, tenant=joined.tenant, connection=joined.connection, stages=stages
        )

    async def marked(self, tx: Tx) -> None:
        due = [
            DueMark(record=claim.record, key=StoreKey(claim.source_key), number=None, state="settled", sentence=None,
                    code=None, hash=b"mark")
            for claim in sorted(self.claims, key=lambda claim: claim.record)
        ]  # fmt: skip
        await marks.settle(
            tx, tenant=self.world.joined.tenant, effect=uuid4(), written=due, again=[], after=timedelta(0)
        )

    async def asked(self, tx: Tx) -> None:
        await demand.ask(tx, tenant=self.world.joined.tenant, records=[claim.record for claim in self.claims])

    async def run_again(self, tx: Tx) -> None:
        await demand.again(
            tx, tenant=self.world.joined.tenant, records=[claim.record for claim in self.claims]
        )

    async def worded(self, tx: Tx) -> None:
        await record_words.locked(
            tx, tenant=self.world.joined.tenant, records=[claim.record for claim in self.claims]
        )

    async def woken(self, tx: Tx) -> None:
        joined = self.world.joined
        await demand.waiting_for(tx, tenant=joined.tenant, connection=joined.connection, code="why")

    async def reserved(self, tx: Tx) -> None:
        joined = self.world.joined
        await demand_lines.settle(
            tx, tenant=joined.tenant, connections=[joined.connection], at=ReservesAt.CREATE
        )

    async def approved(self, tx: Tx) -> None:
        joined = self.world.joined
        await demand.approve(tx, tenant=joined.tenant, connection=joined.connection, kind="order", keys=KEYS)

    async def erased(self, tx: Tx) -> None:
        await privacy.erase_records(
            tx, tenant=self.world.joined.tenant, records=[claim.record for claim in self.claims]
        )


WRITERS: dict[str, Callable[[All, Tx], Awaitable[None]]] = {
    name: member for name, member in vars(All).items() if not name.startswith("_") and callable(member)
}


@pytest.mark.parametrize("writer", WRITERS)
async def test_records_are_locked_in_the_order_of_their_keys(world: World, writer: str) -> None:
    """While the first of them is somebody else's, all the others are nobody's."""
    everything = All(world, await _twelve(world, writer))
    async with world.owner.transaction():
        await world.owner.execute("SELECT FROM record WHERE source_key = $1 FOR NO KEY UPDATE", KEYS[0])
        writing = asyncio.create_task(_written(everything, writer))
        await _waits(world, writing)
        free = await world.owner.fetch("SELECT source_key FROM record FOR NO KEY UPDATE SKIP LOCKED")
    await writing
    assert sorted(row["source_key"] for row in free) == KEYS


async def _twelve(world: World, writer: str) -> list[Claim]:
    for key in (*KEYS[7:], *KEYS[:3], *reversed(KEYS[3:7])):
        await world.hear(key)
    claims = await world.claim(most=len(KEYS))
    await world.owner.execute(
        "UPDATE record SET external_id = 'order-goods-' || source_key, sink_key = 'sale-' || source_key,"
        " fingerprint = 'as before', mark_sent_at = now(), done = wanted, lease_until = now() + interval '1 hour'"
    )
    if writer == "woken":
        await world.owner.execute("UPDATE record SET state = 'held', reason_code = 'why'")
    if writer in ("echoed", "reserved"):
        await world.owner.execute("UPDATE record SET state = 'settled', state_since = now()")
    await world.owner.execute(
        "INSERT INTO demand_line (tenant_id, record_id, connection_id, sku, location_key, quantity)"
        " SELECT tenant_id, id, connection_id, 'tea', '', 1 FROM record"
    )
    assert [claim.source_key for claim in sorted(claims, key=lambda claim: claim.record)] != KEYS
    return claims


async def _written(everything: All, writer: str) -> None:
    async with everything.world.database.tenant(everything.world.joined.tenant) as tx:
        await WRITERS[writer](everything, tx)


async def _waits(world: World, writing: asyncio.Task[None]) -> None:
    while not await world.owner.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted"):
        assert not writing.done(), writing.exception() or "it waited for nobody"
        await asyncio.sleep(0.01)
