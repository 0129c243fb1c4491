"""A paused connection goes on once both sides let us in again: asked by the clock, or by an operator's word."""

from __future__ import annotations

from app.models import connections, timeline
from app.models.database import Database
from app.sync.sides import Sides


async def resume(database: Database, sides: Sides) -> bool:
    """Raises whatever either side says against it. False when the connection was not paused."""
    await sides.store.check()
    await sides.ask(sides.host.check)
    tenant, connection = sides.connection.tenant, sides.connection.id
    async with database.tenant(tenant) as tx:
        if not await connections.resume(tx, tenant=tenant, connection=connection):
            return False
        await timeline.note(
            tx,
            tenant=tenant,
            connection=connection,
            record=None,
            kind="resumed",
            sentence="Both sides let us in again: the flows go on where they stopped.",
        )
        return True
