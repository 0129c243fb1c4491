"""Pushes a plan of prices: one writer of a shop at a time, one call of a product at a time, each right after a reading."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from uuid import UUID

from app.crypto import Vault
from app.domain.stock_plan import LineState, RunState
from app.errors import Reason, Retry, Verdict
from app.models import price_effects, price_lines, stock_runs, stock_writers
from app.models.database import Database
from app.models.price_lines import PriceLine
from app.models.stock_writers import Pen
from app.steps import step as passes
from app.sync.prices.deciding import PriceDecider, by_product, packets
from app.sync.prices.scene import PLACES, WORD, PriceScene
from app.sync.prices.sending import PriceCaller, States, Wish
from app.sync.run_lines import told
from app.sync.sending import LeaseLost
from app.sync.stock.keeping import kept

_ROUNDS = 4
_GROUPS = 8
"""Products that are read together: few, so that the last of them is written soon after the reading."""
_START = UUID(int=0)
_NOT_TAKEN = Reason(
    code="price.not_taken",
    sentence="The store took this price several times without a word against it, and does not show it.",
    verdict=Verdict.LOOK_FIRST,
)


@asynccontextmanager
async def price_pen(database: Database, scene: PriceScene, worker: str) -> AsyncIterator[Pen | None]:
    """The right to write a shop's prices, kept for as long as the block runs. None: another worker has it."""
    lease = scene.sides.timing.stock_lease
    async with database.tenant(scene.tenant) as tx:
        pen = await stock_writers.take(
            tx,
            tenant=scene.tenant,
            shop=scene.shop,
            connection=scene.connection,
            locations=PLACES,
            owner=worker,
            lease=lease,
        )
    if pen is None:
        yield None
        return
    try:
        async with kept(
            database, scene.tenant, partial(stock_writers.extend, pen=pen, lease=lease), lease=lease
        ):
            yield pen
    finally:
        with contextlib.suppress(OSError):
            await asyncio.shield(_put_down(database, pen))


async def _put_down(database: Database, pen: Pen) -> None:
    async with database.tenant(pen.tenant) as tx:
        await stock_writers.give_back(tx, pen)


@dataclass(frozen=True, kw_only=True)
class PricePusher:
    """Keeps nothing: what is planned, sent and done stands in the lines."""

    database: Database
    vault: Vault
    scene: PriceScene
    pen: Pen
    run: UUID
    failures: list[Retry] = field(default_factory=list)
    late: list[int] = field(default_factory=lambda: [0])

    async def push(self) -> None:
        """Writes what the run plans. It stays running while a call is out that nobody has an answer to."""
        currencies = self.scene.setup.currencies
        caller = PriceCaller(
            database=self.database,
            vault=self.vault,
            scene=self.scene,
            pen=self.pen,
            run=self.run,
            currencies=currencies,
        )
        decider = PriceDecider(
            database=self.database, scene=self.scene, pen=self.pen, run=self.run, currencies=currencies
        )
        try:
            for _ in range(_ROUNDS):
                out = await self.settle(caller)
                await self._write_all(caller, decider, out)
                if self.failures or not await self._left():
                    break
            await self.settle(caller)
            await self._finish()
        finally:
            with contextlib.suppress(OSError):
                await asyncio.shield(caller.spent())

    async def settle(self, caller: PriceCaller) -> frozenset[tuple[str, str]]:
        """Calls whose answer nobody wrote down are looked at. Which lists and products may still be changed by one."""
        after, out = _START, set[tuple[str, str]]()
        while True:
            async with self.database.tenant(self.pen.tenant) as tx:
                page = await price_effects.open_of(
                    tx, tenant=self.pen.tenant, connection=self.pen.connection, most=50, after=after
                )
            for effect in page:
                if not await caller.judge(effect):
                    async with self.database.tenant(self.pen.tenant) as tx:
                        lines = await price_lines.of_effect(tx, tenant=self.pen.tenant, effect=effect.id)
                    out |= {(line.key.list, line.product) for line in lines}
            if not page:
                return frozenset(out)
            after = page[-1].id

    # --- calls ---------------------------------------------------------------------------------------------------

    async def _write_all(
        self, caller: PriceCaller, decider: PriceDecider, out: frozenset[tuple[str, str]]
    ) -> None:
        """Packet by packet, a few of them under way; a failure of all ends the others too."""
        running: dict[asyncio.Task[None], set[tuple[str, str]]] = {}
        at_once = max(1, self.scene.store.at_once // _GROUPS)
        try:
            async for lines in packets(
                self.database, self.scene, self.run, most=self.scene.store.size, groups=_GROUPS, skip=out
            ):
                products: set[tuple[str, str]] = {(line.key.list, line.product) for line in lines}
                while len(running) >= at_once or any(products & others for others in running.values()):
                    await _some_ended(running)
                    await caller.spent()
                running[asyncio.create_task(self._packet(caller, decider, lines))] = products
                if self.failures:
                    break
            while running:
                await _some_ended(running)
        finally:
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)
            await caller.spent()

    async def _packet(self, caller: PriceCaller, decider: PriceDecider, lines: Sequence[PriceLine]) -> None:
        """What can't be read or sent now stays planned, and the next turn goes on."""
        try:
            wishes, read_at = await decider.wishes(lines)
            groups = (self._group(caller, each, read_at) for each in by_product(wishes))
            for ended in await asyncio.gather(*groups, return_exceptions=True):
                if isinstance(ended, BaseException):
                    raise ended
        except Retry as away:
            self.failures.append(away)

    async def _group(self, caller: PriceCaller, wishes: Sequence[Wish], read_at: float) -> None:
        """What has waited for longer than a reading is good for is left for the next round, which reads again."""
        fresh = self.scene.sides.timing.price_fresh.total_seconds()
        if time.monotonic() - read_at > fresh:
            self.late[0] += 1
            return
        try:
            await caller.write(wishes, read_at=read_at)
        except Retry as error:
            if error.code != "store.too_late":
                raise
            self.late[0] += 1

    # --- the end -------------------------------------------------------------------------------------------------

    async def _left(self) -> bool:
        async with self.database.tenant(self.pen.tenant) as tx:
            return bool(await price_lines.left(tx, tenant=self.pen.tenant, run=self.run, most=1))

    async def _finish(self) -> None:
        """The run is over when nothing of it is open; what was tried in every round for nothing is held."""
        async with self.database.tenant(self.pen.tenant) as tx:
            if not await price_effects.held(tx, self.pen, self.scene.sides.timing.stock_lease):
                raise LeaseLost
            tried = (
                not self.failures
                and not self.late[0]
                and not await price_effects.unsettled(
                    tx, tenant=self.pen.tenant, connection=self.pen.connection
                )
            )
            rest = await price_lines.next_lines(
                tx, tenant=self.pen.tenant, run=self.run, after=price_lines.START, most=1000
            )
            if tried and rest:
                held: States = {line.place: (LineState.HELD, _NOT_TAKEN) for line in rest}
                await price_lines.mark(tx, tenant=self.pen.tenant, run=self.run, lines=held)
            if not await price_lines.any_open(tx, tenant=self.pen.tenant, run=self.run):
                await stock_runs.end(tx, tenant=self.pen.tenant, run=self.run, state=RunState.DONE)
                await told(tx, tenant=self.pen.tenant, run=self.run, word=WORD)
        await passes("price.settled")


async def _some_ended(running: dict[asyncio.Task[None], set[tuple[str, str]]]) -> None:
    ended, _ = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
    for task in ended:
        del running[task]
    for task in ended:
        task.result()
