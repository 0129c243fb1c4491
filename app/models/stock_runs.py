"""Runs of plans, and the plans of stock line by line: made, approved, taken up, written down as they go, read by people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import cast
from uuid import UUID

import orjson

from app.domain.inventory import LevelKey
from app.domain.stock_guard import Concern
from app.domain.stock_plan import LineState, PlanCounts, PlanLine, RunState
from app.errors import Reason
from app.models.database import Row, Tx
from app.models.stock_effects import EACH_LINE, BoundLine

FLOW = "inventory"
_COUNTED = """counts || (SELECT jsonb_build_object('done', count(*) FILTER (WHERE l.state = 'done'),
    'held', count(*) FILTER (WHERE l.state = 'held'), 'stale', count(*) FILTER (WHERE l.state = 'stale'))
    FROM plan_line l WHERE l.tenant_id = run.tenant_id AND l.run_id = run.id)"""
"""What became of a run's levels or prices, kept with it once it is over: nobody counts lines again, and they may be let go."""

_BEATS = "beat_at = CASE WHEN beat_at = 'epoch' THEN beat_at ELSE now() END"
"""Somebody is at it. What is doubted stays so until it was decided anew."""


async def begin(
    tx: Tx,
    *,
    tenant: UUID,
    id: UUID,
    connection: UUID,
    started_by: str,
    first: bool,
    partial: bool,
    flow: str = FLOW,
) -> None:
    """A new plan. Older ones that nobody wrote are stopped, unless this one is `partial`: it knows more than they."""
    if not partial:
        await tx.run(
            f"UPDATE run SET state = 'stopped', ended_at = now(), counts = {_COUNTED}"  # noqa: S608  a literal
            " WHERE tenant_id = $1 AND connection_id = $2 AND flow = $3 AND state = 'planned'",
            tenant,
            connection,
            flow,
        )
    await tx.run(
        "INSERT INTO run (tenant_id, id, connection_id, flow, started_by, state, first)"
        " VALUES ($1, $2, $3, $4, $5, 'planned', $6)",
        tenant,
        id,
        connection,
        flow,
        started_by,
        first,
    )


async def add_lines(
    tx: Tx, *, tenant: UUID, run: UUID, lines: Sequence[tuple[PlanLine, datetime, int]]
) -> None:
    """Each line with the observation behind it, and how often its level may have gained by then."""
    ordered = sorted(lines, key=lambda each: (each[0].key.location, each[0].key.item))
    await tx.run(
        """
        INSERT INTO stock_line (tenant_id, run_id, location_key, item_key, sku, old, new, observed_at, state, gains)
        SELECT $1, $2, * FROM unnest($3::text[], $4::text[], $5::text[], $6::int[], $7::int[], $8::timestamptz[], $9::text[],
            $10::int[])
        ON CONFLICT DO NOTHING
        """,
        tenant,
        run,
        [line.key.location for line, _, _ in ordered],
        [line.key.item for line, _, _ in ordered],
        [line.sku for line, _, _ in ordered],
        [line.old for line, _, _ in ordered],
        [line.new for line, _, _ in ordered],
        [at for _, at, _ in ordered],
        [line.state.value for line, _, _ in ordered],
        [gains for _, _, gains in ordered],
    )


async def planned(
    tx: Tx, *, tenant: UUID, run: UUID, counts: PlanCounts, found: Sequence[Concern], checkpoint: str
) -> None:
    """The plan is complete. Without anything to ask about it goes on by itself."""
    await tx.run(
        "UPDATE run SET counts = $3::jsonb, concerns = $4, checkpoint = $5, state = CASE"  # noqa: S608  a literal
        f" WHEN $7 THEN 'done' WHEN $6 THEN 'planned' ELSE 'running' END, {_BEATS},"
        " ended_at = CASE WHEN $7 THEN now() END WHERE tenant_id = $1 AND id = $2 AND state = 'planned'",
        tenant,
        run,
        orjson.dumps(asdict(counts)).decode(),
        [each.value for each in found],
        checkpoint,
        bool(found),
        counts.changed == 0 and not found,
    )


async def so_far(tx: Tx, *, tenant: UUID, run: UUID) -> PlanCounts:
    """What the lines say by now, written or not: only `changed` and `zeroed` are counted."""
    row = await tx.row(
        "SELECT count(*) AS changed, count(*) FILTER (WHERE new = 0 AND old > 0) AS zeroed FROM stock_line"
        " WHERE tenant_id = $1 AND run_id = $2 AND state IN ('planned', 'sent', 'stale', 'done')",
        tenant,
        run,
    )
    return PlanCounts(changed=row["changed"], zeroed=row["zeroed"]) if row else PlanCounts()


async def ask_again(tx: Tx, *, tenant: UUID, run: UUID, found: Sequence[Concern], now: PlanCounts) -> None:
    """A push that turned strange under way waits for a person once more; of `now` three counts are known anew."""
    counted = {"changed": now.changed, "zeroed": now.zeroed, "rows_read": now.rows_read}
    await tx.run(
        "UPDATE run SET state = 'planned', approved_by = NULL, approved_at = NULL, concerns = $3,"
        " counts = counts || $4::jsonb WHERE tenant_id = $1 AND id = $2 AND state = 'running'",
        tenant,
        run,
        [each.value for each in found],
        orjson.dumps(counted).decode(),
    )


async def approve(tx: Tx, *, tenant: UUID, run: UUID, by: str) -> bool:
    """A person takes the plan as it is. False: it waits no more."""
    count = await tx.run(
        f"UPDATE run SET state = 'running', approved_by = $3, approved_at = now(), {_BEATS}"  # noqa: S608  a literal
        " WHERE tenant_id = $1 AND id = $2 AND state = 'planned' AND checkpoint IS NOT NULL",
        tenant,
        run,
        by,
    )
    return count == 1


async def stop(tx: Tx, *, tenant: UUID, run: UUID) -> bool:
    """A person gives a plan or a push up; what was sent is settled still."""
    count = await tx.run(
        f"UPDATE run SET state = 'stopped', ended_at = now(), counts = {_COUNTED}"  # noqa: S608  a literal
        " WHERE tenant_id = $1 AND id = $2 AND state IN ('planned', 'running')",
        tenant,
        run,
    )
    return count == 1


async def end(tx: Tx, *, tenant: UUID, run: UUID, state: RunState, reason: Reason | None = None) -> None:
    await tx.run(
        f"UPDATE run SET state = $3, ended_at = now(), code = $4, sentence = $5, counts = {_COUNTED}"  # noqa: S608  a literal
        " WHERE tenant_id = $1 AND id = $2 AND state IN ('planned', 'running')",
        tenant,
        run,
        state.value,
        reason.code if reason else None,
        reason.sentence if reason else None,
    )


async def recount(tx: Tx, *, tenant: UUID, run: UUID) -> None:
    """A call of a run that was over has been settled since."""
    await tx.run(
        f"UPDATE run SET counts = {_COUNTED} WHERE tenant_id = $1 AND id = $2 AND ended_at IS NOT NULL",  # noqa: S608  a literal
        tenant,
        run,
    )


async def spent(tx: Tx, *, tenant: UUID, run: UUID, calls: int, points: int) -> None:
    await tx.run(
        f"UPDATE run SET calls = calls + $3, points = points + $4, {_BEATS} WHERE tenant_id = $1 AND id = $2",  # noqa: S608  a literal
        tenant,
        run,
        calls,
        points,
    )


async def doubt(tx: Tx, *, tenant: UUID, connection: UUID, flow: str = FLOW) -> None:
    """What plans are decided by has changed: those that are not written yet are decided anew before they are."""
    await tx.run(
        "UPDATE run SET beat_at = 'epoch' WHERE tenant_id = $1 AND connection_id = $2 AND flow = $3"
        " AND state IN ('planned', 'running')",
        tenant,
        connection,
        flow,
    )


async def trust(tx: Tx, *, tenant: UUID, run: UUID) -> None:
    """It has been decided anew, so what other plans of its connection say is older now, whenever they were made."""
    await tx.run(
        "UPDATE run r SET beat_at = CASE WHEN r.id = m.id THEN now() ELSE 'epoch' END FROM run m WHERE m.tenant_id = $1"
        " AND m.id = $2 AND r.tenant_id = $1 AND r.connection_id = m.connection_id AND r.flow = m.flow"
        " AND (r.id = m.id OR r.state IN ('planned', 'running'))",
        tenant,
        run,
    )


async def first_waits(
    tx: Tx, *, tenant: UUID, connection: UUID, younger: timedelta, flow: str = FLOW
) -> bool:
    """Whether a first plan lies before a person. Another would take its place, and the button under their hand."""
    found = await tx.value(
        "SELECT 1 FROM run WHERE tenant_id = $1 AND connection_id = $2 AND flow = $3 AND state = 'planned' AND first"
        " AND checkpoint IS NOT NULL AND started_at > now() - $4::interval LIMIT 1",
        tenant,
        connection,
        flow,
        younger,
    )
    return found is not None


async def going(tx: Tx, *, tenant: UUID, connection: UUID, flow: str = FLOW) -> UUID | None:
    """The push that is under way, or was when its worker died."""
    found = await tx.value(
        "SELECT id FROM run WHERE tenant_id = $1 AND connection_id = $2 AND flow = $3 AND state = 'running'"
        " ORDER BY started_at LIMIT 1",
        tenant,
        connection,
        flow,
    )
    return cast("UUID | None", found)


# --- lines -----------------------------------------------------------------------------------------------------------


async def next_lines(
    tx: Tx, *, tenant: UUID, shop: UUID, run: UUID, state: LineState, after: tuple[str, str], most: int
) -> list[BoundLine]:
    """Lines in a state, by location and item; none of a run that somebody stopped, nor of levels that another call may

    have changed, as long as nobody knows; none to be written that was decided before its level gained (`outrun`).
    """
    rows = await tx.rows(
        "SELECT * FROM stock_line l WHERE tenant_id = $1 AND run_id = $2 AND state = $3"
        " AND (location_key, item_key) > ($4, $5)"
        " AND EXISTS (SELECT 1 FROM run r WHERE r.tenant_id = $1 AND r.id = $2 AND r.state = 'running')"
        " AND NOT EXISTS (SELECT 1 FROM stock_line s WHERE s.tenant_id = $1 AND s.item_key = l.item_key"
        " AND s.location_key = l.location_key AND s.state = 'sent' OFFSET 0)"
        " AND ($3 <> 'planned' OR NOT EXISTS (SELECT 1 FROM stock_level v WHERE v.tenant_id = $1 AND v.shop_id = $7"
        " AND v.item_key = l.item_key AND v.location_key = l.location_key AND v.gains <> l.gains OFFSET 0))"
        " ORDER BY location_key, item_key LIMIT $6",
        tenant,
        run,
        state.value,
        *after,
        most,
        shop,
    )
    return [
        BoundLine(
            key=LevelKey(item=r["item_key"], location=r["location_key"]),
            new=r["new"],
            old=r["old"],
            observed_at=r["observed_at"],
            gains=r["gains"],
        )
        for r in rows
    ]


async def has_lines(tx: Tx, *, tenant: UUID, run: UUID, states: Sequence[LineState]) -> bool:
    """Whether a line is in one of these states; none of a run that somebody stopped."""
    found = await tx.value(
        "SELECT 1 FROM run r WHERE r.tenant_id = $1 AND r.id = $2 AND r.state = 'running' AND EXISTS (SELECT 1"
        " FROM stock_line l WHERE l.tenant_id = $1 AND l.run_id = $2 AND l.state = ANY ($3::text[]))",
        tenant,
        run,
        [state.value for state in states],
    )
    return found is not None


async def is_older(tx: Tx, *, tenant: UUID, run: UUID, than: timedelta, still_for: timedelta) -> bool:
    """Whether what the plan stands on was said so long ago that it is asked for again before it is written.

    A push that stood `still_for` so long was taken over from someone who died, and goes by the ERP's word of then;
    so does one that a newer plan has overtaken, though what that found unchanged was never written.
    """
    return bool(
        await tx.value(
            "SELECT started_at < now() - $3::interval OR beat_at < now() - $4::interval OR EXISTS (SELECT 1 FROM run n"
            " WHERE n.tenant_id = $1 AND n.connection_id = r.connection_id AND n.started_at > r.started_at"
            " AND n.flow = r.flow AND n.checkpoint IS NOT NULL) FROM run r WHERE r.tenant_id = $1 AND r.id = $2",
            tenant,
            run,
            than,
            still_for,
        )
    )


async def mark(
    tx: Tx, *, tenant: UUID, run: UUID, states: Mapping[LevelKey, tuple[LineState, Reason | None]]
) -> None:
    """Moves single lines on, sorted."""
    ordered = sorted(states.items(), key=lambda each: (each[0].location, each[0].item))
    await tx.run(
        "UPDATE stock_line l SET state = n.state, code = n.code, sentence = n.sentence, effect_id = NULL"  # noqa: S608  literals
        " FROM unnest($3::text[], $4::text[], $5::text[], $6::text[], $7::text[])"
        f" AS n (location_key, item_key, state, code, sentence) {EACH_LINE}",
        tenant,
        run,
        [key.location for key, _ in ordered],
        [key.item for key, _ in ordered],
        [state.value for _, (state, _) in ordered],
        [reason.code if reason else None for _, (_, reason) in ordered],
        [reason.sentence if reason else None for _, (_, reason) in ordered],
    )


async def replan(tx: Tx, *, tenant: UUID, run: UUID, lines: Sequence[BoundLine]) -> None:
    """New targets for stale lines, from fresh readings."""
    ordered = sorted(lines, key=lambda line: (line.key.location, line.key.item))
    await tx.run(
        "UPDATE stock_line l SET state = 'planned', effect_id = NULL, old = n.old, new = n.new, observed_at = n.at,"  # noqa: S608  literals
        " gains = n.gains FROM unnest($3::text[], $4::text[], $5::int[], $6::int[], $7::timestamptz[], $8::int[])"
        f" AS n (location_key, item_key, old, new, at, gains) {EACH_LINE}",
        tenant,
        run,
        [line.key.location for line in ordered],
        [line.key.item for line in ordered],
        [line.old for line in ordered],
        [line.new for line in ordered],
        [line.observed_at for line in ordered],
        [line.gains for line in ordered],
    )


async def lines_page(
    tx: Tx,
    *,
    tenant: UUID,
    run: UUID,
    after: tuple[str, str] = ("", ""),
    most: int = 100,
    state: LineState | None = None,
) -> list[PlanLine]:
    """A page of a plan for people."""
    found = await lines_pages(tx, tenant=tenant, runs=[run], after=after, most=most, state=state)
    return found.get(run, [])


async def lines_pages(
    tx: Tx, *, tenant: UUID, runs: Sequence[UUID], after: tuple[str, str], most: int, state: LineState | None
) -> dict[UUID, list[PlanLine]]:
    """A page of each of these plans, in one statement."""
    rows = await tx.rows(
        "SELECT l.* FROM unnest($2::uuid[]) AS o (id) CROSS JOIN LATERAL (SELECT * FROM stock_line"
        " WHERE tenant_id = $1 AND run_id = o.id AND (location_key, item_key) > ($3, $4)"
        " AND ($6::text IS NULL OR state = $6) ORDER BY location_key, item_key LIMIT $5) AS l"
        " ORDER BY l.run_id, l.location_key, l.item_key",
        tenant,
        list(runs),
        *after,
        most,
        state.value if state else None,
    )
    found: dict[UUID, list[PlanLine]] = {}
    for row in rows:
        found.setdefault(row["run_id"], []).append(_line(row))
    return found


def _line(row: Row) -> PlanLine:
    return PlanLine(
        key=LevelKey(item=row["item_key"], location=row["location_key"]),
        sku=row["sku"],
        old=row["old"],
        new=row["new"],
        state=LineState(row["state"]),
        code=row["code"],
        sentence=row["sentence"],
    )
