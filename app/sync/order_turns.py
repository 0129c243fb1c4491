"""The orders' turn of the clock: both sides' lists are compared, as a run that says what it found and what it cost."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID, uuid4

from app.domain.stock_plan import RunState
from app.errors import Reason, StockbridgeError
from app.models import connections, cursors, runs, schedules, shops
from app.models.database import Database
from app.models.schedules import Turn
from app.settings import Timing
from app.sync.reconcile import Reconcile
from app.sync.sides import Opener, Sides
from app.sync.turns import ended_by, take

_ZONE_EVERY = timedelta(hours=12)


@dataclass(frozen=True, kw_only=True)
class OrderTurns:
    database: Database
    reconcile: Reconcile
    open: Opener
    poke: Callable[[UUID, UUID], Awaitable[None]]
    timing: Timing

    async def turn(self, tenant: UUID, connection: UUID) -> None:
        """For the one worker that gets it."""
        await take(
            self.database, tenant=tenant, connection=connection, flow=schedules.ORDERS,
            usual=self.timing.reconcile_every, lease=self.timing.stock_lease, work=self._compare,
        )  # fmt: skip

    async def _compare(self, turn: Turn) -> timedelta | None:
        async with self.database.tenant(turn.tenant) as tx:
            found = await connections.one(tx, tenant=turn.tenant, connection=turn.connection)
        if found is None:
            return None
        run = uuid4()
        async with self.database.tenant(turn.tenant) as tx:
            await runs.abandon(tx, tenant=turn.tenant, connection=turn.connection, flow=turn.flow)
            await runs.begin(
                tx, tenant=turn.tenant, run=run, connection=turn.connection, flow=turn.flow, kind="turn",
                started_by=turn.by,
            )  # fmt: skip
        sides: Sides | None = None
        try:
            sides = await self.open(found)
            raised = await self.reconcile.run(sides)
            await self._learn_zone(sides)
        except StockbridgeError as error:
            await self._end(turn, run, sides, ended_by(error), reason=error.reason)
            raise
        await self._end(turn, run, sides, RunState.DONE, raised=raised)
        if raised:
            await self.poke(turn.tenant, found.shop)
        return None

    async def _learn_zone(self, sides: Sides) -> None:
        """Where the shop's people live, for what its cron expressions mean; a shop that moves is followed."""
        tenant, shop = sides.connection.tenant, sides.connection.shop
        async with self.database.tenant(tenant) as tx:
            mine = await cursors.claim_turn(
                tx, tenant=tenant, connection=sides.connection.id, name="zone", every=_ZONE_EVERY
            )
        if mine and (zone := (await sides.store.check()).zone) is not None:
            async with self.database.tenant(tenant) as tx:
                await shops.set_zone(tx, tenant=tenant, shop=shop, zone=zone)

    async def _end(
        self, turn: Turn, run: UUID, sides: Sides | None, state: RunState, *, raised: int = 0,
        reason: Reason | None = None,
    ) -> None:  # fmt: skip
        async with self.database.tenant(turn.tenant) as tx:
            await runs.end(
                tx,
                tenant=turn.tenant,
                run=run,
                state=state,
                counts={"wanted": raised},
                calls=sides.meter.calls if sides else 0,
                points=sides.meter.points if sides else 0,
                reason=reason,
                quiet=not raised and reason is None,
            )
