"""Carries on what was said for more held records than one transaction makes due, where whoever said it is gone."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from app.models import answers, connections, schedules
from app.models.answers import Kept
from app.models.database import Database
from app.models.schedules import Turn
from app.sync.turns import take

_USUAL = timedelta(days=1)
"""Whoever says something wakes the turn; this is for a row that nobody ever would."""


@dataclass(frozen=True, kw_only=True)
class Answering:
    """A slice is made due in a transaction of its own; records that are due already are passed over, so none runs twice."""

    database: Database
    poke: Callable[[UUID, UUID], Awaitable[None]]
    lease: timedelta

    async def turn(self, tenant: UUID, connection: UUID) -> None:
        """For the one worker that gets it."""
        await take(
            self.database, tenant=tenant, connection=connection, flow=schedules.ANSWERS, usual=_USUAL,
            lease=self.lease, work=self._carry_on,
        )  # fmt: skip

    async def _carry_on(self, turn: Turn) -> timedelta | None:
        async with self.database.tenant(turn.tenant) as tx:
            found = await connections.one(tx, tenant=turn.tenant, connection=turn.connection)
            kept = await answers.kept(tx, tenant=turn.tenant, connection=turn.connection)
        if found is None:
            return None
        whole = [await self._through(turn, found.shop, each) for each in kept]
        return None if all(whole) else answers.PATIENCE

    async def _through(self, turn: Turn, shop: UUID, kept: Kept) -> bool:
        """Whether that was all; what somebody else is at just now is for the next turn."""
        while True:
            async with self.database.tenant(turn.tenant) as tx:
                done = await answers.due(
                    tx, tenant=turn.tenant, connection=turn.connection, answer=kept.answer
                )
                if done.all:
                    await answers.drop(tx, tenant=turn.tenant, answer=kept.id)
            await self.poke(turn.tenant, shop)
            if not done.more:
                return done.all
