"""The worker's side of a flow by turns: finds connections whose turn has come and runs a few of them at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol
from uuid import UUID

from app.errors import Misconfigured, Reason, StockbridgeError
from app.logs import get
from app.models import stock_settings
from app.models.database import Database

_AT_ONCE = 4
_OWN = ("stock.", "price.", "host.no_", "store.no_", "owner.")
"""What is wrong with a flow alone, so that the connection's others go on."""


class ByTurns(Protocol):
    """A flow that is carried by turns."""

    async def turn(self, tenant: UUID, connection: UUID) -> None:
        """One connection's turn, for the one worker that gets it."""
        ...


async def _stock_due(database: Database, most: int) -> list[tuple[UUID, UUID]]:
    return await stock_settings.due(database, most=most)


@dataclass(frozen=True, kw_only=True)
class Turns:
    """From PostgreSQL alone. `whose`: whose turn it is, and how many at most. A long push of one shop stops no

    other shop's turn.
    """

    database: Database
    flow: ByTurns
    pause: Callable[[UUID, UUID, Reason], Awaitable[None]]
    look_every: timedelta
    name: str = "stock"
    whose: Callable[[Database, int], Awaitable[list[tuple[UUID, UUID]]]] = _stock_due

    async def due(self) -> None:
        """Returns when nothing is due and nothing runs; cancelled, it cancels what runs and waits for it."""
        running: dict[asyncio.Task[None], UUID] = {}
        try:
            while True:
                await self._start(running)
                if not running:
                    return
                ended, _ = await asyncio.wait(
                    running, timeout=self.look_every.total_seconds(), return_when=asyncio.FIRST_COMPLETED
                )
                for task in ended:
                    del running[task]
        finally:
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)

    async def _start(self, running: dict[asyncio.Task[None], UUID]) -> None:
        free = _AT_ONCE - len(running)
        if free <= 0:
            return
        for tenant, connection in await self.whose(self.database, free):
            if connection not in running.values():
                running[asyncio.create_task(self._turn(tenant, connection))] = connection

    async def _turn(self, tenant: UUID, connection: UUID) -> None:
        """One connection's failure stays its own."""
        try:
            await self.flow.turn(tenant, connection)
        except Misconfigured as error:
            if error.code.startswith(_OWN):
                get(self.name).warning(
                    f"{self.name}.not_possible", connection=str(connection), code=error.code
                )
            else:
                await self.pause(tenant, connection, error.reason)
        except StockbridgeError as error:
            get(self.name).warning(f"{self.name}.turn_failed", connection=str(connection), code=error.code)
        except Exception as error:  # noqa: BLE001  the other connections' turns go on
            get(self.name).error(f"{self.name}.turn_broke", connection=str(connection), exc_info=error)
