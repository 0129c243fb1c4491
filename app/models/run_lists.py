"""Runs for people: the newest first by keyset, some by their ids, and what one of them told the timeline."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

import orjson

from app.domain.stock_guard import Concern
from app.domain.stock_plan import POINTS_PER_CALL, PlanCounts, RunState, RunView, seconds_for
from app.models import price_lines
from app.models.database import Row, Tx
from app.models.stock_runs import FLOW

_PLANNED = (FLOW, price_lines.FLOW)
"""Their runs have plans: what they counted is of levels, or of prices."""
_RATE = 100.0
"""A Standard shop's points a second: what an estimate starts from."""


@dataclass(frozen=True, kw_only=True)
class RunLine:
    """`tx` and `id` together order lines so that none appears before one that was read."""

    tx: str
    id: int
    at: datetime
    kind: str
    code: str | None
    sentence: str
    facts: Mapping[str, str]


async def page(
    tx: Tx,
    *,
    tenant: UUID,
    connections: Sequence[UUID],
    flow: str | None,
    after: tuple[datetime, UUID] | None,
    most: int,
    quiet: bool = False,
    states: Sequence[str] | None = None,
    newest_first: bool = True,
) -> list[RunView]:
    """Runs of these connections by when they began; with `quiet` those that found nothing to do as well."""
    way, beyond = ("DESC", "<") if newest_first else ("ASC", ">")
    rows = await tx.rows(
        f"""
        SELECT found.id FROM unnest($2::uuid[]) AS c (id) CROSS JOIN LATERAL (
            SELECT id, started_at FROM run WHERE tenant_id = $1 AND connection_id = c.id AND ($3::text IS NULL OR flow = $3)
              AND ($7 OR NOT quiet) AND ($8::text[] IS NULL OR state = ANY ($8))
              AND ($4::timestamptz IS NULL OR (started_at, id) {beyond} ($4, $5::uuid))
            ORDER BY started_at {way}, id {way} LIMIT $6) AS found
        ORDER BY found.started_at {way}, found.id {way} LIMIT $6
        """,  # noqa: S608 -- nothing of a caller's is in the text
        tenant,
        list(connections),
        flow,
        after[0] if after else None,
        after[1] if after else None,
        most,
        quiet,
        None if states is None else list(states),
    )
    ordered = [row["id"] for row in rows]
    views = await some(tx, tenant=tenant, ids=ordered)
    return [views[each] for each in ordered]


async def one(tx: Tx, *, tenant: UUID, run: UUID, flow: str) -> RunView | None:
    """None: there is no such run of this flow."""
    found = (await some(tx, tenant=tenant, ids=[run])).get(run)
    return found if found is not None and found.flow == flow else None


async def some(tx: Tx, *, tenant: UUID, ids: Sequence[UUID]) -> dict[UUID, RunView]:
    """Runs by their ids, with their levels counted by what became of them; what is over was counted at its end."""
    rows = await tx.rows(
        """
        SELECT r.*, coalesce(n.done, (r.counts->>'done')::int, 0) AS done,
            coalesce(n.held, (r.counts->>'held')::int, 0) AS held, coalesce(n.stale, (r.counts->>'stale')::int, 0) AS stale
        FROM run r LEFT JOIN LATERAL (
            SELECT count(*) FILTER (WHERE l.state = 'done') AS done, count(*) FILTER (WHERE l.state = 'held') AS held,
                count(*) FILTER (WHERE l.state = 'stale') AS stale
            FROM plan_line l WHERE l.tenant_id = $1 AND l.run_id = r.id AND r.kind = 'turn' AND r.flow <> 'orders'
            HAVING r.ended_at IS NULL OR NOT r.counts ? 'done') n ON true
        WHERE r.tenant_id = $1 AND r.id = ANY ($2::uuid[])
        """,
        tenant,
        list(ids),
    )
    return {row["id"]: _view(row) for row in rows}


async def lines(
    tx: Tx, *, tenant: UUID, run: UUID, after: tuple[str, int], over: bool, most: int = 100
) -> list[RunLine]:
    """What a run told since. Until it is `over` a line waits for older transactions: else one of theirs could be missed."""
    rows = await tx.rows(
        "SELECT tx::text AS tx, id, at, kind, code, sentence, facts FROM timeline WHERE tenant_id = $1 AND run_id = $2"
        " AND (tx, id) > ($3::text::xid8, $4::bigint) AND ($5 OR tx < pg_snapshot_xmin(pg_current_snapshot()))"
        " ORDER BY timeline.tx, id LIMIT $6",  # a bare tx would be the text, and 999 after 1000
        tenant,
        run,
        after[0],
        after[1],
        over,
        most,
    )
    return [
        RunLine(
            tx=row["tx"],
            id=row["id"],
            at=row["at"],
            kind=row["kind"],
            code=row["code"],
            sentence=row["sentence"],
            facts=orjson.loads(row["facts"]),
        )
        for row in rows
    ]


def _view(row: Row) -> RunView:
    known = orjson.loads(row["counts"])
    names = asdict(PlanCounts())
    counts = PlanCounts(**{name: known[name] for name in names if name in known})
    left = max(0, counts.changed - row["done"] - row["held"])
    points = counts.calls_of(left) * POINTS_PER_CALL
    return RunView(
        id=row["id"],
        connection=row["connection_id"],
        flow=row["flow"],
        state=RunState(row["state"]),
        started_by=row["started_by"],
        started_at=row["started_at"],
        ended_at=row["ended_at"],
        counts=counts,
        concerns=tuple(Concern(name) for name in row["concerns"]),
        approved_by=row["approved_by"],
        done=row["done"],
        held=row["held"],
        stale=row["stale"],
        calls_made=row["calls"],
        points_spent=row["points"],
        first=row["first"],
        seconds=0.0 if row["ended_at"] else seconds_for(points, rate=_RATE, at_hand=0),
        code=row["code"],
        sentence=row["sentence"],
        kind=row["kind"],
        tallies={} if row["flow"] in _PLANNED else known,
        request=orjson.loads(row["request"]),
        checkpoint=row["checkpoint"],
    )
