"""The worker process: listeners on its share of the queues, and the loops that need no Redis.

The sweep is a loop here and no job, so that work goes on while Redis is away. Each loop's failure is its own.
"""

from __future__ import annotations

import asyncio
import random
import signal
from collections.abc import Awaitable, Callable, Coroutine
from datetime import timedelta
from typing import Any

from app import logs
from app.jobs.context import WorkerContext
from app.jobs.listener import Listener, end
from app.jobs.shards import Shards, fair_share

UPKEEP_EVERY = timedelta(minutes=5)
ALERTS_LOOK = timedelta(seconds=10)
LEAST_SLOTS = 2


async def run_worker(context: WorkerContext, *, stop: asyncio.Event | None = None) -> None:
    """Works until `stop` is set (SIGTERM and SIGINT when none is given), then ends within 20 s."""
    stop = stop or _at_signals()
    crew = _Crew(context)
    loops = [asyncio.create_task(each, name="loop") for each in crew.loops(stop)]
    logs.get("worker").info("worker.started", worker=context.name, shards=context.shards)
    try:
        await stop.wait()
    finally:
        stop.set()
        await crew.end(loops)
        logs.get("worker").info("worker.stopped", worker=context.name)


class _Crew:
    """The listeners of this process and its loops."""

    def __init__(self, context: WorkerContext) -> None:
        self._context = context
        self._grace = context.grace.total_seconds()
        self._listeners: dict[int, Listener] = {}
        self._shards = Shards(
            context.leases,
            context.name,
            context.shards,
            start=self._listen,
            stop=self._leave,
            on_live=self._know,
        )
        self._leaving: set[asyncio.Task[None]] = set()
        self._live = 1

    def loops(self, stop: asyncio.Event) -> list[Coroutine[Any, Any, None]]:
        timing, work = self._context.timing, self._context.work
        listen = min(timedelta(seconds=15), timing.listen_every / 3)
        return [
            _every(timing.heartbeat, self._shards.balance, stop, name="shards"),
            _sweep(timing.sweep_every, work.sweep_once, stop),
            _every(timing.sweep_every, work.turns_due, stop, name="turns"),
            _every(timing.sweep_every, work.tasks_due, stop, name="tasks"),
            _every(listen, work.listen_due, stop, name="listen"),
            _every(min(ALERTS_LOOK, timing.alerts_every / 2), work.alerts_due, stop, name="alerts"),
            _every(UPKEEP_EVERY, work.upkeep, stop, name="upkeep"),
        ]

    async def end(self, loops: list[asyncio.Task[None]]) -> None:
        """Everything stops at the same time; the leases go last, when nothing of ours runs any more."""
        listeners = [each.stop(self._grace) for each in self._listeners.values()]
        await asyncio.gather(_finish(loops, self._grace), *listeners, *self._leaving, return_exceptions=True)
        try:
            async with asyncio.timeout(3):
                await self._shards.give_back()
        except Exception as error:  # noqa: BLE001  the leases run out by themselves
            logs.get("worker").warning("shards.not_given_back", exc_info=error)

    def _know(self, live: int) -> None:
        self._live = live
        self._context.on_live(live)

    def _listen(self, shard: int) -> None:
        share = fair_share(self._context.shards, self._live)
        slots = max(LEAST_SLOTS, -(-self._context.slots // share))
        self._listeners[shard] = Listener(shard, self._context, slots=slots)

    def _leave(self, shard: int) -> None:
        """Its last jobs end by themselves; another worker may listen meanwhile, as rows are leased one by one."""
        task = asyncio.create_task(self._listeners.pop(shard).stop(self._grace))
        self._leaving.add(task)
        task.add_done_callback(self._leaving.discard)


async def _every(
    period: timedelta, action: Callable[[], Awaitable[None]], stop: asyncio.Event, *, name: str
) -> None:
    while not stop.is_set():
        try:
            await action()
        except Exception as error:  # noqa: BLE001  a loop outlives whatever its work meets
            logs.get("worker").error("loop.failed", loop=name, exc_info=error)
        await _pause(stop, period.total_seconds() * random.uniform(0.9, 1.1))


async def _sweep(period: timedelta, sweep_once: Callable[[], Awaitable[int]], stop: asyncio.Event) -> None:
    """Comes back ten times as soon while there is something to do."""
    while not stop.is_set():
        found = 0
        try:
            found = await sweep_once()
        except Exception as error:  # noqa: BLE001  a loop outlives whatever its work meets
            logs.get("worker").error("loop.failed", loop="sweep", exc_info=error)
        await _pause(stop, period.total_seconds() * random.uniform(0.9, 1.1) / (10 if found else 1))


async def _pause(stop: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await stop.wait()
    except TimeoutError:
        pass


async def _finish(tasks: list[asyncio.Task[None]], within: float) -> None:
    await asyncio.wait(tasks, timeout=within)
    await end(set(tasks))


def _at_signals() -> asyncio.Event:
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    for each in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(each, stop.set)
    return stop
