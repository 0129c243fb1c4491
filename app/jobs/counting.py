"""Puts counters around a worker's work and its shard leases."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

from app.jobs.context import ShardLeases, Work
from app.probes import Metrics

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class CountedWork:
    """`Work`: the time of each slice that a poke began, and what ended in an error."""

    inner: Work
    metrics: Metrics

    async def drain(self, tenant: UUID, shop: UUID) -> bool:
        began = time.monotonic()
        try:
            return await self._tried("drain", lambda: self.inner.drain(tenant, shop))
        finally:
            self.metrics.drain_seconds.observe(time.monotonic() - began)

    async def sweep_once(self) -> int:
        return await self._tried("sweep", self.inner.sweep_once)

    async def turns_due(self) -> None:
        await self._tried("turns", self.inner.turns_due)

    async def listen_due(self) -> None:
        await self._tried("listen", self.inner.listen_due)

    async def tasks_due(self) -> None:
        await self._tried("tasks", self.inner.tasks_due)

    async def alerts_due(self) -> None:
        await self._tried("alerts", self.inner.alerts_due)

    async def upkeep(self) -> None:
        await self._tried("upkeep", self.inner.upkeep)

    async def _tried(self, job: str, work: Callable[[], Awaitable[T]]) -> T:
        try:
            return await work()
        except Exception:
            self.metrics.jobs_failed.labels(job=job).inc()
            raise


@dataclass(frozen=True, kw_only=True)
class CountedLeases:
    """`ShardLeases`: how many this worker holds."""

    inner: ShardLeases
    metrics: Metrics

    async def beat(self, worker: str) -> int:
        return await self.inner.beat(worker)

    async def claim(self, worker: str, most: int) -> set[int]:
        held = await self.inner.claim(worker, most)
        self.metrics.shards_held.set(len(held))
        return held

    async def release(self, worker: str) -> None:
        await self.inner.release(worker)
        self.metrics.shards_held.set(0)
