"""A connection's flows as a table: who owns what, on or off, how often, stopped or not; every change is audited."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import get_args

from app.domain import cadence as cadences
from app.domain.cadence import Cadence, Cron
from app.errors import Refused
from app.mapping import prices as mapping_prices
from app.mapping import stock as mapping_stock
from app.models import connections, flow_pulses, schedules, shops
from app.models.answers import Answer
from app.models.callers import audited
from app.models.connections import Connection
from app.models.database import Tx
from app.models.flow_pulses import FlowPulse
from app.models.schedules import Schedule
from app.operations import answering
from app.operations.declaring import declared
from app.ports import Flow, HostSpec
from app.sync.flows import LISTENED
from app.sync.hinting import KINDS
from app.sync.owners import Side, owner_of
from app.wiring import Core, utc_now

_DIRECTIONS: Mapping[str, str] = {"store": "store_to_host", "host": "host_to_store", "either": "both"}
_GIVEN = Answer(left_out=frozenset({"owner.refused"}))
"""What another owner says for: records that were left out, as they were not to be written."""
AS_USUAL = "usual"
"""The cadence that takes a chosen one back."""


@dataclass(frozen=True, kw_only=True)
class FlowRow:
    """`cadence`: a preset's name, `@every SECONDS` or a cron expression; None where the flow has no clock here."""

    flow: Flow
    owner: str
    direction: str
    on: bool
    cadence: str | None
    chosen: bool
    zone: str | None
    next_at: datetime | None
    stopped_at: datetime | None
    stopped_by: str | None
    running: bool
    began_at: datetime | None
    ended_at: datetime | None
    pulse: FlowPulse


@dataclass(frozen=True, kw_only=True)
class FlowWish:
    """What is to be another way; None leaves it. `cadence` is read by `app/domain/cadence.py`, or is AS_USUAL."""

    owner: str | None = None
    on: bool | None = None
    cadence: str | None = None


async def listed(core: Core, connection: Connection) -> list[FlowRow]:
    """All seven."""
    async with core.database.tenant(connection.tenant) as tx:
        known = await schedules.of_connection(tx, tenant=connection.tenant, connection=connection.id)
        about = {"tenant": connection.tenant, "connection": connection.id}
        pulses = await flow_pulses.of_records(tx, **about, kinds=_CARRIED)
        pulses |= await flow_pulses.of_turns(
            tx, **about, flows=[flow.value for flow in Flow if flow.value not in _CARRIED]
        )
    spec = await declared(core, connection)
    return [_row(core, connection, spec, flow, known.get(flow.value), pulses[flow.value]) for flow in Flow]


async def change(core: Core, connection: Connection, flow: Flow, wish: FlowWish, *, by: str) -> None:
    """Everything that was wished, or nothing. Raises Refused, saying what can't be meant."""
    if wish == FlowWish():
        raise Refused("change.nothing", "Say what to change.")
    if wish.owner is not None and wish.owner not in get_args(Side):
        raise Refused("owner.unknown", "The owner is “store”, “host” or “either”.")
    chosen = None if wish.cadence in {None, AS_USUAL} else cadences.cadence(wish.cadence or "")
    if wish.cadence is not None:
        await _with_clock(core, connection, flow)
    if isinstance(chosen, Cron):
        await _learn_zone(core, connection)
    async with core.database.tenant(connection.tenant) as tx:
        if wish.owner is not None:
            await _give(tx, connection, flow, wish.owner, by)
            await _look_again(tx, connection)
        if wish.on is not None:
            await _switch(tx, connection, flow, on=wish.on, by=by)
        if wish.cadence is not None:
            await _pace(core, tx, connection, flow, chosen, by)
    if wish.owner is not None:
        await core.queue.poke(connection.tenant, connection.shop)


async def stop(core: Core, connection: Connection, flow: Flow, *, by: str) -> None:
    """Nothing of it begins any more, and what is under way comes to rest; records stay due, none is marked failed."""
    kinds = _CARRIED.get(flow.value, [])
    async with core.database.tenant(connection.tenant) as tx:
        about = {"tenant": connection.tenant, "connection": connection.id}
        if not await schedules.stop(tx, **about, flow=flow.value, kinds=kinds, by=by):
            raise Refused("flow.stopped", "This flow is stopped already.")
        await _note(tx, connection, by, "flow.stop", flow, "running", "stopped")


async def resume(core: Core, connection: Connection, flow: Flow, *, by: str) -> None:
    """What became due meanwhile runs now; a turn that was missed comes once."""
    async with core.database.tenant(connection.tenant) as tx:
        if not await schedules.resume(
            tx, tenant=connection.tenant, connection=connection.id, flow=flow.value
        ):
            raise Refused("flow.not_stopped", "This flow is not stopped.")
        await _note(tx, connection, by, "flow.resume", flow, "stopped", "running")
    await core.queue.poke(connection.tenant, connection.shop)


async def run_now(core: Core, connection: Connection, flow: Flow, *, by: str) -> None:
    """Its next turn comes at once, as this person's; a worker takes it."""
    if (await _with_clock(core, connection, flow)).stopped_at is not None:
        raise Refused("flow.stopped", "This flow is stopped; resume it first.")
    async with core.database.tenant(connection.tenant) as tx:
        await schedules.hurry(tx, tenant=connection.tenant, connection=connection.id, flow=flow.value, by=by)


def carried(spec: HostSpec | None, switched: Mapping[str, bool], flow: Flow, *, set_up: bool) -> bool:
    """Whether a connection carries a kind of data, wherever it is told: its ERP can take part, nobody switched it off, and it
    comes by events or was set up. `spec`: what the ERP declares for it, if this server knows that one; `switched`: its own
    switches; `set_up`: whether it has turns of its own.
    """
    if spec is None or flow in spec.missing:
        return False
    return connections.switched_on(switched, flow.value) and (flow.value in _CARRIED or set_up)


def usual(core: Core, flow: Flow) -> timedelta:
    """How often a flow with a clock runs where nobody says otherwise."""
    own = {Flow.ORDERS: core.settings.timing.reconcile_every, Flow.PRICES: mapping_prices.USUAL}
    return own.get(flow, mapping_stock.USUAL)


async def gap(core: Core, connection: Connection, flow: Flow) -> timedelta:
    """About how long it is from one turn of a flow to the next."""
    async with core.database.tenant(connection.tenant) as tx:
        known = await schedules.of_connection(tx, tenant=connection.tenant, connection=connection.id)
    row = known.get(flow.value)
    if row is None or row.cadence is None:
        return usual(core, flow)
    return cadences.gap(row.cadence, utc_now(), zone=row.zone)


def _carried() -> dict[str, list[str]]:
    found: dict[str, set[str]] = {}
    for flow, kind in (*KINDS.items(), *((each.flow, each.kind) for each in LISTENED)):
        found.setdefault(flow.value, set()).add(kind)
    return {flow: sorted(kinds) for flow, kinds in found.items()}


_CARRIED: Mapping[str, list[str]] = _carried()
"""The kinds of records of each flow that carries any; the others come by turns alone."""

# --- parts -----------------------------------------------------------------------------------------------------------


def _row(
    core: Core,
    connection: Connection,
    spec: HostSpec | None,
    flow: Flow,
    known: Schedule | None,
    pulse: FlowPulse,
) -> FlowRow:
    owner = owner_of(connection.owners, flow.value)
    clock = known is not None and known.due_at is not None
    chosen = known.cadence if known else None
    paced = chosen or cadences.Every(gap=usual(core, flow))
    return FlowRow(
        flow=flow,
        owner=owner,
        direction=_DIRECTIONS[owner],
        on=carried(spec, connection.flows, flow, set_up=clock),
        cadence=_named(paced) if clock else None,
        chosen=chosen is not None,
        zone=known.zone if known else None,
        next_at=known.due_at if known else None,
        stopped_at=known.stopped_at if known else None,
        stopped_by=known.stopped_by if known else None,
        running=bool(known and known.running),
        began_at=known.began_at if known else None,
        ended_at=known.ended_at if known else None,
        pulse=pulse,
    )


def _named(cadence: Cadence) -> str:
    return cadences.preset_of(cadence) or cadences.stored(cadence)


async def _with_clock(core: Core, connection: Connection, flow: Flow) -> Schedule:
    async with core.database.tenant(connection.tenant) as tx:
        known = await schedules.of_connection(tx, tenant=connection.tenant, connection=connection.id)
    row = known.get(flow.value)
    if row is None or row.due_at is None:
        raise Refused("flow.no_clock", f"The {flow.value} of this connection have no turns of their own.")
    return row


async def _learn_zone(core: Core, connection: Connection) -> None:
    """Local time is the shop's: it is asked for when the first expression is chosen, and twice a day from then on."""
    health = await (await core.open_sides(connection)).store.check()
    if health.zone is not None:
        async with core.database.tenant(connection.tenant) as tx:
            await shops.set_zone(tx, tenant=connection.tenant, shop=connection.shop, zone=health.zone)


async def _give(tx: Tx, connection: Connection, flow: Flow, owner: str, by: str) -> None:
    old = owner_of(connection.owners, flow.value)
    await connections.set_owner(
        tx, tenant=connection.tenant, connection=connection.id, kind=flow.value, owner=owner
    )
    await _note(tx, connection, by, "flow.owner", flow, old, owner)


async def _switch(tx: Tx, connection: Connection, flow: Flow, *, on: bool, by: str) -> None:
    old = connections.switched_on(connection.flows, flow.value)
    await connections.switch(tx, tenant=connection.tenant, connection=connection.id, kind=flow.value, on=on)
    await _note(tx, connection, by, "flow.switch", flow, _on(old), _on(on))


async def _pace(
    core: Core, tx: Tx, connection: Connection, flow: Flow, chosen: Cadence | None, by: str
) -> None:
    known = await schedules.of_connection(tx, tenant=connection.tenant, connection=connection.id)
    await schedules.set_cadence(
        tx, tenant=connection.tenant, connection=connection.id, flow=flow.value, cadence=chosen,
        usual=usual(core, flow),
    )  # fmt: skip
    before = known[flow.value].cadence
    old, new = (_named(each) if each else AS_USUAL for each in (before, chosen))
    await _note(tx, connection, by, "flow.cadence", flow, old, new)


async def _note(tx: Tx, connection: Connection, by: str, action: str, flow: Flow, old: str, new: str) -> None:
    await audited(
        tx,
        tenant=connection.tenant,
        actor=by,
        action=action,
        subject=str(connection.id),
        facts={"flow": flow.value, "old": old, "new": new},
    )


def _on(on: bool) -> str:
    return "on" if on else "off"


async def _look_again(tx: Tx, connection: Connection) -> None:
    """What was refused for its owner is decided anew: of more than one transaction bears, a worker carries on the rest."""
    await answering.leave(tx, connection, _GIVEN)
