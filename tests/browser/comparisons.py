"""A comparison of both sides as it stands once orders are old enough to be compared, which no test waits for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg

from tests.browser.surroundings import Surroundings


async def note_comparison(place: Surroundings, *totals: tuple[str, str]) -> None:
    """Of as many days as totals (the shop's, the ERP's) are given, today last; its first order's document was gone."""
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    owner = await asyncpg.connect(place.stage.environment["DATABASE_OWNER_URL"])
    try:
        row = await owner.fetchrow(
            "SELECT r.tenant_id, r.connection_id, r.id, r.source_key, r.reference FROM record r"
            " JOIN shop s ON s.tenant_id = r.tenant_id AND s.id = r.shop_id WHERE s.domain = $1 AND r.kind = 'order'"
            " AND r.state = 'settled' ORDER BY r.reference LIMIT 1",
            place.shop,
        )
        first = today - timedelta(days=len(totals) - 1)
        report = await _report(owner, row, since=first, until=today + timedelta(hours=20))
        for after, both in enumerate(totals):
            for side, amount in zip(("store", "host"), both, strict=True):
                await owner.execute(
                    "INSERT INTO reconciliation_day VALUES ($1, $2, $3, $4, 'EUR', $5, $6::text::numeric)",
                    *(row["tenant_id"], report, (first + timedelta(days=after)).date(), side),
                    *(round(float(amount) / 19.99), amount),
                )
    finally:
        await owner.close()


async def _report(owner: asyncpg.Connection, row: Any, *, since: datetime, until: datetime) -> UUID:
    report = uuid4()
    await owner.execute(
        "INSERT INTO reconciliation (tenant_id, id, connection_id, kind, since, until, started_by, state, ended_at, counts)"
        """ VALUES ($1, $2, $3, 'orders', $4, $5, 'clock', 'done', now(), '{"store": 2, "host": 1, "missing": 1}')""",
        *(row["tenant_id"], report, row["connection_id"], since, until),
    )
    await owner.execute(
        "INSERT INTO reconciliation_finding (tenant_id, reconciliation_id, kind, key, record_id, reference, ours, theirs)"
        " VALUES ($1, $2, 'missing', $3, $4, $5, '1', '0')",
        *(row["tenant_id"], report, row["source_key"], row["id"], row["reference"]),
    )
    return report
