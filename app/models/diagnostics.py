"""States and counts of one organisation for whoever helps it: codes, numbers and instants, never text that a person wrote."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import orjson

from app.models.database import Row, Tx

COUNTED = 10_000
"""More than these are counted as one more than these."""
_STATES = ("waiting", "running", "settled", "held", "skipped", "cancelled")

_QUERIES: Mapping[str, str] = {
    "shops": "SELECT id, platform, state, installed_at, zone, scopes FROM shop WHERE tenant_id = $1 ORDER BY installed_at,"
    " id LIMIT 50",
    "connections": "SELECT id, shop_id AS shop, host, state, paused_code, go_live_at, no_writes, breaker_failures, breaker_until,"
    " flows, owners, created_at FROM connection WHERE tenant_id = $1 ORDER BY created_at, id LIMIT 50",
    "schedules": "SELECT connection_id AS connection, flow, cadence, due_at, stopped_at, began_at, ended_at,"
    " turn_until > now() AS running FROM schedule WHERE tenant_id = $1 ORDER BY connection_id, flow LIMIT 350",
    "held": "SELECT connection_id AS connection, kind, reason_code AS code, count(*) AS count, min(state_since) AS since"
    " FROM record WHERE tenant_id = $1 AND state = 'held' GROUP BY 1, 2, 3 ORDER BY 1, 2, 3 LIMIT 100",
    "failing": "SELECT connection_id AS connection, kind, reason_code AS code, count(*) AS count, min(failing_since) AS since"
    " FROM record WHERE tenant_id = $1 AND state = 'waiting' AND failing_since IS NOT NULL"
    " GROUP BY 1, 2, 3 ORDER BY 1, 2, 3 LIMIT 100",
    "runs": "SELECT id, connection_id AS connection, flow, kind, state, code, started_at, ended_at, calls, points, concerns,"
    " counts FROM run WHERE tenant_id = $1 ORDER BY started_at DESC, id DESC LIMIT 20",
    "reconciliations": "SELECT connection_id AS connection, kind, state, code, since, until, ended_at, counts, raised"
    " FROM reconciliation WHERE tenant_id = $1 ORDER BY started_at DESC, id DESC LIMIT 10",
    "notifications": "SELECT kind, phase, channel, state, code, count(*) AS count, max(at) AS last FROM notification"
    " WHERE tenant_id = $1 AND at > now() - interval '7 days' GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5 LIMIT 100",
    "mappings": "SELECT connection_id AS connection, number, state, published_at FROM mapping_version WHERE tenant_id = $1"
    " ORDER BY connection_id, number DESC LIMIT 50",
    "events": "SELECT count(*) AS waiting FROM (SELECT 1 FROM inbox_work WHERE tenant_id = $1 LIMIT 10001) w",
}
"""By part. Every column is a code, a state, a number, an instant or an id of ours."""


async def parts(tx: Tx, *, tenant: UUID, kinds: Sequence[str]) -> dict[str, list[dict[str, Any]]]:
    """A few rows each, whatever the size."""
    found = {name: [_plain(row) for row in await tx.rows(sql, tenant)] for name, sql in _QUERIES.items()}
    found["records"] = [_plain(row) for row in await _counts(tx, tenant, kinds)]
    return found


async def _counts(tx: Tx, tenant: UUID, kinds: Sequence[str]) -> Sequence[Row]:
    return await tx.rows(
        """
        SELECT c.id AS connection, k.kind, s.state, n.count FROM connection c
        CROSS JOIN unnest($2::text[]) AS k (kind) CROSS JOIN unnest($3::text[]) AS s (state)
        CROSS JOIN LATERAL (SELECT count(*) FROM (SELECT 1 FROM record r WHERE r.tenant_id = $1 AND r.connection_id = c.id
            AND r.kind = k.kind AND r.state = s.state LIMIT $4) AS counted) AS n
        WHERE c.tenant_id = $1 AND n.count > 0 ORDER BY 1, 2, 3
        """,
        tenant,
        list(kinds),
        list(_STATES),
        COUNTED + 1,
    )


_JSON = frozenset({"flows", "owners", "counts"})


def _plain(row: Row) -> dict[str, Any]:
    return {name: orjson.loads(value) if name in _JSON else value for name, value in dict(row).items()}
