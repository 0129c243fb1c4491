"""The two choices of the first hour: what the ERP calls things, and which kinds of data are carried."""

from __future__ import annotations

from collections.abc import Mapping

from app.errors import Refused
from app.mapping.entries import merged
from app.models import setup
from app.models.connections import Connection
from app.operations import flows, mappings
from app.operations.connecting import chosen_well
from app.operations.flows import FlowWish
from app.operations.setup.steps import PLAIN
from app.ports import Flow
from app.wiring import Core

_NOTE = "setup"
_AS_USUAL = "{}"
"""Settings of stock and prices that say nothing."""


async def map_plain(
    core: Core, connection: Connection, tables: Mapping[str, Mapping[str, str]], *, by: str
) -> int:
    """Lays these entries over the mapping in force, and over the draft; an empty code leaves its entry as it is."""
    others = sorted(set(tables) - set(PLAIN))
    if others:
        raise Refused("mapping.no_table", f"The table “{others[0][:60]}” is none of {', '.join(PLAIN)}.")
    given = {
        name: {key.strip(): code.strip() for key, code in rows.items() if key.strip() and code.strip()}
        for name, rows in tables.items()
    }
    chosen_well({}, given)
    async with core.database.tenant(connection.tenant) as tx:
        return await mappings.alter(
            tx,
            connection,
            lambda known: {
                **known,
                **{name: merged(known.get(name, {}), rows) for name, rows in given.items()},
            },
            note=_NOTE,
            by=by,
        )


async def choose_flows(core: Core, connection: Connection, wanted: Mapping[Flow, bool], *, by: str) -> None:
    """Says of each whether it is carried; stock and prices are set up as usual where they never were."""
    if wanted.get(Flow.ORDERS) is False:
        raise Refused(
            "flow.needed", "Orders are what a connection is for. Pause it, or stop the flow, instead."
        )
    tenant, about = connection.tenant, connection.id
    async with core.database.tenant(tenant) as tx:
        known = await setup.standing(tx, tenant=tenant, connection=about)
    for flow, on in sorted(wanted.items()):
        if on and flow is Flow.INVENTORY and known is not None and not known.stock:
            await core.stock(_NOTE).set_up(tenant, about, _AS_USUAL)
        if on and flow is Flow.PRICES and known is not None and not known.prices:
            await core.prices(_NOTE).set_up(tenant, about, _AS_USUAL)
        await flows.change(core, connection, flow, FlowWish(on=on), by=by)
