"""What a flow that runs by turns keeps for a connection beside its schedule: when the store is read again, what it believed."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal
from uuid import UUID

from app.models.database import Tx

Table = Literal["stock_setting", "price_setting"]
"""One for each flow that runs by turns."""


async def claim_link(tx: Tx, table: Table, *, tenant: UUID, connection: UUID, every: timedelta) -> bool:
    """True for the one worker that is to read a stretch of the store now."""
    count = await tx.run(
        f"UPDATE {table} SET link_due_at = now() + $3"  # noqa: S608  a literal
        " WHERE tenant_id = $1 AND connection_id = $2 AND link_due_at < now()",
        tenant,
        connection,
        every,
    )
    return count == 1


async def linked(tx: Tx, table: Table, *, tenant: UUID, connection: UUID) -> None:
    """The store has been read to its end once."""
    await tx.run(
        f"UPDATE {table} SET linked_at = now() WHERE tenant_id = $1 AND connection_id = $2",  # noqa: S608  a literal
        tenant,
        connection,
    )


async def accepted(tx: Tx, table: Table, *, tenant: UUID, connection: UUID, rows: int) -> None:
    """A full read that was believed: the next is compared with it."""
    await tx.run(
        f"UPDATE {table} SET rows_accepted = $3, first_push_at = coalesce(first_push_at, now())"  # noqa: S608  a literal
        " WHERE tenant_id = $1 AND connection_id = $2",
        tenant,
        connection,
        rows,
    )
