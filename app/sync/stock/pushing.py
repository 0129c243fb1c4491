"""Pushes a plan: many calls at a time, the bad level halved out of its call, and one writer at a time."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from uuid import UUID

from app.crypto import Vault
from app.domain.stock_plan import LineState, RunState
from app.errors import Reason, Verdict
from app.models import stock_bulks, stock_effects, stock_fences, stock_runs, stock_writers
from app.models.database import Database, Tx
from app.models.stock_effects import BoundLine
from app.models.stock_writers import Pen
from app.steps import step as passes
from app.sync.run_lines import told
from app.sync.sending import LeaseLost
from app.sync.stock.deciding import Decider, open_lines
from app.sync.stock.keeping import kept
from app.sync.stock.scene import WORD, Scene
from app.sync.stock.sending import Caller, give_up_quietly

_UNDER_WAY = Reason(
    code="stock.under_way",
    sentence="The store has not said yet what became of an earlier change of this level; the next run looks at it again.",
    verdict=Verdict.RETRY_SAFE,
)
_ROUNDS = 6
_MOST_KEYS = 10
_START = ("", "")


@dataclass(frozen=True, kw_only=True)
class Pusher:
    """Keeps nothing: what is planned, sent and done stands in the lines."""

    database: Database
    vault: Vault
    worker: str

    async def push(self, scene: Scene, run: UUID, *, first: bool) -> bool:
        """Writes what the run plans; `first`: it may stock what no one knows. False: another writer is at it."""
        pen = await self._pen(scene)
        if pen is None:
            return False
        await passes("stock.leased")
        caller = Caller(database=self.database, vault=self.vault, scene=scene, pen=pen, run=run)
        try:
            extend = partial(stock_writers.extend, pen=pen, lease=scene.sides.timing.stock_lease)
            async with kept(self.database, scene.tenant, extend, lease=scene.sides.timing.stock_lease):
                await self._settle(caller)
                decider = Decider(database=self.database, scene=scene, pen=pen, run=run, first=first)
                if await self._written(caller, decider):
                    await self._finish(caller)
        finally:
            with contextlib.suppress(OSError):
                await asyncio.shield(self._put_down(caller))
        return True

    # --- the pen -------------------------------------------------------------------------------------------------

    async def _pen(self, scene: Scene) -> Pen | None:
        async with self.database.tenant(scene.tenant) as tx:
            pen = await stock_writers.take(
                tx,
                tenant=scene.tenant,
                shop=scene.shop,
                connection=scene.connection,
                locations=list(scene.feeds),
                owner=self.worker,
                lease=scene.sides.timing.stock_lease,
            )
            if pen and await stock_bulks.fences(
                tx, tenant=pen.tenant, shop=pen.shop, locations=pen.locations
            ):
                await stock_writers.give_back(tx, pen)
                return None
        return pen

    async def _put_down(self, caller: Caller) -> None:
        await caller.spent()
        async with self.database.tenant(caller.pen.tenant) as tx:
            await stock_writers.give_back(tx, caller.pen)

    # --- calls ---------------------------------------------------------------------------------------------------

    async def _settle(self, caller: Caller) -> None:
        """Calls whose answer nobody wrote down come first: the same key again, or a fresh look when it is too old."""
        after, of_others = UUID(int=0), set[UUID]()
        while True:
            async with self.database.tenant(caller.pen.tenant) as tx:
                life = caller.scene.store.key_life
                page = await stock_effects.open_of(tx, caller.pen, most=50, after=after, key_life=life)
            of_others |= {effect.run for effect in page if effect.run not in {None, caller.run}}
            for effect in page:
                if effect.age >= life:
                    await caller.void(effect)
                    continue
                with give_up_quietly():
                    await caller.repeat(effect)
            if not page:
                break
            after = page[-1].id
        async with self.database.tenant(caller.pen.tenant) as tx:
            for run in sorted(of_others):
                await stock_runs.recount(tx, tenant=caller.pen.tenant, run=run)

    async def _write_all(self, caller: Caller) -> None:
        """Every planned line, `size` to a call, as many under way as the limits need; a failure of all ends the others too."""
        running: set[asyncio.Task[None]] = set()
        try:
            async for lines in open_lines(self.database, caller.scene, caller.run, LineState.PLANNED):
                running.add(asyncio.create_task(self._write(caller, lines)))
                while len(running) >= caller.scene.store.at_once:
                    running = await _some_ended(running)
                    await caller.spent()
            while running:
                running = await _some_ended(running)
        finally:
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)
            await caller.spent()

    async def _written(self, caller: Caller, decider: Decider) -> bool:
        """Round after round, until nothing is stale any more. False: the run waits for a person now."""
        await decider.refresh()
        for _ in range(_ROUNDS):
            if await decider.asks():
                return False
            await self._write_all(caller)
            if not await decider.again():
                return True
        return True

    async def _write(self, caller: Caller, lines: Sequence[BoundLine]) -> None:
        """Until each line is written, stale or held. An answer that never came leaves its lines sent."""
        with give_up_quietly():
            for _ in range(_MOST_KEYS):
                if not lines:
                    return
                left = await caller.write(lines)
                if left.bad is not None:
                    await self._halve(caller, left.lines, left.bad)
                    return
                lines = left.lines

    async def _halve(self, caller: Caller, lines: Sequence[BoundLine], bad: Reason) -> None:
        """One of these is refused. When the first half is not to blame the second is, which needs no call to know."""
        if len(lines) < 2:
            await self._hold(caller, lines, bad)
            return
        first, second = lines[: len(lines) // 2], lines[len(lines) // 2 :]
        left = await caller.write(first)
        if left.bad is not None:
            await self._halve(caller, left.lines, left.bad)
            await self._write(caller, second)
            return
        if left.lines:
            await self._write(caller, left.lines)
        await self._halve(caller, second, bad)

    async def _hold(self, caller: Caller, lines: Sequence[BoundLine], reason: Reason) -> None:
        async with self.database.tenant(caller.pen.tenant) as tx:
            await self._held(tx, caller)
            await stock_runs.mark(
                tx,
                tenant=caller.pen.tenant,
                run=caller.run,
                states={line.key: (LineState.HELD, reason) for line in lines},
            )

    async def _held(self, tx: Tx, caller: Caller) -> None:
        """For the rest of the transaction; raises LeaseLost when an heir writes here."""
        if not await stock_writers.extend(tx, caller.pen, lease=caller.scene.sides.timing.stock_lease):
            raise LeaseLost

    async def _finish(self, caller: Caller) -> None:
        """The run is over when nothing of it is open; what keeps moving is held with that reason."""
        moving = Reason(
            code="stock.keeps_moving",
            sentence="This level changed each time it was about to be written; the next run looks at it again.",
            verdict=Verdict.RETRY_SAFE,
        )
        async with self.database.tenant(caller.pen.tenant) as tx:
            await self._held(tx, caller)
            stale = await stock_runs.next_lines(
                tx,
                tenant=caller.pen.tenant,
                shop=caller.pen.shop,
                run=caller.run,
                state=LineState.STALE,
                after=_START,
                most=1000,
            )
            if stale:
                await stock_runs.mark(
                    tx,
                    tenant=caller.pen.tenant,
                    run=caller.run,
                    states={line.key: (LineState.HELD, moving) for line in stale},
                )
            await stock_fences.hold_fenced(tx, tenant=caller.pen.tenant, run=caller.run, reason=_UNDER_WAY)
            if not await stock_runs.has_lines(tx, tenant=caller.pen.tenant, run=caller.run, states=_OPEN):
                await stock_runs.end(tx, tenant=caller.pen.tenant, run=caller.run, state=RunState.DONE)
                await told(tx, tenant=caller.pen.tenant, run=caller.run, word=WORD)
        await passes("stock.settled")


_OPEN = (LineState.PLANNED, LineState.SENT, LineState.STALE)
"""A line in one of these states is still to be written, or to be settled."""


async def _some_ended(running: set[asyncio.Task[None]]) -> set[asyncio.Task[None]]:
    ended, rest = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
    for task in ended:
        task.result()
    return rest
