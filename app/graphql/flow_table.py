"""The flows of a connection as a table: owner, direction, cadence, on or off, stopped or not; and changing each of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from enum import Enum
from typing import TypeAlias

import strawberry

from app.domain.access import Permission
from app.errors import Refused, StockbridgeError
from app.graphql.answers import UserError, user_errors
from app.graphql.caller import Scope
from app.graphql.connections import Owner
from app.graphql.context import Info, Needs
from app.graphql.hosts import FlowKind
from app.models.connections import Connection as Joined
from app.operations import flows
from app.operations.flows import FlowRow, FlowWish
from app.ports import Flow

_Act: TypeAlias = Callable[[Joined], Awaitable[None]]


@strawberry.enum(description="Which way a kind of data goes.")
class FlowDirection(Enum):
    STORE_TO_HOST = strawberry.enum_value("store_to_host", description="From the shop to the ERP.")
    HOST_TO_STORE = strawberry.enum_value("host_to_store", description="From the ERP to the shop.")
    BOTH = strawberry.enum_value("both", description="Both ways.")


@strawberry.type(description="One flow of a connection, as it is set.")
class FlowSetting:
    flow: FlowKind = strawberry.field(description="The kind of data.")
    owner: Owner = strawberry.field(description="Whose copy is the truth: nothing writes against it.")
    direction: FlowDirection = strawberry.field(description="Which way it goes, by its owner.")
    on: bool = strawberry.field(
        description="Whether it is carried at all; of products, what a filter chooses of them."
    )
    cadence: str | None = strawberry.field(
        description="How often it runs: a preset's name, `@every SECONDS` or a cron expression; null: it has no turns."
    )
    cadence_chosen: bool = strawberry.field(description="Whether somebody chose that; else it is as usual.")
    zone: str | None = strawberry.field(
        description="The shop's time zone, in which expressions are meant; null: not asked for yet."
    )
    next_at: datetime | None = strawberry.field(description="When it runs next.")
    running: bool = strawberry.field(description="Whether a turn is under way.")
    began_at: datetime | None = strawberry.field(description="When its last turn began.")
    ended_at: datetime | None = strawberry.field(description="When its last turn ended.")
    last_success_at: datetime | None = strawberry.field(
        description="When a record of it last came to rest; of stock and prices, when a turn last came to its end, within a week."
    )
    lag_seconds: float = strawberry.field(
        description="How long what is overdue has been due, in seconds; 0: nothing is overdue."
    )
    stopped_at: datetime | None = strawberry.field(description="Since when it is stopped; null: it is not.")
    stopped_by: str | None = strawberry.field(description="Who stopped it.")

    @classmethod
    def of(cls, row: FlowRow) -> FlowSetting:
        return cls(
            flow=FlowKind(row.flow.value),
            owner=Owner(row.owner),
            direction=FlowDirection(row.direction),
            on=row.on,
            cadence=row.cadence,
            cadence_chosen=row.chosen,
            zone=row.zone,
            next_at=row.next_at,
            running=row.running,
            began_at=row.began_at,
            ended_at=row.ended_at,
            last_success_at=row.pulse.succeeded_at,
            lag_seconds=row.pulse.lag.total_seconds(),
            stopped_at=row.stopped_at,
            stopped_by=row.stopped_by,
        )


@strawberry.input(description="What is to be another way; what is left out stays.")
class FlowChangeInput:
    owner: Owner | None = strawberry.field(default=None, description="Whose copy is the truth from now on.")
    on: bool | None = strawberry.field(default=None, description="Whether it is carried at all.")
    cadence: str | None = strawberry.field(
        default=None,
        description="`every_5_minutes`, `every_15_minutes`, `hourly`, `daily_at_midnight`, `daily_at_9`, `weekdays_at_9`,"
        " `@every SECONDS`, a cron expression of five fields in the shop's time zone, or `usual`.",
    )


@strawberry.type(description="A flow after a change.")
class FlowPayload:
    setting: FlowSetting | None = strawberry.field(
        description="The flow as it is set now; null when nothing was done."
    )
    user_errors: list[UserError] = strawberry.field(description="Why nothing was done; empty when it was.")


@strawberry.type
class FlowTableQuery:
    @strawberry.field(
        description="All seven flows of a connection, as they are set; empty for a connection that is not there.",
        extensions=[Needs(Scope.READ_STATUS)],
    )
    async def flow_table(self, info: Info, connection: strawberry.ID) -> list[FlowSetting]:
        found = await info.context.found(connection)
        rows = await flows.listed(info.context.core, found) if found else []
        return [FlowSetting.of(row) for row in rows]


@strawberry.type
class FlowTableMutation:
    @strawberry.mutation(
        description="Changes who owns a kind of data, whether it is carried, or how often. Noted in `auditLog`.",
        extensions=[Needs(Scope.ADMIN, Permission.MANAGE_FLOWS)],
    )
    async def flow_change(
        self, info: Info, connection: strawberry.ID, flow: FlowKind, input: FlowChangeInput
    ) -> FlowPayload:
        wish = FlowWish(
            owner=str(input.owner.value) if input.owner else None, on=input.on, cadence=input.cadence
        )

        async def change(found: Joined) -> None:
            await flows.change(info.context.core, found, _flow(flow), wish, by=info.context.caller.actor)

        return await _done(info, connection, flow, change)

    @strawberry.mutation(
        description="Stops a flow: nothing of it begins any more. What is due stays due, and nothing is marked failed.",
        extensions=[Needs(Scope.WRITE_RETRY)],
    )
    async def flow_stop(self, info: Info, connection: strawberry.ID, flow: FlowKind) -> FlowPayload:
        async def stop(found: Joined) -> None:
            await flows.stop(info.context.core, found, _flow(flow), by=info.context.caller.actor)

        return await _done(info, connection, flow, stop)

    @strawberry.mutation(
        description="Has a stopped flow go on: what became due meanwhile runs, and a missed turn comes once.",
        extensions=[Needs(Scope.WRITE_RETRY)],
    )
    async def flow_resume(self, info: Info, connection: strawberry.ID, flow: FlowKind) -> FlowPayload:
        async def resume(found: Joined) -> None:
            await flows.resume(info.context.core, found, _flow(flow), by=info.context.caller.actor)

        return await _done(info, connection, flow, resume)


async def _done(info: Info, connection: str, flow: FlowKind, act: _Act) -> FlowPayload:
    context = info.context
    try:
        await act(await context.connection(connection))
    except StockbridgeError as error:
        return FlowPayload(setting=None, user_errors=user_errors(error, _field(error)))
    found = await context.connection(connection)
    rows = {row.flow: row for row in await flows.listed(context.core, found)}
    return FlowPayload(setting=FlowSetting.of(rows[_flow(flow)]), user_errors=[])


def _field(error: StockbridgeError) -> str:
    if error.code.startswith(("cadence.", "owner.", "change.")):
        return "input"
    return "flow" if isinstance(error, Refused) and error.code.startswith("flow.") else "connection"


def _flow(flow: FlowKind) -> Flow:
    return Flow(str(flow.value))
