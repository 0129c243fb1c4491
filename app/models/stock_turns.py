"""Whose turn a connection's stock, or another flow by turns, is: a lease with an epoch, beside when it is due (rule 8)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from app.models.database import Tx
from app.models.turn_rows import Table


@dataclass(frozen=True, kw_only=True)
class Turn:
    """`due_at`: when the schedule's next turn was due as this one began; an earlier one was asked for since."""

    tenant: UUID
    connection: UUID
    epoch: int
    due_at: datetime
    table: Table = "stock_setting"


async def claim(
    tx: Tx,
    *,
    tenant: UUID,
    connection: UUID,
    every: timedelta,
    lease: timedelta,
    table: Table = "stock_setting",
) -> Turn | None:
    """For the one worker that gets it. None: it is another's, or not due. Whoever died in a turn left it due."""
    row = await tx.row(
        f"UPDATE {table} SET turn_epoch = turn_epoch + 1, turn_until = now() + $4, due_at = now() + $3"  # noqa: S608  a literal
        " WHERE tenant_id = $1 AND connection_id = $2 AND turn_until < now()"
        " AND (due_at < now() OR turn_until > '-infinity') RETURNING turn_epoch, due_at",
        tenant,
        connection,
        every,
        lease,
    )
    if row is None:
        return None
    return Turn(
        tenant=tenant, connection=connection, epoch=row["turn_epoch"], due_at=row["due_at"], table=table
    )


async def extend(tx: Tx, turn: Turn, *, lease: timedelta) -> bool:
    """False: an heir has it."""
    count = await tx.run(
        f"UPDATE {turn.table} SET turn_until = now() + $4"  # noqa: S608  a literal
        " WHERE tenant_id = $1 AND connection_id = $2 AND turn_epoch = $3",
        turn.tenant,
        turn.connection,
        turn.epoch,
        lease,
    )
    return count == 1


async def end(tx: Tx, turn: Turn, *, every: timedelta) -> None:
    """The next one comes after `every`, or as soon as somebody asked for meanwhile. An heir's turn goes on."""
    await tx.run(
        f"UPDATE {turn.table} SET turn_until = '-infinity',"  # noqa: S608  a literal
        " due_at = CASE WHEN due_at < $4 THEN least(due_at, now() + $5) ELSE now() + $5 END"
        " WHERE tenant_id = $1 AND connection_id = $2 AND turn_epoch = $3",
        turn.tenant,
        turn.connection,
        turn.epoch,
        turn.due_at,
        every,
    )
