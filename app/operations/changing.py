"""Changing a connection as it stands: credentials, look-up tables, options, the switch for writes; pause and resume."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import orjson

from app.errors import Reason, Refused
from app.models import connection_removal, connections, timeline
from app.models.connections import Connection
from app.operations import answering, mappings, switching
from app.operations.answering import Begun
from app.operations.connecting import checked, chosen_well, known_host, trial
from app.ports import Health
from app.sync import resuming
from app.wiring import CREDENTIALS, Core

PAUSED = Reason(code="connection.paused_by_hand", sentence="Someone paused this connection.")


@dataclass(frozen=True, kw_only=True)
class Change:
    """What is to be another way from now on; None leaves it as it is."""

    credentials: Mapping[str, str] | None = field(default=None, repr=False)
    tables: Mapping[str, Mapping[str, str]] | None = None
    options: Mapping[str, str] | None = None
    writes: bool | None = None
    name: str | None = None


@dataclass(frozen=True, kw_only=True)
class Changed:
    """A line for each thing that is new, and the ERP's answer when its credentials are."""

    told: tuple[str, ...]
    health: Health | None = None


async def change(core: Core, connection: Connection, wish: Change, *, by: str) -> Changed:
    """Keeps everything that was wished or nothing; credentials are tried before they are kept."""
    if wish == Change():
        raise Refused("change.nothing", "Say what to change.")
    chosen_well(wish.options or {}, wish.tables or {})
    sealed, health = None, None
    if wish.credentials is not None:
        spec = known_host(connection.host)
        given = checked(spec, wish.credentials)
        health = await trial(core, spec, given)
        sealed = core.vault.seal(orjson.dumps(given), tenant=connection.tenant, purpose=CREDENTIALS)
    if wish.writes:
        await switching.prepare(core, connection)
    published = await _stored(core, connection, wish, sealed, by)
    if wish.writes:
        await core.queue.poke(connection.tenant, connection.shop)
    number, records = None, 0
    if published is not None:
        number, begun = published
        records = await answering.go_on(core, connection, begun)
    return Changed(told=tuple(_told(wish, number, records)), health=health)


async def _stored(
    core: Core, connection: Connection, wish: Change, sealed: bytes | None, by: str
) -> tuple[int, Begun] | None:
    tenant, published = connection.tenant, None
    async with core.database.tenant(tenant) as tx:
        if wish.tables is not None:
            published = await mappings.replace_all(tx, connection, wish.tables, by=by)
        if wish.name is not None:
            await tx.run(
                "UPDATE connection SET name = $3 WHERE tenant_id = $1 AND id = $2",
                tenant,
                connection.id,
                wish.name,
            )
        await connections.alter(
            tx,
            tenant=tenant,
            connection=connection.id,
            sealed_credentials=sealed,
            options=wish.options or {},
            no_writes=None,
        )
        if wish.writes is not None:
            await switching.switch(tx, connection, writes=wish.writes)
    return published


def _told(wish: Change, number: int | None, records: int) -> list[str]:
    told = [] if number is None else [f"the look-up tables are version {number}"]
    told += [f"what waited for them and runs again: {records}"] if records else []
    told += ["the credentials are new"] if wish.credentials is not None else []
    told += [f"{name} is {value}" for name, value in sorted((wish.options or {}).items())]
    told += [] if wish.writes is None else [f"writes are {'on' if wish.writes else 'off'}"]
    return told + ([] if wish.name is None else [f"it is called {wish.name}"])


async def pause(core: Core, connection: Connection) -> None:
    """Its flows stop until someone resumes it; nothing is marked failed."""
    tenant = connection.tenant
    async with core.database.tenant(tenant) as tx:
        if not await connections.pause(tx, tenant=tenant, connection=connection.id, reason=PAUSED):
            raise Refused("connection.not_live", "This connection is not live.")
        await timeline.note(
            tx,
            tenant=tenant,
            connection=connection.id,
            record=None,
            kind="paused",
            sentence=PAUSED.sentence,
            code=PAUSED.code,
        )


async def remove(core: Core, connection: Connection) -> None:
    """With what was entered for it. Raises Refused for one that was ever live."""
    async with core.database.tenant(connection.tenant) as tx:
        if not await connection_removal.remove(tx, tenant=connection.tenant, connection=connection.id):
            raise Refused(
                "connection.was_live",
                "This connection was live: it remembers what it sent, so that nothing is sent twice. Pause it instead.",
            )


async def resume(core: Core, connection: Connection) -> None:
    """Asks both sides first; raises whatever either says against it."""
    if not await resuming.resume(core.database, await core.open_sides(connection)):
        raise Refused("connection.not_paused", "This connection is not paused.")
    await core.queue.poke(connection.tenant, connection.shop)
