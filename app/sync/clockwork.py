"""What a worker does by the clock, put together: the turns of every flow that has one, and the long runs that people began."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from app.crypto import Vault
from app.errors import Reason
from app.models import schedules
from app.models.database import Database
from app.ports import Flow, StoreSpec
from app.settings import Timing
from app.sync.answering import Answering
from app.sync.back_filling import BackFilling
from app.sync.order_turns import OrderTurns
from app.sync.rate_turns import RateTurns
from app.sync.reconcile import Reconcile
from app.sync.replaying import Replaying
from app.sync.sides import Opener
from app.sync.tasks import Tasks
from app.sync.turns import Taker, Turns
from app.sync.what_if import WhatIf

Takes = Callable[[UUID, UUID], Awaitable[None]]
Pause = Callable[[UUID, UUID, Reason], Awaitable[None]]


@dataclass(frozen=True, kw_only=True)
class Clockwork:
    database: Database
    open: Opener
    poke: Takes
    pause: Pause
    timing: Timing

    def turns(self, stock: Takes, prices: Takes) -> Turns:
        """One line for whatever the clock begins; `writes`: not while the connection writes nothing."""
        orders = OrderTurns(
            database=self.database,
            reconcile=Reconcile(database=self.database, now=lambda: datetime.now(UTC)),
            open=self.open,
            poke=self.poke,
            timing=self.timing,
        )
        rates = RateTurns(
            database=self.database,
            open=self.open,
            poke=self.poke,
            now=lambda: datetime.now(UTC),
            lease=self.timing.stock_lease,
        )
        answers = Answering(database=self.database, poke=self.poke, lease=self.timing.stock_lease)
        takers = {
            Flow.ORDERS.value: Taker(turn=orders.turn, writes=False),
            Flow.INVENTORY.value: Taker(turn=stock, writes=True),
            Flow.PRICES.value: Taker(turn=prices, writes=True),
            schedules.RATES: Taker(turn=rates.turn, writes=False),
            schedules.ANSWERS: Taker(turn=answers.turn, writes=False),
        }
        return Turns(
            database=self.database, takers=takers, pause=self.pause, look_every=self.timing.sweep_every
        )

    def tasks(self, vault: Vault, stores: Mapping[str, StoreSpec]) -> Tasks:
        """One line for each kind of run that is carried on from its checkpoint."""
        return Tasks(
            database=self.database,
            carriers={
                "backfill": BackFilling(database=self.database),
                "replay": Replaying(database=self.database, vault=vault, stores=stores),
                "what_if": WhatIf(database=self.database, vault=vault, now=lambda: datetime.now(UTC)),
            },
            open=self.open,
            poke=self.poke,
            pause=self.pause,
            lease=self.timing.stock_lease,
        )
