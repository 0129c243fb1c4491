"""The drain's side of the inbox: events that wait for a shop, handled or held in the transaction that raises the work."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TypeAlias, cast
from uuid import UUID

from app.models.database import Tx


@dataclass(frozen=True, kw_only=True)
class StoredEvent:
    """`body` is sealed; None once it was erased."""

    id: int
    received_on: date
    received_at: datetime
    topic: str
    body: bytes | None
    body_hash: bytes
    triggered_at: datetime | None = None


async def take(tx: Tx, *, tenant: UUID, domain: str, most: int) -> list[StoredEvent]:
    """The oldest waiting events of a shop, locked until the transaction ends; another drain's are passed over."""
    rows = await tx.rows(
        """
        WITH mine AS MATERIALIZED (
            SELECT event_id, received_on FROM inbox_work
            WHERE tenant_id = $1 AND shop_domain = $2 AND held_code IS NULL AND due_at <= now()
            ORDER BY event_id LIMIT $3 FOR UPDATE SKIP LOCKED)
        SELECT e.id, e.received_on, e.received_at, e.topic, e.body, e.body_hash, e.triggered_at FROM mine
        JOIN inbox_event e ON e.tenant_id = $1 AND e.received_on = mine.received_on AND e.id = mine.event_id
        ORDER BY e.id
        """,
        tenant,
        domain,
        most,
    )
    return [StoredEvent(**dict(row)) for row in rows]


async def handled(tx: Tx, *, tenant: UUID, domain: str, ids: Sequence[int]) -> None:
    """The events are done: their bodies stay for the record, their work rows go."""
    await tx.run(
        "DELETE FROM inbox_work WHERE tenant_id = $1 AND shop_domain = $2 AND event_id = ANY ($3::bigint[])",
        tenant,
        domain,
        list(ids),
    )


async def hold(tx: Tx, *, tenant: UUID, domain: str, event: int, code: str) -> None:
    """An event that can't be read waits for a person; nothing else waits with it."""
    await tx.run(
        "UPDATE inbox_work SET held_code = $4 WHERE tenant_id = $1 AND shop_domain = $2 AND event_id = $3",
        tenant,
        domain,
        event,
        code,
    )


async def adopt_unowned(tx: Tx, *, domain: str, after: int, most: int) -> list[StoredEvent]:
    """Events that came before the shop was known, still sealed for nobody."""
    rows = await tx.rows(
        "SELECT event_id AS id, received_on, received_at, topic, body, body_hash FROM unowned_events($1, $2, $3)",
        domain,
        after,
        most,
    )
    return [StoredEvent(**dict(row)) for row in rows]


async def give(
    tx: Tx, *, tenant: UUID, domain: str, events: Sequence[tuple[StoredEvent, bytes, str]]
) -> None:
    """Stores unowned events as the tenant's own (body sealed anew), as work; then forgets the unowned ones."""
    await tx.run(
        """
        WITH given AS (SELECT * FROM unnest($3::text[], $4::bytea[], $5::bytea[], $6::text[])
                       AS g (topic, body, body_hash, webhook_id)),
        stored AS (
            INSERT INTO inbox_event (tenant_id, id, received_on, shop_domain, topic, webhook_id, body, body_hash)
            SELECT $1, nextval('inbox_event_id'), current_date, $2, topic, webhook_id, body, body_hash FROM given
            RETURNING id, topic)
        INSERT INTO inbox_work (tenant_id, shop_domain, event_id, received_on, topic)
        SELECT $1, $2, id, current_date, topic FROM stored ORDER BY id
        """,
        tenant,
        domain,
        [e.topic for e, _, _ in events],
        [body for _, body, _ in events],
        [e.body_hash for e, _, _ in events],
        [webhook for _, _, webhook in events],
    )
    await tx.value("SELECT forget_unowned($1, $2::bigint[])", domain, [e.id for e, _, _ in events])


async def lease(tx: Tx, *, tenant: UUID, domain: str, ids: Sequence[int], until: timedelta) -> None:
    """Keeps events for one worker for a while: they are acted on outside the transaction."""
    await tx.run(
        "UPDATE inbox_work SET due_at = now() + $4, tries = tries + 1"
        " WHERE tenant_id = $1 AND shop_domain = $2 AND event_id = ANY ($3::bigint[])",
        tenant,
        domain,
        list(ids),
        until,
    )


@dataclass(frozen=True, kw_only=True)
class Chosen:
    """Which stored events: received in [since, until), of one topic or all, held ones only or all; or this one alone."""

    domain: str
    since: datetime
    until: datetime
    topic: str | None = None
    held: bool = False
    event: int | None = None


Spot: TypeAlias = tuple[date, int]
"""Where a page of stored events ended."""

_CHOSEN = """
    FROM inbox_event e WHERE e.tenant_id = $1 AND e.shop_domain = $2 AND e.received_on BETWEEN $3::timestamptz::date - 1
      AND $4::timestamptz::date + 1 AND e.received_at >= $3 AND e.received_at < $4
      AND ($5::text IS NULL OR e.topic = $5) AND e.body IS NOT NULL
      AND (NOT $6 OR EXISTS (SELECT 1 FROM inbox_work w WHERE w.tenant_id = $1 AND w.shop_domain = $2
                             AND w.event_id = e.id AND w.held_code IS NOT NULL))
      AND ($7::bigint IS NULL OR e.id = $7)
"""


async def count(tx: Tx, *, tenant: UUID, chosen: Chosen) -> int:
    """How many events a replay would handle again."""
    return cast(int, await tx.value("SELECT count(*)" + _CHOSEN, tenant, *_values(chosen)))


async def page(tx: Tx, *, tenant: UUID, chosen: Chosen, after: Spot | None, most: int) -> list[StoredEvent]:
    """A page of them, the oldest first."""
    rows = await tx.rows(
        "SELECT e.id, e.received_on, e.received_at, e.topic, e.body, e.body_hash, e.triggered_at"
        + _CHOSEN
        + " AND ($8::date IS NULL OR (e.received_on, e.id) > ($8, $9::bigint)) ORDER BY e.received_on, e.id LIMIT $10",
        tenant,
        *_values(chosen),
        after[0] if after else None,
        after[1] if after else None,
        most,
    )
    return [StoredEvent(**dict(row)) for row in rows]


async def read_after_all(tx: Tx, *, tenant: UUID, domain: str, ids: Sequence[int]) -> int:
    """Held events that could be read now are done; those that wait for their turn stay."""
    return await tx.run(
        "DELETE FROM inbox_work WHERE tenant_id = $1 AND shop_domain = $2 AND event_id = ANY ($3::bigint[])"
        " AND held_code IS NOT NULL",
        tenant,
        domain,
        list(ids),
    )


def _values(chosen: Chosen) -> tuple[object, ...]:
    return chosen.domain, chosen.since, chosen.until, chosen.topic, chosen.held, chosen.event
