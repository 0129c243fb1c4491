"""A dry run of one real order before anything goes live: exactly what the ERP would be told, and nothing is written to it."""

from __future__ import annotations

from dataclasses import replace

from app.domain.ids import StoreKey
from app.models import cursors, records, timeline
from app.models.connections import Connection
from app.models.setup import TRIED
from app.steps.points import RecordKind
from app.sync import flows
from app.sync.engine import Carrier
from app.sync.rehearsal import Rehearsed, rehearse, unheard
from app.wiring import Core, utc_now

_ORDER: RecordKind = "order"
_GOOD = frozenset({"send", "nothing"})


async def dry_run(core: Core, connection: Connection, key: StoreKey) -> Rehearsed:
    """As if the order had been approved. That it went well under this mapping is remembered with the connection."""
    at = {"tenant": connection.tenant, "connection": connection.id}
    async with core.database.tenant(connection.tenant) as tx:
        claim = await records.peek(tx, **at, kind=_ORDER, key=key)
    claim = claim or unheard(connection, kind=_ORDER, key=key, at=utc_now())
    carrier = flows.engine(core.database, core.vault, utc_now).carriers[_ORDER]
    assert isinstance(carrier, Carrier)
    made = await rehearse(
        carrier, core.vault, replace(claim, approved=True), await core.open_sides(connection)
    )
    if made.action in _GOOD or made.payload is not None:
        await _remember(core, connection, made)
    return made


async def _remember(core: Core, connection: Connection, made: Rehearsed) -> None:
    tenant, about = connection.tenant, connection.id
    name, version = made.reference or made.key, str(connection.tables.number)
    async with core.database.tenant(connection.tenant) as tx:
        await cursors.move(tx, tenant=tenant, connection=about, name=TRIED, value=f"{version}/{name}")
        await timeline.note(
            tx,
            tenant=tenant,
            connection=about,
            record=None,
            kind="dry_run",
            sentence=f"A dry run of {name} went well: nothing was written.",
            facts={"order": name, "version": version},
        )
