"""Both sides of a range of days at once: of each day what the newest comparison that covers it has counted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from app.models.database import Row, Tx


@dataclass(frozen=True, kw_only=True)
class ReconciledDay:
    """One day in one currency. `compared_at` None: no comparison that is kept covers the day, and nothing is known of it."""

    day: date
    report: UUID | None
    compared_at: datetime | None
    currency: str
    store_count: int
    store_amount: Decimal
    host_count: int
    host_amount: Decimal

    @property
    def agrees(self) -> bool:
        return (self.store_count, self.store_amount) == (self.host_count, self.host_amount)


async def between(tx: Tx, *, tenant: UUID, connection: UUID, since: date, until: date) -> list[ReconciledDay]:
    """Orders by the day they were placed, UTC; `until` is the last day. A day that brought none has one row of zeros."""
    rows = await tx.rows(
        """
        SELECT d.day::date AS day, r.id AS report, r.ended_at AS compared_at, coalesce(n.currency, '') AS currency,
            coalesce(sum(n.count) FILTER (WHERE n.side = 'store'), 0) AS store_count,
            coalesce(sum(n.amount) FILTER (WHERE n.side = 'store'), 0) AS store_amount,
            coalesce(sum(n.count) FILTER (WHERE n.side = 'host'), 0) AS host_count,
            coalesce(sum(n.amount) FILTER (WHERE n.side = 'host'), 0) AS host_amount
        FROM generate_series($3::date::timestamp, $4::date::timestamp, interval '1 day') AS d (day)
        LEFT JOIN LATERAL (
            SELECT id, ended_at FROM reconciliation WHERE tenant_id = $1 AND connection_id = $2 AND kind = 'orders'
              AND state = 'done' AND since <= d.day AT TIME ZONE 'UTC' AND until > d.day AT TIME ZONE 'UTC'
            ORDER BY started_at DESC, id DESC LIMIT 1) r ON true
        LEFT JOIN reconciliation_day n ON n.tenant_id = $1 AND n.reconciliation_id = r.id AND n.day = d.day::date
        GROUP BY 1, 2, 3, 4 ORDER BY 1, 4
        """,
        tenant,
        connection,
        since,
        until,
    )
    return [_day(row) for row in rows]


def _day(row: Row) -> ReconciledDay:
    return ReconciledDay(**dict(row))
