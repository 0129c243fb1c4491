"""The day at a glance, as the first page draws it."""

from __future__ import annotations

from datetime import datetime

import strawberry

from app.graphql.alerts import AlertKind
from app.graphql.context import Info
from app.graphql.hosts import FlowKind
from app.graphql.ids import Kind, gid
from app.models import today

_FLOWS = frozenset(str(kind.value) for kind in FlowKind)
"""What else has turns of its own, rates and answers, moves nothing between the two sides."""


@strawberry.type(description="One hour of the day.")
class OrderHour:
    at: datetime = strawberry.field(description="When it begins.")
    orders: int = strawberry.field(description="How many orders were heard of in it.")
    settled: int = strawberry.field(description="How many of those the ERP has by now.")


@strawberry.type(description="The last 24 hours over all connections but those for practice.")
class Day:
    hours: list[OrderHour] = strawberry.field(description="Orders by the hour, the oldest first.")
    stock_written: int = strawberry.field(description="How many stock levels were written to the shop.")
    shipments: int = strawberry.field(description="How many shipments both sides have.")


@strawberry.type(description="A flow with a clock.")
class NextTurn:
    connection_id: strawberry.ID = strawberry.field(description="The connection's global id.")
    connection_name: str = strawberry.field(description="What the connection is called.")
    flow: FlowKind = strawberry.field(description="The kind of data.")
    ended_at: datetime | None = strawberry.field(description="When its last turn ended; null: none has.")
    next_at: datetime | None = strawberry.field(description="When the next one comes.")
    running: bool = strawberry.field(description="Whether one is under way.")
    stopped: bool = strawberry.field(description="Whether somebody stopped the flow.")


@strawberry.type(description="Something that stands still, is silent, missing or about to lapse.")
class Alarm:
    kind: AlertKind = strawberry.field(description="What kind of thing.")
    sentence: str = strawberry.field(description="What happened, in words.")
    since: datetime = strawberry.field(description="When it was first seen.")
    connection_id: strawberry.ID | None = strawberry.field(
        description="The connection it is about; null: all of them."
    )


@strawberry.type(
    description="An open location of the shop that a live connection's look-up table does not name."
)
class UnmappedLocation:
    connection_id: strawberry.ID = strawberry.field(description="The connection's global id.")
    name: str = strawberry.field(description="What the shop calls the location.")


@strawberry.type(
    description="A closed location of the shop that a live connection's stock settings still name: nothing is written there."
)
class ClosedLocation:
    connection_id: strawberry.ID = strawberry.field(description="The connection's global id.")
    name: str = strawberry.field(description="What the shop calls the location.")


async def new_locations(info: Info) -> list[UnmappedLocation]:
    context = info.context
    async with context.core.database.tenant(context.tenant) as tx:
        found = await today.new_locations(tx, tenant=context.tenant)
    return [
        UnmappedLocation(connection_id=gid(Kind.CONNECTION, each.connection), name=each.name)
        for each in found
    ]


async def closed_locations(info: Info) -> list[ClosedLocation]:
    context = info.context
    async with context.core.database.tenant(context.tenant) as tx:
        found = await today.closed_locations(tx, tenant=context.tenant)
    return [
        ClosedLocation(connection_id=gid(Kind.CONNECTION, each.connection), name=each.name) for each in found
    ]


async def day(info: Info) -> Day:
    context = info.context
    async with context.core.database.tenant(context.tenant) as tx:
        found = await today.hours(tx, tenant=context.tenant)
        written = await today.stocked(tx, tenant=context.tenant)
        shipped = await today.shipped(tx, tenant=context.tenant)
    hours = [OrderHour(at=each.at, orders=each.orders, settled=each.settled) for each in found]
    return Day(hours=hours, stock_written=written, shipments=shipped)


async def turns(info: Info) -> list[NextTurn]:
    context = info.context
    async with context.core.database.tenant(context.tenant) as tx:
        found = await today.turns(tx, tenant=context.tenant)
    return [
        NextTurn(
            connection_id=gid(Kind.CONNECTION, each.connection),
            connection_name=each.name,
            flow=FlowKind(each.flow),
            ended_at=each.ended_at,
            next_at=each.due_at,
            running=each.running,
            stopped=each.stopped,
        )
        for each in found
        if each.flow in _FLOWS
    ]


async def alarms(info: Info) -> list[Alarm]:
    context = info.context
    async with context.core.database.tenant(context.tenant) as tx:
        found = await today.alarms(tx, tenant=context.tenant)
    return [
        Alarm(
            kind=AlertKind(each.kind),
            sentence=each.sentence,
            since=each.since,
            connection_id=gid(Kind.CONNECTION, each.connection) if each.connection else None,
        )
        for each in found
    ]
