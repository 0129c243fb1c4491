"""Which queues this worker listens to: a fair share of the fixed shards, held by leases that a dead worker loses."""

from __future__ import annotations

from collections.abc import Callable

from app import logs
from app.jobs.context import ShardLeases


def fair_share(shards: int, live: int) -> int:
    """How many shards one of `live` workers should hold, so that together they hold all of them."""
    return -(-shards // max(1, live))


class Shards:
    """Keeps this worker's leases and tells who listens to start or stop a shard."""

    def __init__(
        self,
        leases: ShardLeases,
        worker: str,
        shards: int,
        *,
        start: Callable[[int], None],
        stop: Callable[[int], None],
        on_live: Callable[[int], None],
    ) -> None:
        self._leases = leases
        self._worker = worker
        self._shards = shards
        self._start = start
        self._stop = stop
        self._on_live = on_live
        self.held: frozenset[int] = frozenset()

    async def balance(self) -> None:
        """One beat: says we live, claims our share, follows what came of it."""
        live = await self._leases.beat(self._worker)
        self._on_live(live)
        now = frozenset(await self._leases.claim(self._worker, fair_share(self._shards, live)))
        before, self.held = self.held, now
        if now != before:
            logs.get("shards").info("shards.held", shards=sorted(now), live=live)
        for shard in sorted(now - before):
            self._start(shard)
        for shard in sorted(before - now):
            self._stop(shard)

    async def give_back(self) -> None:
        self.held = frozenset()
        await self._leases.release(self._worker)
