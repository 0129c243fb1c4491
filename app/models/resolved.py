"""Problems that are none any more: records that were held lately and are not now, by the cause they were held for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.models.database import Tx

_LOOKED_AT = 10_000
"""Lines that are looked at, the newest first: who resolved more in a week knows it."""


@dataclass(frozen=True, kw_only=True)
class Resolved:
    """`sentence` is the latest one's own; `at`: when the last of them was held."""

    code: str
    sentence: str
    count: int
    at: datetime
    connections: tuple[UUID, ...]


async def lately(
    tx: Tx, *, tenant: UUID, days: int, connections: Sequence[UUID] | None = None, most: int = 50
) -> list[Resolved]:
    """The latest first: of these connections, else of every one. A record that is held for something else by now counts for
    what it was held for before.
    """
    rows = await tx.rows(
        """
        WITH held AS (SELECT t.record_id, t.code, t.sentence, t.at FROM timeline t
            WHERE t.tenant_id = $1 AND t.day >= current_date - $2::int AND t.kind = 'held' AND t.code IS NOT NULL
            AND ($5::uuid[] IS NULL OR t.connection_id = ANY ($5)) ORDER BY t.day DESC, t.record_id LIMIT $3)
        SELECT h.code, count(DISTINCT h.record_id) AS count, max(h.at) AS at,
            (array_agg(h.sentence ORDER BY h.at DESC))[1] AS sentence, array_agg(DISTINCT r.connection_id) AS connections
        FROM held h JOIN record r ON r.tenant_id = $1 AND r.id = h.record_id
            AND (r.state IN ('settled', 'skipped', 'cancelled') OR (r.state = 'held' AND r.reason_code <> h.code))
        GROUP BY h.code ORDER BY max(h.at) DESC, h.code LIMIT $4
        """,
        tenant,
        days,
        _LOOKED_AT,
        most,
        None if connections is None else list(connections),
    )
    return [
        Resolved(
            code=row["code"],
            sentence=row["sentence"],
            count=row["count"],
            at=row["at"],
            connections=tuple(sorted(row["connections"])),
        )
        for row in rows
    ]
