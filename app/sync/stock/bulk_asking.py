"""Has a store start one bulk operation, though answers get lost and workers die, and looks how far it is.

Nothing waits here: what is waited for stands in PostgreSQL, and the connection's next turn looks again.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta

from app.errors import Bug, Reason, Rejected, Retry, Unclear
from app.models import stock_bulks
from app.models.database import Database, Tx
from app.models.stock_bulks import Bulk, Purpose, Stage
from app.ports import BulkFiles, BulkSeen, BulkStarted, BulkState
from app.settings import Timing
from app.steps import step as passes
from app.sync.sending import LeaseLost

_MOST_TRIES = 5
_LONGEST = timedelta(hours=25)
"""A store ends an operation after a day at the latest."""
CLOCKS = timedelta(minutes=5)
"""How far its clock and ours may be apart, and how old a file of everything may be to be as good as a new one."""


class GivenUp(Exception):
    """This comes to nothing by files; the other way is taken, and the reason told."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.code)
        self.reason = reason


async def saved(database: Database, bulk: Bulk, *, asks: bool = False) -> Bulk:
    """Raises LeaseLost when another worker went on with it."""
    async with database.tenant(bulk.tenant) as tx:
        return kept(await stock_bulks.save(tx, bulk, asks=asks))


def kept(bulk: Bulk | None) -> Bulk:
    if bulk is None:
        raise LeaseLost
    return bulk


@dataclass(frozen=True, kw_only=True)
class Asking:
    """`start` has the store start it; `first` is done in the transaction that says so, before the first byte."""

    database: Database
    store: BulkFiles
    timing: Timing
    start: Callable[[Bulk], Awaitable[BulkStarted]]
    first: Callable[[Tx, Bulk], Awaitable[None]]

    async def over(self, bulk: Bulk) -> tuple[Bulk, BulkSeen | None]:
        """One look, or one try to start it. None: it isn't over. Raises GivenUp, LeaseLost, and what the store raises."""
        try:
            if bulk.stage is Stage.READY:
                bulk = await self._asked(bulk)
            elif bulk.stage is Stage.ASKED:
                bulk = await self._found(bulk)
            return await self._looked(bulk) if bulk.stage is Stage.RUNNING else (bulk, None)
        except (Bug, Rejected) as refused:
            raise GivenUp(refused.reason) from refused

    async def _asked(self, bulk: Bulk) -> Bulk:
        if bulk.tries >= _MOST_TRIES:
            raise GivenUp(_never_started())
        async with self.database.tenant(bulk.tenant) as tx:
            bulk = kept(
                await stock_bulks.save(tx, replace(bulk, stage=Stage.ASKED, tries=bulk.tries + 1), asks=True)
            )
            await self.first(tx, bulk)
        await passes("bulk.asked")
        try:
            answer = await self.start(bulk)
        except Unclear:
            return bulk
        except Retry:
            return await saved(self.database, replace(bulk, stage=Stage.READY))
        except (Bug, Rejected) as refused:
            answer = BulkStarted(reason=refused.reason)
        await passes("bulk.answered")
        return await self._answered(bulk, answer)

    async def _answered(self, bulk: Bulk, answer: BulkStarted) -> Bulk:
        if answer.operation is not None:
            return await self._running(bulk, answer.operation)
        found = await self._ours(bulk) if answer.busy else None
        if found is not None:
            return await self._running(bulk, found.operation)
        # Being sent away costs no try: nothing was started.
        bulk = await saved(self.database, replace(bulk, stage=Stage.READY, tries=bulk.tries - 1))
        if answer.reason is not None:
            raise GivenUp(answer.reason)
        if bulk.age > self.timing.bulk_patience:
            raise GivenUp(_busy())
        return bulk

    async def _found(self, bulk: Bulk) -> Bulk:
        """Nobody wrote down what became of the wish: what it started is ours to take up, and only then is it repeated."""
        found = await self._ours(bulk)
        if found is not None:
            return await self._running(bulk, found.operation)
        if bulk.waited < self.timing.bulk_settle:
            return bulk
        return await saved(self.database, replace(bulk, stage=Stage.READY))

    async def _ours(self, bulk: Bulk) -> BulkSeen | None:
        name = None if bulk.purpose is Purpose.LINK else bulk.name
        return await self.store.find(name=name, since=(bulk.asked_at or bulk.began_at) - CLOCKS)

    async def _running(self, bulk: Bulk, operation: str) -> Bulk:
        return await saved(self.database, replace(bulk, stage=Stage.RUNNING, operation=operation))

    async def _looked(self, bulk: Bulk) -> tuple[Bulk, BulkSeen | None]:
        assert bulk.operation is not None
        seen = await self.store.look(bulk.operation)
        if seen is None:
            raise GivenUp(_unknown())
        if bulk.operation_at is None:
            bulk = await saved(self.database, replace(bulk, operation_at=seen.began_at))
        if seen.state is not BulkState.RUNNING:
            return bulk, seen
        if bulk.waited > _LONGEST:
            raise GivenUp(_unknown())
        return bulk, None


async def still_there(store: BulkFiles, bulk: Bulk) -> str | None:
    """The file's address, asked for anew after the one before was found dead."""
    with suppress(Rejected):
        seen = await store.look(bulk.operation or "")
        return seen.file if seen else None
    return None


def _busy() -> Reason:
    return Reason(
        code="stock.bulk_busy",
        sentence="The store had no room for another bulk operation.",
    )


def _never_started() -> Reason:
    return Reason(
        code="stock.bulk_not_started",
        sentence="The store never said that it had started a bulk operation.",
    )


def _unknown() -> Reason:
    return Reason(code="stock.bulk_lost", sentence="The store no longer knows a bulk operation of ours.")


def broken(seen: BulkSeen) -> Reason:
    return Reason(
        code="stock.bulk_broken",
        sentence=f"A bulk operation of the store ended early: {seen.code}.",
        facts={"code": seen.code},
    )


def cut_off() -> Reason:
    return Reason(
        code="stock.bulk_cut_off", sentence="The file of a bulk operation holds less than the store counted."
    )


def file_gone() -> Reason:
    return Reason(code="stock.bulk_file_gone", sentence="The file of a bulk operation is gone.")
