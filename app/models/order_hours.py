"""What each hour brought a connection: counted from its records once the hour is over, kept for the silence alarm."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import cast
from uuid import UUID

from app.models import cursors
from app.models.database import Tx

_EVERY = timedelta(minutes=20)
_AGAIN = timedelta(hours=50)
"""How far back is counted anew: an order may be found a day after it was placed."""

_HEARD = timedelta(days=2)
"""An order that was heard of later than this was brought by a back-fill: it says nothing of how many usually come."""

_STATES = ["waiting", "running", "settled", "held", "skipped", "cancelled"]


async def count(tx: Tx, *, tenant: UUID, connection: UUID, weeks: int) -> None:
    """Counts the hours that are over; the first time all of them, and not more often than three times an hour."""
    mine = await cursors.claim_turn(
        tx, tenant=tenant, connection=connection, name="order_hours", every=_EVERY
    )
    if not mine:
        return
    known = await tx.value(
        "SELECT 1 FROM order_hour WHERE tenant_id = $1 AND connection_id = $2 LIMIT 1", tenant, connection
    )
    back = _AGAIN if known else timedelta(weeks=weeks)
    await tx.run(
        """
        INSERT INTO order_hour (tenant_id, connection_id, hour, orders)
        SELECT $1, $2, date_trunc('hour', found.at, 'UTC') AS hour, count(*) FROM unnest($3::text[]) AS s (state)
        CROSS JOIN LATERAL (SELECT coalesce(placed_at, first_seen_at) AS at FROM record WHERE tenant_id = $1
            AND connection_id = $2 AND kind = 'order' AND state = s.state
            AND first_seen_at >= date_trunc('hour', now() - $4::interval, 'UTC')
            AND first_seen_at - coalesce(placed_at, first_seen_at) < $5::interval) AS found
        WHERE found.at >= date_trunc('hour', now() - $4::interval, 'UTC') AND found.at < date_trunc('hour', now(), 'UTC')
        GROUP BY 3 ORDER BY 3
        ON CONFLICT (tenant_id, connection_id, hour) DO UPDATE SET orders = excluded.orders
        """,
        tenant,
        connection,
        _STATES,
        back,
        _HEARD,
    )
    await tx.run(
        "DELETE FROM order_hour WHERE tenant_id = $1 AND connection_id = $2 AND hour < now() - $3::interval",
        tenant,
        connection,
        timedelta(weeks=weeks + 1),
    )


async def read(tx: Tx, *, tenant: UUID, connection: UUID) -> dict[datetime, int]:
    rows = await tx.rows(
        "SELECT hour, orders FROM order_hour WHERE tenant_id = $1 AND connection_id = $2 ORDER BY hour",
        tenant,
        connection,
    )
    return {row["hour"]: row["orders"] for row in rows}


async def last(tx: Tx, *, tenant: UUID, connection: UUID) -> datetime | None:
    """When the last order was placed, among those heard of last and in time; else the end of the last hour that had any."""
    found = await tx.value(
        """
        SELECT coalesce(max(coalesce(found.placed_at, found.first_seen_at)), (SELECT max(hour) + interval '1 hour'
            FROM order_hour WHERE tenant_id = $1 AND connection_id = $2)) FROM unnest($3::text[]) AS s (state)
        CROSS JOIN LATERAL (SELECT placed_at, first_seen_at FROM record WHERE tenant_id = $1 AND connection_id = $2
            AND kind = 'order' AND state = s.state ORDER BY first_seen_at DESC LIMIT 200) AS found
        WHERE found.first_seen_at - coalesce(found.placed_at, found.first_seen_at) < $4::interval
        """,
        tenant,
        connection,
        _STATES,
        _HEARD,
    )
    return cast("datetime | None", found)
