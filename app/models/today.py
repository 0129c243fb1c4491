"""The day at a glance: orders hour by hour, what was written of stock, what was shipped, what is due next, and alarms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.models.database import Tx

_MOST = 20_000
"""Of each state and connection: a day of more orders than these is drawn too low, and answered all the same."""
_STATES = ["waiting", "running", "settled", "held", "skipped", "cancelled"]


@dataclass(frozen=True, kw_only=True)
class Hour:
    """`settled`: those of its orders that the ERP has by now."""

    at: datetime
    orders: int
    settled: int


@dataclass(frozen=True, kw_only=True)
class Next:
    """A flow with a clock: when its last turn ended, and when the next one comes."""

    connection: UUID
    name: str
    flow: str
    ended_at: datetime | None
    due_at: datetime | None
    running: bool
    stopped: bool


@dataclass(frozen=True, kw_only=True)
class Alarm:
    """What stands and is not over. `connection` None: it is about the organisation."""

    kind: str
    sentence: str
    since: datetime
    connection: UUID | None


@dataclass(frozen=True, kw_only=True)
class OddLocation:
    """A location of the shop that a live connection does not name and should, or names and should not."""

    connection: UUID
    name: str


async def new_locations(tx: Tx, *, tenant: UUID) -> Sequence[OddLocation]:
    """Where locations are named one by one; a table with a default, or without any entry, leaves none out."""
    rows = await tx.rows(
        """
        SELECT c.id, l.name FROM connection c
        JOIN mapping_version m ON m.tenant_id = $1 AND m.connection_id = c.id AND m.state = 'published'
        JOIN store_location l ON l.tenant_id = $1 AND l.shop_id = c.shop_id AND l.active
        WHERE c.tenant_id = $1 AND c.state <> 'setup' AND coalesce(m.tables->'locations', '{}') <> '{}'
          AND NOT m.tables->'locations' ?| ARRAY['*', l.location_key]
        ORDER BY l.name, c.id LIMIT 20
        """,
        tenant,
    )
    return [OddLocation(connection=row["id"], name=row["name"]) for row in rows]


async def closed_locations(tx: Tx, *, tenant: UUID) -> Sequence[OddLocation]:
    """Closed ones that the stock settings or the look-up table of a live connection still name: nothing is written there."""
    rows = await tx.rows(
        """
        SELECT c.id, l.name FROM connection c
        JOIN stock_setting s ON s.tenant_id = $1 AND s.connection_id = c.id
        JOIN mapping_version m ON m.tenant_id = $1 AND m.connection_id = c.id AND m.state = 'published'
        JOIN store_location l ON l.tenant_id = $1 AND l.shop_id = c.shop_id AND NOT l.active
        WHERE c.tenant_id = $1 AND c.state <> 'setup' AND CASE WHEN coalesce(s.settings->'warehouses', '{}') <> '{}'
            THEN s.settings->'warehouses' ? l.location_key ELSE coalesce(m.tables->'locations', '{}') ? l.location_key END
        ORDER BY l.name, c.id LIMIT 20
        """,
        tenant,
    )
    return [OddLocation(connection=row["id"], name=row["name"]) for row in rows]


async def hours(tx: Tx, *, tenant: UUID) -> list[Hour]:
    """The last 24, this one included, the oldest first; practice counts for nothing."""
    rows = await tx.rows(
        """
        SELECT h.at, count(o.state) AS orders, count(*) FILTER (WHERE o.state = 'settled') AS settled
        FROM generate_series(date_trunc('hour', now(), 'UTC') - interval '23 hours', date_trunc('hour', now(), 'UTC'),
            interval '1 hour') AS h (at)
        LEFT JOIN LATERAL (
            SELECT found.at, s.state FROM connection c CROSS JOIN unnest($2::text[]) AS s (state)
            CROSS JOIN LATERAL (SELECT date_trunc('hour', first_seen_at, 'UTC') AS at FROM record
                WHERE tenant_id = $1 AND connection_id = c.id AND kind = 'order' AND state = s.state
                  AND first_seen_at >= date_trunc('hour', now(), 'UTC') - interval '23 hours' LIMIT $3) AS found
            WHERE c.tenant_id = $1 AND NOT c.practice) AS o ON o.at = h.at
        GROUP BY h.at ORDER BY h.at
        """,
        tenant,
        _STATES,
        _MOST,
    )
    return [Hour(at=row["at"], orders=row["orders"], settled=row["settled"]) for row in rows]


async def shipped(tx: Tx, *, tenant: UUID) -> int:
    """Shipments of the last 24 hours that both sides have."""
    found = await tx.value(
        """
        SELECT count(*) FROM connection c CROSS JOIN unnest(ARRAY['shipment', 'parcel']) AS k (kind)
        CROSS JOIN LATERAL (SELECT 1 FROM record WHERE tenant_id = $1 AND connection_id = c.id AND kind = k.kind
            AND state = 'settled' AND first_seen_at >= now() - interval '24 hours' LIMIT $2) AS found
        WHERE c.tenant_id = $1 AND NOT c.practice
        """,
        tenant,
        _MOST,
    )
    return int(str(found or 0))


async def stocked(tx: Tx, *, tenant: UUID) -> int:
    """Levels that runs which ended in the last 24 hours wrote."""
    found = await tx.value(
        "SELECT coalesce(sum((r.counts->>'done')::int), 0) FROM run r WHERE r.tenant_id = $1 AND r.flow = 'inventory'"
        " AND r.kind = 'turn' AND NOT r.quiet AND r.ended_at >= now() - interval '24 hours'"
        " AND r.connection_id = ANY (SELECT c.id FROM connection c WHERE c.tenant_id = $1 AND NOT c.practice)",
        tenant,
    )
    return int(str(found or 0))


async def turns(tx: Tx, *, tenant: UUID) -> Sequence[Next]:
    """Of every connection that is live; few by nature."""
    rows = await tx.rows(
        """
        SELECT t.connection_id, c.name, t.flow, t.ended_at, t.due_at, t.turn_until > now() AS running,
            t.stopped_at IS NOT NULL AS stopped
        FROM schedule t JOIN connection c ON c.tenant_id = $1 AND c.id = t.connection_id
        WHERE t.tenant_id = $1 AND c.state = 'live' AND t.due_at IS NOT NULL
        ORDER BY c.created_at, c.id, t.flow LIMIT 500
        """,
        tenant,
    )
    return [
        Next(
            connection=row["connection_id"],
            name=row["name"],
            flow=row["flow"],
            ended_at=row["ended_at"],
            due_at=row["due_at"],
            running=row["running"],
            stopped=row["stopped"],
        )
        for row in rows
    ]


async def alarms(tx: Tx, *, tenant: UUID) -> Sequence[Alarm]:
    """The oldest first. What is held has a list of its own."""
    rows = await tx.rows(
        "SELECT kind, sentence, first_at, connection_id FROM alert_cause"
        " WHERE tenant_id = $1 AND over_at IS NULL AND kind <> 'held' ORDER BY first_at, cause LIMIT 20",
        tenant,
    )
    return [
        Alarm(
            kind=row["kind"],
            sentence=row["sentence"],
            since=row["first_at"],
            connection=row["connection_id"],
        )
        for row in rows
    ]
