"""The switch “no outgoing writes” of a connection: thrown in one transaction with everything that it wakes."""

from __future__ import annotations

from app.models import connections, demand, schedules, timeline
from app.models.connections import Connection
from app.models.database import Tx
from app.sync.writes import NO_WRITES
from app.wiring import Core


async def prepare(core: Core, connection: Connection) -> None:
    """What a shop needs before its first mark, where it went live with the switch on. Raises what the shop says against it."""
    if connection.state == "live" and connection.no_writes and not connection.practice:
        store = (await core.open_sides(connection)).store
        if store.prepare is not None:
            await store.prepare()


async def switch(tx: Tx, connection: Connection, *, writes: bool) -> None:
    """What was committed as sent before is carried through. Off again, everything that waited for it is due at once."""
    tenant, about = connection.tenant, connection.id
    await connections.alter(
        tx, tenant=tenant, connection=about, sealed_credentials=None, options={}, no_writes=not writes
    )
    if connection.no_writes is not writes:
        return
    woken = 0
    if writes:
        woken = await demand.waiting_for(tx, tenant=tenant, connection=about, code=NO_WRITES.code)
        for flow in sorted(await schedules.of_connection(tx, tenant=tenant, connection=about)):
            await schedules.hurry(tx, tenant=tenant, connection=about, flow=flow)
    await timeline.note(
        tx,
        tenant=tenant,
        connection=about,
        record=None,
        kind="writes_on" if writes else "writes_off",
        sentence="Writing is switched on: what waited goes on." if writes else NO_WRITES.sentence,
        code=None if writes else NO_WRITES.code,
        facts={"records": str(woken)} if writes else {},
    )
