"""The door from the limits to Redis: runs a script there, or says at once that Redis is away."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import TypeAlias

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.commands.core import AsyncScript
from redis.exceptions import RedisError

from app import logs

BUSY = "host.busy"
"""The ERP refused nothing: we keep to what it allows."""

ANSWER_WITHIN = 1.0
REST_AFTER_FAILURE = 0.5
UNKNOWN_WORKERS = 8

LiveWorkers: TypeAlias = Callable[[], int | None]
"""How many workers beat lately; None when nobody knows."""


def connect(url: str) -> Redis:
    """A client that gives up quickly: the limits have an answer of their own when Redis is away."""
    client: Redis = Redis.from_url(
        url, socket_connect_timeout=ANSWER_WITHIN, socket_timeout=ANSWER_WITHIN, retry=Retry(NoBackoff(), 0)
    )
    return client


class Shared:
    """Redis for the limits, with a rest after each failure so that nobody waits for a dead server twice."""

    def __init__(
        self, redis: Redis, *, live: LiveWorkers = lambda: None, on_away: Callable[[], None] = lambda: None
    ) -> None:
        self._redis = redis
        self._live = live
        self._on_away = on_away
        self._rest_until = 0.0

    def script(self, text: str) -> AsyncScript:
        return self._redis.register_script(text)

    @property
    def share(self) -> float:
        """The part of a limit that this worker may use alone."""
        return 1 / max(1, self._live() or UNKNOWN_WORKERS)

    async def run(
        self, script: AsyncScript, keys: Sequence[str], arguments: Sequence[str | int | float]
    ) -> list[bytes | int] | None:
        """The script's answer; None when Redis is away."""
        if time.monotonic() < self._rest_until:
            return None
        try:
            async with asyncio.timeout(ANSWER_WITHIN):
                answer: list[bytes | int] = await script(keys=list(keys), args=list(arguments))
        except (RedisError, OSError, TimeoutError) as error:
            self._rest_until = time.monotonic() + REST_AFTER_FAILURE
            self._on_away()
            logs.get("limits").warning("redis.away", error=type(error).__name__)
            return None
        return answer
