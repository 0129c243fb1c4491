"""Turns by the clock: one worker gets each, keeps it by a lease, and ends it; the loop finds what is due."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import asyncpg

from app.domain.stock_plan import RunState
from app.errors import Misconfigured, Reason, StockbridgeError
from app.logs import get
from app.models import schedules
from app.models.database import Database
from app.models.schedules import Turn

_AT_ONCE = 4
"""Turns of one flow that a worker runs at a time: a long push of one shop stops no other shop's turn."""
_LOOK = 5.0
"""Seconds within which a stop by hand reaches a turn that is under way."""
_NOT_THE_CONNECTIONS = (
    "stock.", "price.", "host.no_", "store.no_", "owner.", "connection.no_writes", "connection.practice",
)  # fmt: skip
"""What keeps one flow from running and no other."""

Work = Callable[[Turn], Awaitable[timedelta | None]]
"""What is done in a turn; answers with how soon it wants the next one, None: as planned."""


def of_the_connection(error: StockbridgeError) -> bool:
    """Whether the whole connection stands still for it, and goes on by itself or when it is mended: nothing has failed."""
    return isinstance(error, Misconfigured) and not error.code.startswith(_NOT_THE_CONNECTIONS)


def ended_by(error: StockbridgeError) -> RunState:
    """How a run ends that was broken off by it: given up for the one that comes when the connection goes on, or failed."""
    return RunState.STOPPED if of_the_connection(error) else RunState.FAILED


@dataclass(frozen=True, kw_only=True)
class Taker:
    """One flow's side of the loop: `turn(tenant, connection)` claims and does it. `writes`: not while writes are off."""

    turn: Callable[[UUID, UUID], Awaitable[None]]
    writes: bool


async def take(
    database: Database, *, tenant: UUID, connection: UUID, flow: str, usual: timedelta, lease: timedelta, work: Work
) -> None:  # fmt: skip
    """One turn, for the one worker that gets it; nothing when it is another's or not due. Raises what the work raises.

    A stop by hand, or an heir after a lease that ran out, cancels the work: it is made to be left anywhere.
    """
    async with database.tenant(tenant) as tx:
        turn = await schedules.claim(
            tx, tenant=tenant, connection=connection, flow=flow, usual=usual, lease=lease
        )
    if turn is None:
        return
    soon: timedelta | None = timedelta(0)
    try:
        soon = await _while_mine(database, turn, lease, work)
    except StockbridgeError as error:
        # What a pause breaks off is taken up when the connection goes on, not at its next instant.
        soon = timedelta(0) if of_the_connection(error) else None
        raise
    except Exception:
        soon = None
        raise
    finally:
        async with database.tenant(tenant) as tx:
            await schedules.end(tx, turn, usual=usual, soon=soon)


async def _while_mine(database: Database, turn: Turn, lease: timedelta, work: Work) -> timedelta | None:
    going = asyncio.ensure_future(work(turn))
    async with _kept(database, turn, lease, going) as lost:
        try:
            return await going
        except asyncio.CancelledError:
            if not lost.is_set():
                raise
            get("turns").info("turn.left", flow=turn.flow, connection=str(turn.connection))
            return timedelta(0)
        finally:
            if not going.done():
                going.cancel()
                await asyncio.gather(going, return_exceptions=True)


@contextlib.asynccontextmanager
async def _kept(
    database: Database, turn: Turn, lease: timedelta, going: asyncio.Future[timedelta | None]
) -> AsyncIterator[asyncio.Event]:
    lost = asyncio.Event()

    async def keep() -> None:
        while True:
            await asyncio.sleep(min(_LOOK, lease.total_seconds() / 3))
            # A database that is away loses leases and nothing else: the next round tries again.
            with contextlib.suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                async with database.tenant(turn.tenant) as tx:
                    mine = await schedules.extend(tx, turn, lease=lease)
                if not mine:
                    lost.set()
                    going.cancel()
                    return

    keeper = asyncio.create_task(keep())
    try:
        yield lost
    finally:
        keeper.cancel()
        await asyncio.gather(keeper, return_exceptions=True)


@dataclass(frozen=True, kw_only=True)
class Turns:
    """The worker's loop over every flow that has a clock. From PostgreSQL alone."""

    database: Database
    takers: Mapping[str, Taker]
    pause: Callable[[UUID, UUID, Reason], Awaitable[None]]
    look_every: timedelta

    async def due(self) -> None:
        """Returns when nothing is due and nothing runs; cancelled, it cancels what runs and waits for it."""
        running: dict[asyncio.Task[None], tuple[str, UUID]] = {}
        try:
            while True:
                for flow, taker in self.takers.items():
                    await self._start(flow, taker, running)
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

    async def _start(
        self, flow: str, taker: Taker, running: dict[asyncio.Task[None], tuple[str, UUID]]
    ) -> None:
        free = _AT_ONCE - sum(each == flow for each, _ in running.values())
        if free <= 0:
            return
        for tenant, connection in await schedules.due(
            self.database, flow=flow, writes=taker.writes, most=free
        ):
            if (flow, connection) not in running.values():
                task = asyncio.create_task(self._turn(flow, taker, tenant, connection))
                running[task] = flow, connection

    async def _turn(self, flow: str, taker: Taker, tenant: UUID, connection: UUID) -> None:
        """One connection's failure stays its own."""
        about = {"flow": flow, "connection": str(connection)}
        try:
            await taker.turn(tenant, connection)
        except Misconfigured as error:
            if of_the_connection(error):
                await self.pause(tenant, connection, error.reason)
            else:
                get("turns").warning("turn.not_possible", code=error.code, **about)
        except StockbridgeError as error:
            get("turns").warning("turn.failed", code=error.code, **about)
        except Exception as error:  # noqa: BLE001  the other connections' turns go on
            get("turns").error("turn.broke", exc_info=error, **about)
