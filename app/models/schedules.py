"""Schedules: when each flow of a connection runs next, and whose turn it is; a lease with an epoch (rule 8).

Every instant is the database's. A row without `due_at` has no clock: its flow lives on events.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast
from uuid import UUID

from app.domain import cadence as cadences
from app.domain.cadence import Cadence, Cron, Every
from app.models.database import Database, Row, Tx

ORDERS, INVENTORY, PRICES = "orders", "inventory", "prices"
RATES, ANSWERS = "rates", "answers"
"""What has turns as flows have them and is none: nobody owns it, and it writes to neither side."""


@dataclass(frozen=True, kw_only=True)
class Turn:
    """`due_at`: when the next one was due as this one began; an earlier one was asked for since. `by`: who asked."""

    tenant: UUID
    connection: UUID
    flow: str
    epoch: int
    due_at: datetime | None
    by: str


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """`cadence` None: as is usual for the flow."""

    connection: UUID
    flow: str
    cadence: Cadence | None
    zone: str | None
    due_at: datetime | None
    stopped_at: datetime | None
    stopped_by: str | None
    running: bool
    began_at: datetime | None
    ended_at: datetime | None


_ROW = """
    SELECT t.*, s.zone, now() AS now, t.turn_until > now() AS running FROM schedule t
    JOIN connection c ON c.tenant_id = t.tenant_id AND c.id = t.connection_id
    JOIN shop s ON s.tenant_id = c.tenant_id AND s.id = c.shop_id
    WHERE t.tenant_id = $1 AND t.connection_id = $2
"""


async def ensure(
    tx: Tx, *, tenant: UUID, connection: UUID, flow: str, kinds: Sequence[str] = (), due: bool = False
) -> None:
    """Makes the flow's row where there is none. `kinds`: the kinds of records that a stop keeps waiting."""
    await tx.run(
        "INSERT INTO schedule (tenant_id, connection_id, flow, kinds, due_at)"
        " VALUES ($1, $2, $3, $4, CASE WHEN $5 THEN now() END) ON CONFLICT DO NOTHING",
        tenant,
        connection,
        flow,
        list(kinds),
        due,
    )


# --- turns -----------------------------------------------------------------------------------------------------------


async def due(database: Database, *, flow: str, writes: bool, most: int) -> list[tuple[UUID, UUID]]:
    """Connections whose turn has come, the one that waits longest first; `writes`: not while nothing may be written."""
    async with database.across() as tx:
        rows = await tx.rows(
            "SELECT tenant_id, connection_id FROM schedules_due($1, $2, $3)", flow, writes, most
        )
    return [(row["tenant_id"], row["connection_id"]) for row in rows]


async def claim(
    tx: Tx, *, tenant: UUID, connection: UUID, flow: str, usual: timedelta, lease: timedelta
) -> Turn | None:
    """For the one worker that gets it. None: it is another's, stopped, or not due. Whoever died in a turn left it due.

    However many instants were missed, the next one lies ahead: they are caught up by this one turn.
    """
    row = await tx.row(
        _ROW + " AND t.flow = $3 AND t.stopped_at IS NULL AND t.turn_until < now()"
        " AND (t.due_at < now() OR t.turn_until > '-infinity') FOR UPDATE OF t SKIP LOCKED",
        tenant,
        connection,
        flow,
    )
    if row is None:
        return None
    following = _following(row, usual)
    epoch = await tx.value(
        "UPDATE schedule SET turn_epoch = turn_epoch + 1, turn_until = now() + $4, due_at = $5, began_at = now(),"
        " asked_by = NULL"
        " WHERE tenant_id = $1 AND connection_id = $2 AND flow = $3 RETURNING turn_epoch",
        tenant,
        connection,
        flow,
        lease,
        following,
    )
    return Turn(
        tenant=tenant,
        connection=connection,
        flow=flow,
        epoch=cast(int, epoch),
        due_at=following,
        by=row["asked_by"] or "schedule",
    )


async def extend(tx: Tx, turn: Turn, *, lease: timedelta) -> bool:
    """False: an heir has it, or somebody stopped the flow."""
    count = await tx.run(
        "UPDATE schedule SET turn_until = now() + $5"
        " WHERE tenant_id = $1 AND connection_id = $2 AND flow = $3 AND turn_epoch = $4 AND stopped_at IS NULL",
        turn.tenant,
        turn.connection,
        turn.flow,
        turn.epoch,
        lease,
    )
    return count == 1


async def end(tx: Tx, turn: Turn, *, usual: timedelta, soon: timedelta | None) -> None:
    """The next one comes as planned, or `soon`, or as soon as somebody asked for meanwhile. An heir's turn goes on."""
    row = await tx.row(
        _ROW + " AND t.flow = $3 AND t.turn_epoch = $4 FOR UPDATE OF t",
        turn.tenant,
        turn.connection,
        turn.flow,
        turn.epoch,
    )
    if row is None:
        return
    await tx.run(
        "UPDATE schedule SET turn_until = '-infinity', ended_at = now(), due_at = $4"
        " WHERE tenant_id = $1 AND connection_id = $2 AND flow = $3",
        turn.tenant,
        turn.connection,
        turn.flow,
        _after(row, turn, usual, soon),
    )


def _after(row: Row, turn: Turn, usual: timedelta, soon: timedelta | None) -> datetime:
    """Intervals count from the end of a turn; an instant of a cron expression that passed meanwhile is caught up."""
    planned, now = cast("datetime | None", row["due_at"]), cast(datetime, row["now"])
    asked = planned is not None and turn.due_at is not None and planned < turn.due_at
    known = _cadence(row) or Every(gap=usual)
    ahead = planned if isinstance(known, Cron) and planned else now + _gap(known, usual)
    wishes = [ahead, *([planned] if asked and planned else []), *([now + soon] if soon is not None else [])]
    return min(wishes)


def _gap(known: Cadence, usual: timedelta) -> timedelta:
    return known.gap if isinstance(known, Every) else usual


def _cadence(row: Row) -> Cadence | None:
    return cadences.cadence(row["cadence"]) if row["cadence"] else None


def _following(row: Row, usual: timedelta) -> datetime:
    return cadences.next_after(_cadence(row) or Every(gap=usual), row["now"], zone=row["zone"])


# --- what people and events do ------------------------------------------------------------------------------------------


async def hurry(
    tx: Tx,
    *,
    tenant: UUID,
    connection: UUID,
    flow: str,
    after: timedelta = timedelta(0),
    by: str | None = None,
) -> bool:
    """The next turn comes soon: something happened, or somebody asked. False: the flow has no clock here."""
    count = await tx.run(
        "UPDATE schedule SET due_at = least(due_at, now() + $4), asked_by = coalesce($5, asked_by)"
        " WHERE tenant_id = $1 AND connection_id = $2 AND flow = $3"
        " AND due_at IS NOT NULL",
        tenant,
        connection,
        flow,
        after,
        by,
    )
    return count == 1


async def begin_now(tx: Tx, *, tenant: UUID, connection: UUID, flow: str) -> None:
    """Gives the flow a clock, and its next turn at once."""
    await tx.run(
        "UPDATE schedule SET due_at = now() WHERE tenant_id = $1 AND connection_id = $2 AND flow = $3",
        tenant,
        connection,
        flow,
    )


async def wake(tx: Tx, *, tenant: UUID, connection: UUID, flow: str, after: timedelta = timedelta(0)) -> None:
    """Its next turn comes by then, made with a clock where it had none."""
    await ensure(tx, tenant=tenant, connection=connection, flow=flow)
    await tx.run(
        "UPDATE schedule SET due_at = least(due_at, now() + $4) WHERE tenant_id = $1 AND connection_id = $2 AND flow = $3",
        tenant,
        connection,
        flow,
        after,
    )


async def remove(tx: Tx, *, tenant: UUID, connection: UUID, flow: str) -> None:
    """No turn of it comes any more, and one that is under way is left."""
    await tx.run(
        "DELETE FROM schedule WHERE tenant_id = $1 AND connection_id = $2 AND flow = $3",
        tenant,
        connection,
        flow,
    )


async def set_cadence(
    tx: Tx, *, tenant: UUID, connection: UUID, flow: str, cadence: Cadence | None, usual: timedelta
) -> None:
    """From now on; what was due before stays due."""
    await tx.run(
        "UPDATE schedule SET cadence = $4 WHERE tenant_id = $1 AND connection_id = $2 AND flow = $3",
        tenant,
        connection,
        flow,
        cadences.stored(cadence) if cadence else None,
    )
    row = await tx.row(_ROW + " AND t.flow = $3", tenant, connection, flow)
    if row is not None and row["due_at"] is not None and row["due_at"] > row["now"]:
        await tx.run(
            "UPDATE schedule SET due_at = $4 WHERE tenant_id = $1 AND connection_id = $2 AND flow = $3",
            tenant,
            connection,
            flow,
            _following(row, usual),
        )


async def stop(tx: Tx, *, tenant: UUID, connection: UUID, flow: str, kinds: Sequence[str], by: str) -> bool:
    """Nothing of the flow begins any more; what is due stays due. False: it was stopped before."""
    await ensure(tx, tenant=tenant, connection=connection, flow=flow, kinds=kinds)
    count = await tx.run(
        "UPDATE schedule SET stopped_at = now(), stopped_by = $4, kinds = $5"
        " WHERE tenant_id = $1 AND connection_id = $2 AND flow = $3 AND stopped_at IS NULL",
        tenant,
        connection,
        flow,
        by,
        list(kinds),
    )
    return count == 1


async def stopped(tx: Tx, *, tenant: UUID, connections: Sequence[UUID]) -> dict[UUID, dict[str, datetime]]:
    """Since when which flows of these connections are stopped; a connection of which none is has no entry."""
    rows = await tx.rows(
        "SELECT connection_id, flow, stopped_at FROM schedule WHERE tenant_id = $1 AND connection_id = ANY ($2::uuid[])"
        " AND stopped_at IS NOT NULL",
        tenant,
        list(connections),
    )
    found: dict[UUID, dict[str, datetime]] = {}
    for row in rows:
        found.setdefault(row["connection_id"], {})[row["flow"]] = row["stopped_at"]
    return found


async def resume(tx: Tx, *, tenant: UUID, connection: UUID, flow: str) -> bool:
    """A turn that was missed comes at once, and once. False: it was not stopped."""
    count = await tx.run(
        "UPDATE schedule SET stopped_at = NULL, stopped_by = NULL"
        " WHERE tenant_id = $1 AND connection_id = $2 AND flow = $3 AND stopped_at IS NOT NULL",
        tenant,
        connection,
        flow,
    )
    return count == 1


async def of_connection(tx: Tx, *, tenant: UUID, connection: UUID) -> dict[str, Schedule]:
    """By flow, and by what has turns as well; nine at most."""
    rows = await tx.rows(_ROW + " ORDER BY t.flow", tenant, connection)
    return {row["flow"]: _schedule(row) for row in rows}


def _schedule(row: Row) -> Schedule:
    return Schedule(
        connection=row["connection_id"],
        flow=row["flow"],
        cadence=_cadence(row),
        zone=row["zone"],
        due_at=row["due_at"],
        stopped_at=row["stopped_at"],
        stopped_by=row["stopped_by"],
        running=row["running"],
        began_at=row["began_at"],
        ended_at=row["ended_at"],
    )
