"""Records that a replay or a back-fill made due: each once for a run, in the lowest lane, and how they ended."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import cast
from uuid import UUID

from app.models.database import Tx
from app.models.runs import Task
from app.ports import Hint

_BEFORE_GO_LIVE = "order.before_go_live"


async def replayed(tx: Tx, task: Task, *, shop: UUID, kind: str, hints: Sequence[Hint], mapping: int) -> int:
    """Has each of these decided anew once, whatever is known of it. `mapping`: by which version; 0: each by its own."""
    latest = sorted({hint.key: hint for hint in hints}.values(), key=lambda hint: hint.key)
    return await tx.run(
        """
        INSERT INTO record AS r (tenant_id, connection_id, shop_id, kind, source_key, wanted, due_at, run_id, low, replay)
        SELECT $1, $2, $3, $4, h.key, 1, now(), $5, true, $7 FROM unnest($6::text[]) AS h (key) ORDER BY h.key
        ON CONFLICT (tenant_id, connection_id, kind, source_key) DO UPDATE SET wanted = r.wanted + 1,
            due_at = least(r.due_at, now()), run_id = $5, low = true, replay = $7 WHERE r.run_id IS DISTINCT FROM $5
        """,
        task.tenant,
        task.connection,
        shop,
        kind,
        task.run,
        [hint.key for hint in latest],
        mapping,
    )


async def back_filled(
    tx: Tx, task: Task, *, shop: UUID, kind: str, hints: Sequence[Hint], approved: bool
) -> int:
    """Has those due that no run has read as they are now; `approved`: and those left out for being older than go-live."""
    latest = sorted({hint.key: hint for hint in hints}.values(), key=lambda hint: hint.key)
    return await tx.run(
        """
        INSERT INTO record AS r (tenant_id, connection_id, shop_id, kind, source_key, wanted, min_version, due_at, run_id, low,
            approved)
        SELECT $1, $2, $3, $4, h.key, 1, h.version, now(), $5, true, $8
        FROM unnest($6::text[], $7::timestamptz[]) AS h (key, version) ORDER BY h.key
        ON CONFLICT (tenant_id, connection_id, kind, source_key) DO UPDATE SET wanted = r.wanted + 1,
            min_version = greatest(r.min_version, excluded.min_version), due_at = least(r.due_at, now()), run_id = $5,
            low = true, approved = r.approved OR $8
        WHERE r.run_id IS DISTINCT FROM $5 AND r.wanted = r.done
          AND (coalesce(r.read_version, '-infinity') < excluded.min_version
            OR ($8 AND r.state = 'skipped' AND r.reason_code = $9))
        """,
        task.tenant,
        task.connection,
        shop,
        kind,
        task.run,
        [hint.key for hint in latest],
        [hint.version for hint in latest],
        approved,
        _BEFORE_GO_LIVE,
    )


async def under_way(tx: Tx, task: Task, *, within: timedelta = timedelta(0)) -> int:
    """How many of the run's records are being run, or are due `within` that time."""
    return cast(
        int,
        await tx.value(
            "SELECT count(*) FROM record WHERE tenant_id = $1 AND run_id = $2"
            " AND (lease_until > now() OR due_at <= now() + $3::interval)",
            task.tenant,
            task.run,
            within,
        ),
    )


async def ended(tx: Tx, task: Task) -> dict[str, int]:
    """How many of the run's records are in each state."""
    rows = await tx.rows(
        "SELECT state, count(*) AS count FROM record WHERE tenant_id = $1 AND run_id = $2 GROUP BY state",
        task.tenant,
        task.run,
    )
    return {row["state"]: row["count"] for row in rows}


async def linked(tx: Tx, task: Task, *, kind: str, keys: Sequence[str]) -> int:
    """How many of these the ERP has already."""
    return cast(
        int,
        await tx.value(
            "SELECT count(*) FROM record WHERE tenant_id = $1 AND connection_id = $2 AND kind = $3"
            " AND source_key = ANY ($4::text[]) AND sink_key IS NOT NULL",
            task.tenant,
            task.connection,
            kind,
            list(keys),
        ),
    )
