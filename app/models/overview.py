"""What the first page tells at a glance: counts by state, what waits for a person, and each connection's pulse."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from app.models.database import Tx

COUNTED = 10_000
"""Nobody reads a larger number at a glance: counting stops there."""


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """Money in one currency."""

    amount: Decimal
    currency: str


@dataclass(frozen=True, kw_only=True)
class Problem:
    """Held records with one cause. `sentence` is the latest one's own."""

    code: str
    sentence: str
    verdict: str
    count: int
    since: datetime
    waiting: tuple[Waiting, ...]
    connections: tuple[UUID, ...]


@dataclass(frozen=True, kw_only=True)
class Pulse:
    """When a connection last did something, and when it will again."""

    connection: UUID
    settled_at: datetime | None
    reconciled_at: datetime | None
    reconcile_due_at: datetime | None


async def counts(tx: Tx, *, tenant: UUID, kind: str) -> dict[tuple[UUID, str], int]:
    """How many records there are by connection and state; a number above COUNTED means at least that many."""
    rows = await tx.rows(
        """
        SELECT c.id, s.state, n.count FROM connection c
        CROSS JOIN unnest(ARRAY['waiting', 'running', 'settled', 'held', 'skipped', 'cancelled']) AS s (state)
        CROSS JOIN LATERAL (SELECT count(*) FROM (SELECT 1 FROM record r WHERE r.tenant_id = $1 AND r.connection_id = c.id
            AND r.kind = $2 AND r.state = s.state LIMIT $3) AS counted) AS n
        WHERE c.tenant_id = $1 AND n.count > 0
        """,
        tenant,
        kind,
        COUNTED + 1,
    )
    return {(row["id"], row["state"]): row["count"] for row in rows}


async def problems(
    tx: Tx, *, tenant: UUID, connections: Sequence[UUID] | None = None, most: int = 100
) -> list[Problem]:
    """Held records grouped by cause, the largest group first: of these connections, else of every one."""
    rows = await tx.rows(
        """
        SELECT reason_code AS code, currency, count(*) AS count, sum(amount) AS amount, min(state_since) AS since,
            (array_agg(reason_sentence ORDER BY state_since DESC))[1] AS sentence, min(reason_verdict) AS verdict,
            array_agg(DISTINCT connection_id) AS connections
        FROM record WHERE tenant_id = $1 AND state = 'held' AND reason_code IS NOT NULL
            AND ($2::uuid[] IS NULL OR connection_id = ANY ($2))
        GROUP BY reason_code, currency ORDER BY reason_code, currency
        """,
        tenant,
        None if connections is None else list(connections),
    )
    groups: dict[str, Problem] = {}
    for row in rows:
        money = row["amount"] is not None and row["currency"] is not None
        waiting = (Waiting(amount=row["amount"], currency=row["currency"]),) if money else ()
        known = groups.get(row["code"])
        groups[row["code"]] = Problem(
            code=row["code"],
            sentence=known.sentence if known else row["sentence"] or "",
            verdict=row["verdict"] or "look_first",
            count=row["count"] + (known.count if known else 0),
            since=min(row["since"], known.since) if known else row["since"],
            waiting=(known.waiting if known else ()) + waiting,
            connections=tuple(sorted({*row["connections"], *(known.connections if known else ())})),
        )
    return sorted(groups.values(), key=lambda each: (-each.count, each.code))[:most]


async def plans(tx: Tx, *, tenant: UUID, most: int = 20) -> list[UUID]:
    """Runs whose plan waits for a person, the newest first."""
    rows = await tx.rows(
        "SELECT id FROM run WHERE tenant_id = $1 AND state = 'planned' AND cardinality(concerns) > 0 AND kind = 'turn'"
        " AND approved_by IS NULL ORDER BY started_at DESC, id DESC LIMIT $2",
        tenant,
        most,
    )
    return [row["id"] for row in rows]


async def pulses(tx: Tx, *, tenant: UUID, connections: Sequence[UUID]) -> dict[UUID, Pulse]:
    """For `settled_at` the newest hundred settled orders are looked at: an older one run again rarely is the last."""
    rows = await tx.rows(
        """
        SELECT c.id, t.due_at AS reconcile_due_at, k.moved_at,
            (SELECT max(state_since) FROM (SELECT r.state_since FROM record r WHERE r.tenant_id = $1
                AND r.connection_id = c.id AND r.kind = 'order' AND r.state = 'settled'
                ORDER BY r.first_seen_at DESC, r.id DESC LIMIT 100) AS newest) AS settled_at
        FROM connection c LEFT JOIN cursor k ON k.tenant_id = $1 AND k.connection_id = c.id AND k.name = 'orders'
        LEFT JOIN schedule t ON t.tenant_id = $1 AND t.connection_id = c.id AND t.flow = 'orders'
        WHERE c.tenant_id = $1 AND c.id = ANY ($2::uuid[])
        """,
        tenant,
        list(connections),
    )
    return {
        row["id"]: Pulse(
            connection=row["id"],
            settled_at=row["settled_at"],
            reconciled_at=row["moved_at"],
            reconcile_due_at=row["reconcile_due_at"],
        )
        for row in rows
    }
