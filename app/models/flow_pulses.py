"""How each flow of a connection is doing: when it last succeeded, and how long what is overdue has been due."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from app.models.database import Tx

_LOOKED_AT = 100


@dataclass(frozen=True, kw_only=True)
class FlowPulse:
    """`lag` zero: nothing is overdue."""

    succeeded_at: datetime | None
    lag: timedelta


async def of_records(
    tx: Tx, *, tenant: UUID, connection: UUID, kinds: Mapping[str, Sequence[str]]
) -> dict[str, FlowPulse]:
    """Flows that carry records, each with its kinds. Of each kind the hundred newest that rest are looked at, and the
    hundred oldest of those that don't: an older one run again rarely is the last.
    """
    pairs = [(flow, kind) for flow, named in sorted(kinds.items()) for kind in named]
    rows = await tx.rows(
        """
        SELECT p.flow, max(s.at) AS succeeded_at, greatest(now() - min(w.due_at), interval '0') AS lag
        FROM unnest($3::text[], $4::text[]) AS p (flow, kind)
        LEFT JOIN LATERAL (SELECT max(state_since) AS at FROM (SELECT r.state_since FROM record r WHERE r.tenant_id = $1
            AND r.connection_id = $2 AND r.kind = p.kind AND r.state = 'settled'
            ORDER BY r.first_seen_at DESC, r.id DESC LIMIT $5) AS newest) AS s ON true
        LEFT JOIN LATERAL (SELECT min(due_at) AS due_at FROM unnest(ARRAY['waiting', 'running']) AS t (state)
            CROSS JOIN LATERAL (SELECT r.due_at FROM record r WHERE r.tenant_id = $1 AND r.connection_id = $2
                AND r.kind = p.kind AND r.state = t.state ORDER BY r.first_seen_at, r.id LIMIT $5) AS oldest) AS w ON true
        GROUP BY p.flow
        """,
        tenant,
        connection,
        [flow for flow, _ in pairs],
        [kind for _, kind in pairs],
        _LOOKED_AT,
    )
    return {
        row["flow"]: FlowPulse(succeeded_at=row["succeeded_at"], lag=row["lag"] or timedelta(0))
        for row in rows
    }


async def of_turns(tx: Tx, *, tenant: UUID, connection: UUID, flows: Sequence[str]) -> dict[str, FlowPulse]:
    """Flows that come by turns: the last that came to its end, and since when the next is overdue."""
    rows = await tx.rows(
        """
        SELECT f.flow, d.ended_at, greatest(now() - t.due_at, interval '0') AS lag FROM unnest($3::text[]) AS f (flow)
        LEFT JOIN schedule t ON t.tenant_id = $1 AND t.connection_id = $2 AND t.flow = f.flow
        LEFT JOIN LATERAL (SELECT r.ended_at FROM run r WHERE r.tenant_id = $1 AND r.connection_id = $2 AND r.flow = f.flow
            AND r.kind = 'turn' AND r.state = 'done' AND r.started_at > now() - interval '7 days'
            ORDER BY r.started_at DESC, r.id DESC LIMIT 1) AS d ON true
        """,
        tenant,
        connection,
        sorted(flows),
    )
    return {
        row["flow"]: FlowPulse(succeeded_at=row["ended_at"], lag=row["lag"] or timedelta(0)) for row in rows
    }
