"""Keys of changes that were asked for: who holds one, whether it took effect, and the answer that was given.

`took_effect` is written in each transaction of the change that writes anything, so a process that dies leaves no doubt.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from typing import cast
from uuid import UUID

from app.errors import Retry
from app.models.database import Database, Tx

KEPT = timedelta(hours=24)
LEASE = timedelta(seconds=20)


class Standing(Enum):
    """What a call finds under its key."""

    MINE = "mine"
    ANSWERED = "answered"
    ANOTHER = "another"
    RUNNING = "running"
    UNFINISHED = "unfinished"


@dataclass(frozen=True, kw_only=True)
class Held:
    """A key while its call runs. `epoch` proves it: whoever lost the key writes nothing more."""

    tenant: UUID
    key: str
    epoch: int


@dataclass(frozen=True, kw_only=True)
class Found:
    """`held` for the one who may run; `answer` is sealed (purpose `answer`)."""

    standing: Standing
    held: Held | None = None
    answer: bytes | None = None


async def take(tx: Tx, *, tenant: UUID, key: str, digest: bytes) -> Found:
    """The key for a call, if nobody has it: none did yet, its day is over, or its holder died before any effect."""
    epoch = await tx.value(
        """
        INSERT INTO request_key AS k (tenant_id, key, digest, lease_until) VALUES ($1, $2, $3, now() + $4)
        ON CONFLICT (tenant_id, key) DO UPDATE SET digest = $3, epoch = k.epoch + 1, lease_until = now() + $4,
            took_effect = false, answer = NULL, made_at = now()
        WHERE k.lease_until < now() AND (k.made_at < now() - $5::interval
            OR (k.digest = $3 AND k.answer IS NULL AND NOT k.took_effect))
        RETURNING epoch
        """,
        tenant,
        key,
        digest,
        LEASE,
        KEPT,
    )
    if epoch is not None:
        return Found(standing=Standing.MINE, held=Held(tenant=tenant, key=key, epoch=cast(int, epoch)))
    return await _of_another(tx, tenant=tenant, key=key, digest=digest)


async def _of_another(tx: Tx, *, tenant: UUID, key: str, digest: bytes) -> Found:
    row = await tx.row(
        "SELECT digest, answer, took_effect, lease_until < now() AS left FROM request_key WHERE tenant_id = $1 AND key = $2",
        tenant,
        key,
    )
    if row is None:
        return Found(standing=Standing.RUNNING)
    if row["digest"] != digest:
        return Found(standing=Standing.ANOTHER)
    if row["answer"] is not None:
        return Found(standing=Standing.ANSWERED, answer=row["answer"])
    over = row["left"] and row["took_effect"]
    return Found(standing=Standing.UNFINISHED if over else Standing.RUNNING)


async def mark(tx: Tx, held: Held) -> None:
    """At the end of a transaction of the change: notes that it wrote. Raises Retry for whoever lost the key, who thereby
    writes nothing."""
    if not await tx.value("SELECT pg_current_xact_id_if_assigned() IS NOT NULL"):
        return
    count = await tx.run(
        "UPDATE request_key SET took_effect = true WHERE tenant_id = $1 AND key = $2 AND epoch = $3",
        held.tenant,
        held.key,
        held.epoch,
    )
    if count != 1:
        raise Retry(
            "api.key_in_use", "The same call runs elsewhere. Ask again shortly.", after=timedelta(seconds=1)
        )


async def extend(tx: Tx, held: Held) -> None:
    await tx.run(
        "UPDATE request_key SET lease_until = now() + $4 WHERE tenant_id = $1 AND key = $2 AND epoch = $3",
        held.tenant,
        held.key,
        held.epoch,
        LEASE,
    )


async def answered(tx: Tx, held: Held, answer: bytes) -> None:
    """Keeps the answer, and lets the key go."""
    await tx.run(
        "UPDATE request_key SET answer = $4, lease_until = now() WHERE tenant_id = $1 AND key = $2 AND epoch = $3",
        held.tenant,
        held.key,
        held.epoch,
        answer,
    )


async def free(tx: Tx, held: Held) -> bool:
    """Forgets a key under which nothing was done. False: something was."""
    count = await tx.run(
        "DELETE FROM request_key WHERE tenant_id = $1 AND key = $2 AND epoch = $3 AND NOT took_effect",
        held.tenant,
        held.key,
        held.epoch,
    )
    return count == 1


async def expire(database: Database, *, most: int) -> int:
    async with database.across() as tx:
        count = await tx.value("SELECT expire_request_keys(now() - $1::interval, $2)", KEPT, most)
    return cast(int, count)
