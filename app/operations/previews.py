"""One real order under a mapping that may not be in force: exactly what the ERP would be told. Nothing is written anywhere."""

from __future__ import annotations

from uuid import UUID

from app.errors import Refused
from app.mapping import contents
from app.models import demand, order_lists, records
from app.models.connections import Connection
from app.operations import mappings
from app.steps.points import RecordKind
from app.sync import flows
from app.sync.engine import Carrier
from app.sync.rehearsal import Rehearsed, rehearse
from app.wiring import Core, utc_now

_ORDER: RecordKind = "order"


async def preview(core: Core, connection: Connection, order: UUID, which: str) -> Rehearsed | None:
    """`which`: a version's number, `draft` or `current`. Reads both sides, as a run would. None: there is no such order.

    Raises Refused for a version that is not there.
    """
    version = await mappings.named(core, connection, which)
    async with core.database.tenant(connection.tenant) as tx:
        row = (await order_lists.some(tx, tenant=connection.tenant, ids=[order])).get(order)
        claim = None
        if row is not None and row.connection == connection.id:
            claim = await records.peek(
                tx, tenant=connection.tenant, connection=connection.id, kind=_ORDER, key=row.source_key
            )
    if claim is None:
        return None
    carrier = flows.engine(core.database, core.vault, utc_now).carriers[_ORDER]
    assert isinstance(carrier, Carrier)
    by = contents.built(version.head.number, version.tables, version.rules, connection.tables.rates)
    return await rehearse(carrier, core.vault, claim, await core.open_sides(connection), by=by)


async def by_name(core: Core, connection: Connection, name: str) -> UUID:
    """An order by the name people know it by. Raises Refused where none or several are called so."""
    async with core.database.tenant(connection.tenant) as tx:
        found = await demand.to_retry(
            tx, tenant=connection.tenant, connection=connection.id, names=[name.lower()], code=None, most=9
        )
        rows = await order_lists.some(tx, tenant=connection.tenant, ids=found)
    if len(rows) != 1:
        raise Refused("order.unknown", f"There is no one order called {name}.")
    return next(iter(rows))
