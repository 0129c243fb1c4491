"""The worker's side of the stock flow: finds connections whose turn has come and runs a few of them at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from app.errors import Misconfigured, Reason, StockbridgeError
from app.logs import get
from app.models import stock_settings
from app.models.database import Database
from app.sync.stock.flow import StockFlow

_AT_ONCE = 4


@dataclass(frozen=True, kw_only=True)
class StockTurns:
    """From PostgreSQL alone. A long push of one shop stops no other shop's turn."""

    database: Database
    flow: StockFlow
    pause: Callable[[UUID, UUID, Reason], Awaitable[None]]
    look_every: timedelta

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
        for tenant, connection in await stock_settings.due(self.database, most=free):
            if connection not in running.values():
                running[asyncio.create_task(self._turn(tenant, connection))] = connection

    async def _turn(self, tenant: UUID, connection: UUID) -> None:
        """One connection's failure stays its own."""
        try:
            await self.flow.turn(tenant, connection)
        except Misconfigured as error:
            if error.code.startswith(("stock.", "host.no_stock", "store.no_stock", "owner.")):
                get("stock").warning("stock.not_possible", connection=str(connection), code=error.code)
            else:
                await self.pause(tenant, connection, error.reason)
        except StockbridgeError as error:
            get("stock").warning("stock.turn_failed", connection=str(connection), code=error.code)
        except Exception as error:  # noqa: BLE001  the other connections' turns go on
            get("stock").error("stock.turn_broke", connection=str(connection), exc_info=error)
