"""Connections as people see them: how they are, what they did last, what they do next, which flows are on."""

from __future__ import annotations

from asyncio import gather
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from enum import Enum
from typing import TypeAlias, cast
from uuid import UUID

import strawberry

from app.graphql.caller import Scope
from app.graphql.context import Info, Needs
from app.graphql.hosts import FlowKind, Host, missing
from app.graphql.ids import Kind, gid, uuid_of
from app.graphql.shop import Shop
from app.models import connection_lists
from app.models.connection_lists import ConnectionRow
from app.models.connections import BREAKER_AFTER
from app.operations.declaring import declared_by
from app.operations.flows import carried
from app.ports import Flow, HostSpec
from app.sync.owners import owner_of


@strawberry.enum(description="Where a connection is on its way.")
class ConnectionState(Enum):
    SETUP = strawberry.enum_value("setup", description="Not live yet: nothing is written to either side.")
    LIVE = strawberry.enum_value("live", description="Its flows run.")
    PAUSED = strawberry.enum_value("paused", description="Its flows stand still; nothing is marked failed.")


@strawberry.enum(description="How a connection is, at a glance.")
class ConnectionHealth(Enum):
    SETUP = strawberry.enum_value("setup", description="Not live yet.")
    GOOD = strawberry.enum_value("good", description="It works.")
    TROUBLED = strawberry.enum_value(
        "troubled", description="The ERP failed lately; it is tried again by itself."
    )
    DOWN = strawberry.enum_value(
        "down", description="The ERP does not answer; one order at a time asks whether it does."
    )
    PAUSED = strawberry.enum_value("paused", description="It stands still until what is wrong is mended.")


@strawberry.enum(description="Who owns a kind of data: its copy is the truth and is never written by us.")
class Owner(Enum):
    STORE = strawberry.enum_value("store", description="The shop.")
    HOST = strawberry.enum_value("host", description="The ERP.")
    EITHER = strawberry.enum_value("either", description="Whoever wrote last.")


@strawberry.type(description="A name and its value.")
class NamedValue:
    name: str = strawberry.field(description="The name.")
    value: str = strawberry.field(description="The value.")


@strawberry.type(
    description="The breaker: after failures of the ERP in a row it is asked more and more seldom."
)
class Breaker:
    failures: int = strawberry.field(description="How many times in a row the ERP failed.")
    open: bool = strawberry.field(description="Whether the flows wait for it.")
    until: datetime | None = strawberry.field(description="When it is asked again.")


@strawberry.type(description="Why a connection stands still.")
class Pause:
    code: str = strawberry.field(description="A stable code; `codes` explains it and says what to do.")
    sentence: str = strawberry.field(description="What happened.")


@strawberry.type(description="One flow of a connection.")
class ConnectionFlow:
    flow: FlowKind = strawberry.field(description="The kind of data.")
    on: bool = strawberry.field(
        description="Whether it is carried at all, as the flow table says it; nothing runs before the go-live."
    )
    available: bool = strawberry.field(description="Whether the ERP can take part in it.")
    reason: str | None = strawberry.field(description="Why it can't.")
    owner: Owner = strawberry.field(description="Whose copy is the truth.")
    stopped_at: datetime | None = strawberry.field(
        description="Since when somebody stopped it; null: nobody did."
    )


@strawberry.type(description="One shop joined to one ERP.")
class Connection:
    id: strawberry.ID = strawberry.field(description="The connection's global id.")
    name: str = strawberry.field(description="What people call it.")
    host_key: str = strawberry.field(
        description="The ERP's key; still there when this server no longer knows the ERP."
    )
    state: ConnectionState = strawberry.field(description="Where it is on its way.")
    health: ConnectionHealth = strawberry.field(description="How it is, at a glance.")
    pause: Pause | None = strawberry.field(description="Why it stands still; null unless it is paused.")
    breaker: Breaker = strawberry.field(description="Whether the ERP answers.")
    go_live_at: datetime | None = strawberry.field(
        description="The cut-over: orders placed from then on are sent."
    )
    practice: bool = strawberry.field(
        description="Whether it is there to practise: nothing of it is ever written to the shop."
    )
    no_writes: bool = strawberry.field(
        description="The switch that keeps anything from being written to either side."
    )
    options: list[NamedValue] = strawberry.field(description="The choices that were made, by name.")
    mapping_version: int | None = strawberry.field(description="The number of the look-up tables in force.")
    created_at: datetime = strawberry.field(description="When it was made.")
    shop: Shop = strawberry.field(description="The shop.")
    row: strawberry.Private[ConnectionRow]

    @strawberry.field(description="The ERP; null when this server no longer knows it.")
    async def host(self, info: Info) -> Host | None:
        spec = await self._spec(info)
        return Host.of(spec) if spec else None

    @strawberry.field(description="All flows, on or off.")
    async def flows(self, info: Info) -> list[ConnectionFlow]:
        loaders = info.context.loaders
        turned_on = {
            Flow.INVENTORY: bool(await loaders.stock_on.load(self.row.id)),
            Flow.PRICES: bool(await loaders.prices_on.load(self.row.id)),
        }
        stopped = await loaders.stopped.load(self.row.id) or {}
        spec = await self._spec(info)
        return [_flow(self.row, spec, flow, turned_on, stopped.get(flow.value)) for flow in Flow]

    async def _spec(self, info: Info) -> HostSpec | None:
        """What its ERP declares for this connection."""
        return await declared_by(info.context.core, info.context.caller.tenant, self.row.id, self.row.host)

    @strawberry.field(description="When an order last came to rest in the ERP.")
    async def last_success_at(self, info: Info) -> datetime | None:
        pulse = await info.context.loaders.pulse.load(self.row.id)
        return pulse.settled_at if pulse else None

    @strawberry.field(description="When the shop's list was last compared with what we have.")
    async def last_reconciled_at(self, info: Info) -> datetime | None:
        pulse = await info.context.loaders.pulse.load(self.row.id)
        return pulse.reconciled_at if pulse else None

    @strawberry.field(description="When it will be compared next; null while the connection does not run.")
    async def next_reconciliation_at(self, info: Info) -> datetime | None:
        pulse = await info.context.loaders.pulse.load(self.row.id)
        return pulse.reconcile_due_at if pulse and self.row.state == "live" else None

    @classmethod
    def of(cls, row: ConnectionRow) -> Connection:
        return cls(
            id=gid(Kind.CONNECTION, row.id),
            name=row.name,
            host_key=row.host,
            state=ConnectionState(row.state),
            health=health_of(row),
            pause=Pause(code=row.paused_code, sentence=row.paused_sentence or "")
            if row.paused_code
            else None,
            breaker=_breaker(row),
            go_live_at=row.go_live_at,
            no_writes=row.no_writes,
            practice=row.practice,
            options=[NamedValue(name=name, value=value) for name, value in sorted(row.options.items())],
            mapping_version=row.mapping_version,
            created_at=row.created_at,
            shop=Shop.of(row.shop),
            row=row,
        )


Joined: TypeAlias = Mapping[UUID, Connection]
"""Connections that a list has read already, by id."""
NONE_KNOWN: Joined = {}


def health_of(row: ConnectionRow) -> ConnectionHealth:
    if row.state != "live":
        return ConnectionHealth(row.state)
    if row.breaker_failures >= BREAKER_AFTER:
        return ConnectionHealth.DOWN
    return ConnectionHealth.TROUBLED if row.breaker_failures else ConnectionHealth.GOOD


def _breaker(row: ConnectionRow) -> Breaker:
    waiting = row.breaker_until is not None and row.breaker_until > datetime.now(UTC)
    return Breaker(
        failures=row.breaker_failures,
        open=row.breaker_failures >= BREAKER_AFTER,
        until=row.breaker_until if waiting else None,
    )


def _flow(
    row: ConnectionRow, spec: HostSpec | None, flow: Flow, turned_on: Mapping[Flow, bool], stopped_at: datetime | None
) -> ConnectionFlow:  # fmt: skip
    """`turned_on`: flows that are set up by settings of their own."""
    reason = missing(spec, flow) if spec else "This server no longer knows the ERP."
    return ConnectionFlow(
        flow=FlowKind(flow.value),
        on=carried(spec, row.flows, flow, set_up=turned_on.get(flow, False)),
        available=reason is None,
        reason=reason,
        owner=Owner(owner_of(row.owners, flow.value)),
        stopped_at=stopped_at,
    )


@strawberry.type
class ConnectionQuery:
    @strawberry.field(
        description="Every connection: those of the shop that a person asks from, then those of the organisation's other shops;"
        " the oldest first.",
        extensions=[Needs(Scope.READ_STATUS)],
    )
    async def connections(self, info: Info) -> list[Connection]:
        own = info.context.caller.shop
        rows = await rows_of(info)
        return [Connection.of(row) for row in sorted(rows, key=lambda row: own not in {None, row.shop.id})]

    @strawberry.field(description="One connection.", extensions=[Needs(Scope.READ_STATUS)])
    async def connection(self, info: Info, id: strawberry.ID) -> Connection | None:
        return await shown(info, uuid_of(Kind.CONNECTION, id))


async def rows_of(info: Info) -> list[ConnectionRow]:
    context = info.context
    async with context.core.database.tenant(context.tenant) as tx:
        return await connection_lists.listed(tx, tenant=context.tenant)


async def among(info: Info, connection: str | None, shop: str | None = None) -> Joined:
    """The connection of this global id, the shop's where one is named, else every one of the caller's."""
    return {
        row.id: Connection.of(row)
        for row in await rows_of(info)
        if connection in {None, gid(Kind.CONNECTION, row.id)} and shop in {None, gid(Kind.SHOP, row.shop.id)}
    }


def joined_by(info: Info, id: UUID, known: Joined) -> Connection:
    """A connection that something belongs to. A list knows them already, and what need not be waited for takes a tenth of
    the time of what must be; elsewhere it is loaded, and what is answered here is what graphql-core waits for.
    """
    return known[id] if id in known else cast("Connection", _loaded(info, id))


async def _loaded(info: Info, id: UUID) -> Connection:
    found = await info.context.loaders.connection.load(id)
    assert found is not None
    return Connection.of(found)


async def chosen(info: Info, connection: str | None, shop: str | None) -> list[UUID] | None:
    """As `among`, by their ids alone; None, without having asked, where nobody chose any."""
    alone = connection is not None or shop is not None
    return list(await among(info, connection, shop)) if alone else None


async def these(info: Info, ids: Sequence[UUID]) -> list[Connection]:
    """Loaded with whatever else of them is asked for at the same time."""
    rows = await gather(*map(info.context.loaders.connection.load, ids))
    return [Connection.of(row) for row in rows if row]


async def shown(info: Info, id: UUID | None) -> Connection | None:
    """A connection as it is now."""
    if id is None:
        return None
    row = await info.context.loaders.connection.load(id)
    return Connection.of(row) if row else None
