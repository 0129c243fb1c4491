"""The only sender to arq: pokes and jobs for the workers, as transport alone.

PostgreSQL is the truth and the sweep finds what was never sent, so a lost, late or refused message is a log line and
a count, never an exception for the one who asked.
"""

from __future__ import annotations

import asyncio
import contextvars
import time
import zlib
from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeAlias
from uuid import UUID

import orjson
from arq.connections import ArqRedis
from arq.constants import job_key_prefix
from redis.asyncio import ConnectionPool
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialBackoff, NoBackoff
from redis.exceptions import RedisError

from app import logs

POKE_EVERY = timedelta(milliseconds=50)
NEXT_AFTER = timedelta(milliseconds=50)
ANSWER_WITHIN = 1.0
SEND_AT_ONCE = 16
REST_AFTER_FAILURE = 0.5
KEEP_MS = 7 * 24 * 3600 * 1000
DRAIN = "drain"

Argument: TypeAlias = str | int | UUID


def queue_name(shard: int) -> str:
    return f"stockbridge:shard:{shard}"


def shard_of(shop: UUID, shards: int) -> int:
    """The same shard for a shop in every process and for ever, as long as the number of shards stays."""
    return zlib.crc32(shop.bytes) % shards


def connect(url: str, *, patient: bool = False) -> ArqRedis:
    """A client for arq's messages; `patient` is a worker's, which lives through a short outage (OSError included)."""
    retry = Retry(ExponentialBackoff(cap=1, base=0.05), 4) if patient else Retry(NoBackoff(), 0)
    pool: ConnectionPool = ConnectionPool.from_url(
        url,
        retry=retry,
        retry_on_error=[ConnectionError, OSError, TimeoutError] if patient else [],
        socket_connect_timeout=ANSWER_WITHIN,
        socket_timeout=5 * ANSWER_WITHIN if patient else ANSWER_WITHIN,
    )
    return ArqRedis(
        pool_or_conn=pool, job_serializer=pack, job_deserializer=orjson.loads, expires_extra_ms=KEEP_MS
    )


def pack(message: dict[str, Any]) -> bytes:
    """arq's message as JSON; what JSON has no word for travels as its text."""
    return orjson.dumps(message, default=str)


class JobQueue:
    """Collects pokes and sends them every 50 ms. Close it with `aclose`, which sends the last ones."""

    def __init__(self, redis: ArqRedis, *, shards: int, on_away: Callable[[], None] = lambda: None) -> None:
        self._redis = redis
        self._shards = shards
        self._on_away = on_away
        self._pokes: set[tuple[UUID, UUID]] = set()
        self._sender: asyncio.Task[None] | None = None
        self._rest_until = 0.0

    async def poke(self, tenant: UUID, shop: UUID) -> None:
        """Something is due for this shop. Returns at once; a thousand pokes in 50 ms are one job."""
        self._pokes.add((tenant, shop))
        if self._sender is None or self._sender.done():
            self._sender = asyncio.create_task(self._send_soon(), context=contextvars.Context())

    async def enqueue(
        self, job: str, key: str, *args: Argument, shard: int, delay: timedelta = timedelta(0)
    ) -> bool:
        """Sends one job under a key; False when one with this key waits or runs already, or Redis is away."""
        try:
            async with asyncio.timeout(ANSWER_WITHIN):
                sent = await self._redis.enqueue_job(
                    job,
                    *(str(each) if isinstance(each, UUID) else each for each in args),
                    _job_id=key,
                    _queue_name=queue_name(shard),
                    _defer_by=delay or None,
                )
        except (RedisError, OSError, TimeoutError) as error:
            self._on_away()
            logs.get("job_queue").warning("redis.away", job=job, error=type(error).__name__)
            return False
        return sent is not None

    async def drain_again(self, tenant: UUID, shop: UUID, *, running: str) -> bool:
        """Sends the shop to the back of the line, from inside its drain: under the id that is not `running`."""
        first, following = drain_ids(shop)
        key = first if running == following else following
        return await self.enqueue(DRAIN, key, tenant, shop, shard=shard_of(shop, self._shards))

    async def aclose(self) -> None:
        if self._sender is not None and not self._sender.done():
            self._sender.cancel()
            await asyncio.gather(self._sender, return_exceptions=True)
        if self._pokes:
            await self._send()
        await self._redis.aclose(close_connection_pool=True)

    async def _send_soon(self) -> None:
        while self._pokes:
            await asyncio.sleep(POKE_EVERY.total_seconds())
            await self._send()

    async def _send(self) -> None:
        """Gives up on the whole batch at the first sign that Redis is away: the sweep finds those shops."""
        pokes, self._pokes = sorted(self._pokes), set()
        if time.monotonic() < self._rest_until:
            return
        for start in range(0, len(pokes), SEND_AT_ONCE):
            batch = pokes[start : start + SEND_AT_ONCE]
            try:
                async with asyncio.timeout(ANSWER_WITHIN):
                    await asyncio.gather(*(self._poke_one(*each) for each in await self._news(batch)))
            except (RedisError, OSError, TimeoutError) as error:
                self._rest_until = time.monotonic() + REST_AFTER_FAILURE
                self._on_away()
                logs.get("job_queue").warning(
                    "poke.lost", shops=len(pokes) - start, error=type(error).__name__
                )
                return

    async def _news(self, batch: list[tuple[UUID, UUID]]) -> list[tuple[UUID, UUID]]:
        """Those whose two ids are not both taken, asked in one go: most pokes of a busy shop are repeats."""
        pipe = self._redis.pipeline(transaction=False)
        for _, shop in batch:
            pipe.exists(*(job_key_prefix + key for key in drain_ids(shop)))
        taken = await pipe.execute()
        return [each for each, keys in zip(batch, taken, strict=True) if keys < len(drain_ids(each[1]))]

    async def _poke_one(self, tenant: UUID, shop: UUID) -> None:
        first, following = drain_ids(shop)
        about = (DRAIN, str(tenant), str(shop))
        queue = queue_name(shard_of(shop, self._shards))
        if await self._redis.enqueue_job(*about, _job_id=first, _queue_name=queue) is None:
            await self._redis.enqueue_job(*about, _job_id=following, _queue_name=queue, _defer_by=NEXT_AFTER)


def drain_ids(shop: UUID) -> tuple[str, str]:
    """Two ids, so that a shop that becomes due while its drain runs is drained once more."""
    return f"{DRAIN}:{shop}", f"{DRAIN}:{shop}:next"


async def redis_answers(url: str) -> bool:
    """Whether Redis is there at all, for those who look after it."""
    client = connect(url)
    try:
        return bool(await client.ping())
    except (RedisError, OSError):
        return False
    finally:
        await client.aclose(close_connection_pool=True)
