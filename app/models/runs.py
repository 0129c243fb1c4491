"""Runs of every flow but the plans of stock: begun, counted, ended; and those that a worker carries on by a lease."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal, cast
from uuid import UUID

import orjson

from app.domain.stock_plan import RunState
from app.errors import Reason
from app.models.database import Database, Row, Tx

Kind = Literal["turn", "replay", "backfill", "what_if"]


@dataclass(frozen=True, kw_only=True)
class Task:
    """A run that this worker holds until its lease is over; `epoch` proves it. `request` is what was asked for."""

    tenant: UUID
    run: UUID
    connection: UUID
    flow: str
    kind: Kind
    epoch: int
    started_by: str
    started_at: datetime
    request: Mapping[str, str] = field(default_factory=dict)
    counts: Mapping[str, int] = field(default_factory=dict)
    checkpoint: str | None = None
    approved: bool = False


async def begin(
    tx: Tx,
    *,
    tenant: UUID,
    run: UUID,
    connection: UUID,
    flow: str,
    kind: Kind,
    started_by: str,
    request: Mapping[str, str] | None = None,
) -> None:
    await tx.run(
        "INSERT INTO run (tenant_id, id, connection_id, flow, kind, started_by, request)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7::jsonb)",
        tenant,
        run,
        connection,
        flow,
        kind,
        started_by,
        orjson.dumps(dict(request or {})).decode(),
    )


async def abandon(tx: Tx, *, tenant: UUID, connection: UUID, flow: str) -> None:
    """A turn that begins is the only one: what an earlier one left open ended with its worker."""
    await tx.run(
        "UPDATE run SET state = 'stopped', ended_at = now() WHERE tenant_id = $1 AND connection_id = $2 AND flow = $3"
        " AND kind = 'turn' AND state = 'running'",
        tenant,
        connection,
        flow,
    )


async def end(
    tx: Tx,
    *,
    tenant: UUID,
    run: UUID,
    state: RunState,
    counts: Mapping[str, int] | None = None,
    calls: int = 0,
    points: int = 0,
    reason: Reason | None = None,
    quiet: bool = False,
) -> bool:
    """`quiet`: it found nothing to do. False: it was over."""
    count = await tx.run(
        "UPDATE run SET state = $3, ended_at = now(), counts = counts || $4::jsonb, calls = calls + $5,"
        " points = points + $6, code = $7, sentence = $8, quiet = $9, lease_until = '-infinity'"
        " WHERE tenant_id = $1 AND id = $2 AND state IN ('planned', 'running')",
        tenant,
        run,
        state.value,
        orjson.dumps(dict(counts or {})).decode(),
        calls,
        points,
        reason.code if reason else None,
        reason.sentence if reason else None,
        quiet,
    )
    return count == 1


# --- runs that a worker carries on ---------------------------------------------------------------------------------------


async def to_do(database: Database, *, most: int) -> list[tuple[UUID, UUID]]:
    """Runs that nobody is at, the one left longest first."""
    async with database.across() as tx:
        rows = await tx.rows("SELECT tenant_id, run_id FROM runs_to_do($1)", most)
    return [(row["tenant_id"], row["run_id"]) for row in rows]


async def claim(tx: Tx, *, tenant: UUID, run: UUID, lease: timedelta) -> Task | None:
    """For the one worker that gets it; whoever died at it left its checkpoint."""
    row = await tx.row(
        "UPDATE run SET lease_epoch = lease_epoch + 1, lease_until = now() + $3 WHERE tenant_id = $1 AND id = $2"
        " AND kind <> 'turn' AND state = 'running' AND lease_until < now() RETURNING *",
        tenant,
        run,
        lease,
    )
    return _task(row) if row is not None else None


async def advance(
    tx: Tx,
    task: Task,
    *,
    lease: timedelta,
    counts: Mapping[str, int] | None = None,
    checkpoint: str | None = None,
    calls: int = 0,
    points: int = 0,
) -> bool:
    """How far it is, in the transaction that made it so. False: an heir has it, it was stopped, or waits for a word."""
    count = await tx.run(
        "UPDATE run SET lease_until = now() + $4, counts = counts || $5::jsonb, checkpoint = coalesce($6, checkpoint),"
        " calls = calls + $7, points = points + $8"
        " WHERE tenant_id = $1 AND id = $2 AND lease_epoch = $3 AND state = 'running'",
        task.tenant,
        task.run,
        task.epoch,
        lease,
        orjson.dumps(dict(counts or {})).decode(),
        checkpoint,
        calls,
        points,
    )
    return count == 1


async def release(tx: Tx, task: Task, *, until: timedelta = timedelta(0)) -> None:
    """Nobody is at it any more; it is taken up again after `until`."""
    await tx.run(
        "UPDATE run SET lease_until = now() + $4 WHERE tenant_id = $1 AND id = $2 AND lease_epoch = $3",
        task.tenant,
        task.run,
        task.epoch,
        until,
    )


async def ask(tx: Tx, task: Task, *, concern: str) -> bool:
    """It waits for a person's word; what it has counted is shown."""
    count = await tx.run(
        "UPDATE run SET state = 'planned', concerns = ARRAY[$4], lease_until = '-infinity'"
        " WHERE tenant_id = $1 AND id = $2 AND lease_epoch = $3 AND state = 'running'",
        task.tenant,
        task.run,
        task.epoch,
        concern,
    )
    return count == 1


async def approve(tx: Tx, *, tenant: UUID, run: UUID, by: str) -> bool:
    """A person takes it as it was counted. False: it waits no more."""
    count = await tx.run(
        "UPDATE run SET state = 'running', approved_by = $3, approved_at = now()"
        " WHERE tenant_id = $1 AND id = $2 AND state = 'planned' AND kind <> 'turn'",
        tenant,
        run,
        by,
    )
    return count == 1


async def kind_of(tx: Tx, *, tenant: UUID, run: UUID) -> Kind | None:
    return cast(
        "Kind | None", await tx.value("SELECT kind FROM run WHERE tenant_id = $1 AND id = $2", tenant, run)
    )


def _task(row: Row) -> Task:
    return Task(
        tenant=row["tenant_id"],
        run=row["id"],
        connection=row["connection_id"],
        flow=row["flow"],
        kind=row["kind"],
        epoch=row["lease_epoch"],
        started_by=row["started_by"],
        started_at=row["started_at"],
        request=orjson.loads(row["request"]),
        counts=orjson.loads(row["counts"]),
        checkpoint=row["checkpoint"],
        approved=row["approved_by"] is not None,
    )
