"""Lets the script happen: feeds orders, strikes, and wakes every zombie once an heir has finished its work."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, field

import asyncpg

from bench.crash.barrier import Barrier, Met
from bench.crash.crew import Crew
from bench.crash.script import Mishap, What
from bench.crash.stage import Stage

_COMES_WITHIN = 30.0
_HEIR_WITHIN = 20.0
_LEAST_PAUSE = 4.0
_MARK_LEASE = 8.0
_ANY_WORKER = 20.0


@dataclass(frozen=True, kw_only=True)
class Leases:
    """Where a process's leases stand. `held`: id and epoch of those of a process, by its number.

    `inherited`: of those, how many are still open and how many an heir has taken.
    """

    held: str
    inherited: str


ORDERS = Leases(
    held="SELECT id::text AS id, epoch FROM record WHERE lease_owner LIKE '%-' || $1::text || '-%'",
    inherited="""
SELECT count(*) FILTER (WHERE r.state IN ('running', 'waiting')) AS open, count(*) FILTER (WHERE r.epoch > h.epoch) AS taken
FROM unnest($1::text[], $2::bigint[]) AS h (id, epoch) JOIN record r ON r.id = h.id::uuid
""",
)
STOCK = Leases(
    held="""
SELECT location_key AS id, epoch FROM stock_writer WHERE owner LIKE '%-' || $1::text || '-%' AND until > now()
""",
    inherited="""
SELECT count(*) FILTER (WHERE w.epoch <= h.epoch OR EXISTS (SELECT 1 FROM effect e WHERE e.kind = 'stock'
    AND e.state IN ('sent', 'unclear') AND e.epoch <= h.epoch)) AS open, count(*) FILTER (WHERE w.epoch > h.epoch) AS taken
FROM unnest($1::text[], $2::bigint[]) AS h (id, epoch) JOIN stock_writer w ON w.location_key = h.id
""",
)
"""An heir of stock is one that writes under a newer epoch and has cleared up what its forerunner had sent."""


@dataclass(kw_only=True)
class Director:
    """`zombies`: processes that woke up after a pause; `overtaken`: leases an heir had taken over by then."""

    stage: Stage
    crew: Crew
    barrier: Barrier
    draw: random.Random
    leases: Leases = ORDERS
    zombies: int = 0
    overtaken: int = 0
    wipes: int = 0
    kills: Counter[str] = field(default_factory=Counter)
    _wakers: set[asyncio.Task[None]] = field(default_factory=set)

    async def perform(
        self, script: Sequence[Mishap], *, feed: Callable[[float], Awaitable[None]] | None = None
    ) -> list[Mishap]:
        """`feed` is told how far the script is before each mishap. Answers with those that nobody came to."""
        missed: list[Mishap] = []
        for number, mishap in enumerate(script, 1):
            await asyncio.sleep(mishap.gap)
            began = time.monotonic()
            striking = asyncio.ensure_future(self.strike(mishap))
            await asyncio.sleep(0)  # it lies in wait before there is anything to wait for
            if feed is not None:
                await feed(number / len(script))
            happened = await striking
            if not happened:
                missed.append(mishap)
            word = "" if happened else " - nobody came"
            took = time.monotonic() - began
            print(
                f"{number}/{len(script)} {mishap.what} {mishap.target} {took:.1f} s{word}",
                file=sys.stderr,
                flush=True,
            )
        return missed

    async def all_awake(self) -> None:
        """Returns when no zombie is left."""
        while self._wakers:
            await asyncio.wait(set(self._wakers))

    async def strike(self, mishap: Mishap) -> bool:
        """False when nobody came to be struck."""
        match mishap.what:
            case What.KILL_AT | What.HANG_AT | What.STOP_AT:
                return await self.at_first({mishap.target}, mishap.what, let_by=mishap.let_by) is not None
            case What.PAUSE:
                return await self._pause()
            case What.WIPE:
                self.wipes += 1
                await self.stage.wipe()
                return True
            case What.KILL if mishap.target in {"postgres", "valkey"}:
                await self.stage.kill(mishap.target)
                return True
            case What.KILL:
                return await self._until_there(lambda: self.crew.kill(mishap.target, self.draw))
        raise AssertionError(mishap)

    async def at_first(
        self, names: Collection[str], what: What, *, let_by: int = 0, within: float = _COMES_WITHIN
    ) -> str | None:
        """Strikes whoever comes first to one of the steps; answers with that step, None when nobody came."""
        number = {What.KILL_AT: signal.SIGKILL, What.STOP_AT: signal.SIGSTOP}.get(what)
        met = await self.barrier.arm(names, number=number, let_by=let_by, within=within)
        if met is None:
            return None
        if number is signal.SIGKILL:
            self.crew.killed[self.crew.kind_of(met.pid)] += 1
        else:
            self._later(self._wake(met))
        return met.name

    async def _pause(self) -> bool:
        """The whole process stands still, wherever it is; a virtual machine that is moved looks like this."""
        pid: list[int] = []

        def stop() -> int | None:
            member = self.crew.one("worker", self.draw)
            if member is None or member.pid is None:
                return None
            os.kill(member.pid, signal.SIGSTOP)
            pid.append(member.pid)
            return member.pid

        if not await self._until_there(stop):
            return False
        self._later(self._continue(pid[0]))
        return True

    async def _until_there(self, act: Callable[[], int | None]) -> bool:
        deadline = time.monotonic() + _ANY_WORKER
        while time.monotonic() < deadline:
            if act() is not None:
                return True
            await asyncio.sleep(0.2)
        return False

    async def _continue(self, pid: int) -> None:
        await self._inherited(pid, least=_LEAST_PAUSE)
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)
            self.zombies += 1

    async def _wake(self, met: Met) -> None:
        least = _MARK_LEASE if met.name.startswith("mark.") else _LEAST_PAUSE
        await self._inherited(met.pid, least=least)
        with contextlib.suppress(ProcessLookupError):
            os.kill(met.pid, signal.SIGCONT)
            self.zombies += 1
        met.release.set()

    async def _inherited(self, pid: int, *, least: float) -> None:
        """Waits until heirs have taken over and ended what the process held, for a bounded time."""
        began = time.monotonic()
        held: list[asyncpg.Record] | None = None
        taken = 0
        while time.monotonic() - began < _HEIR_WITHIN:
            with contextlib.suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError):
                if held is None:
                    held = await self.stage.rows(self.leases.held, str(pid))
                ids, epochs = [row["id"] for row in held], [row["epoch"] for row in held]
                now = (await self.stage.rows(self.leases.inherited, ids, epochs))[0]
                taken = now["taken"]
                if not now["open"] and time.monotonic() - began >= least:
                    break
            await asyncio.sleep(0.5)
        self.overtaken += taken

    def _later(self, coroutine: Awaitable[None]) -> None:
        task = asyncio.ensure_future(coroutine)
        self._wakers.add(task)
        task.add_done_callback(self._wakers.discard)
