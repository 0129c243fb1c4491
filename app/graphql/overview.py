"""The first page: how the connections are, how many orders are in which state, and what waits for a person."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from decimal import Decimal
from enum import Enum
from uuid import UUID

import strawberry

from app.graphql.caller import Scope
from app.graphql.codes import Code, Verdict, code_of
from app.graphql.connections import Connection, chosen, rows_of, these
from app.graphql.context import Info, Needs
from app.graphql.ids import Kind, gid
from app.graphql.runs import Run
from app.graphql.today import (
    Alarm,
    ClosedLocation,
    Day,
    NextTurn,
    UnmappedLocation,
    alarms,
    closed_locations,
    day,
    new_locations,
    turns,
)
from app.models import overview, run_lists, table_feeds
from app.models.overview import COUNTED


@strawberry.enum(description="Where an order is on its way to the ERP.")
class OrderState(Enum):
    WAITING = strawberry.enum_value("waiting", description="It will be looked at by itself.")
    RUNNING = strawberry.enum_value("running", description="It is being worked on.")
    SETTLED = strawberry.enum_value("settled", description="The ERP has it, complete.")
    HELD = strawberry.enum_value("held", description="It waits for a person.")
    SKIPPED = strawberry.enum_value("skipped", description="Nothing is sent for it, and why is said.")
    CANCELLED = strawberry.enum_value("cancelled", description="It was called off before it was sent.")


@strawberry.enum(description="Whether a count is the whole truth.")
class CountPrecision(Enum):
    EXACT = strawberry.enum_value("exact", description="Exactly so many.")
    AT_LEAST = strawberry.enum_value("at_least", description="So many or more: counting stopped there.")


@strawberry.type(description="How many there are.")
class Count:
    count: int = strawberry.field(description="The number.")
    precision: CountPrecision = strawberry.field(description="Whether there may be more.")

    @classmethod
    def of(cls, count: int) -> Count:
        exact = count <= COUNTED
        return cls(
            count=min(count, COUNTED), precision=CountPrecision.EXACT if exact else CountPrecision.AT_LEAST
        )


@strawberry.type(description="An amount of money.")
class Money:
    amount: Decimal = strawberry.field(description="The amount, as a decimal number in a string.")
    currency: str = strawberry.field(description="Its ISO 4217 code.")


@strawberry.type(description="How many orders are in one state.")
class StateCount:
    state: OrderState = strawberry.field(description="The state.")
    orders: Count = strawberry.field(description="How many orders are in it.")


@strawberry.type(description="Held orders with one cause: one fix, and then one retry for all of them.")
class Problem:
    code: str = strawberry.field(description="The cause's stable code.")
    sentence: str = strawberry.field(description="What the latest of them says.")
    verdict: Verdict = strawberry.field(description="What may safely be done.")
    count: int = strawberry.field(description="How many orders wait.")
    since: datetime = strawberry.field(description="Since when the first of them waits.")
    money_waiting: list[Money] = strawberry.field(description="What they come to, by currency.")
    of: strawberry.Private[tuple[UUID, ...]]

    @strawberry.field(description="The code explained; null for a code of an older version.")
    def explanation(self) -> Code | None:
        return code_of(self.code)

    @strawberry.field(description="The connections they belong to.")
    async def connections(self, info: Info) -> list[Connection]:
        return await these(info, self.of)


@strawberry.type(description="A look-up table that another system keeps, whose last delivery was refused.")
class FeedProblem:
    connection_id: strawberry.ID = strawberry.field(description="The connection's global id.")
    table: str = strawberry.field(description="Which table.")
    code: str = strawberry.field(description="Why, as a stable code.")
    sentence: str = strawberry.field(description="Why, for a person.")
    since: datetime = strawberry.field(description="When it came.")

    @strawberry.field(description="The code explained; null for a code of an older version.")
    def explanation(self) -> Code | None:
        return code_of(self.code)


@strawberry.type(description="What an operator wants to know first.")
class Overview:
    @strawberry.field(description="Every connection, the oldest first.")
    async def connections(self, info: Info) -> list[Connection]:
        return [Connection.of(row) for row in await rows_of(info)]

    @strawberry.field(description="How many orders are in each state, over all connections.")
    async def order_counts(self, info: Info) -> list[StateCount]:
        context = info.context
        async with context.core.database.tenant(context.tenant) as tx:
            found = await overview.counts(tx, tenant=context.tenant, kind="order")
        totals: Counter[str] = Counter()
        for (_, state), count in found.items():
            totals[state] += count
        return [StateCount(state=each, orders=Count.of(totals[str(each.value)])) for each in OrderState]

    @strawberry.field(description="The last 24 hours.")
    async def today(self, info: Info) -> Day:
        return await day(info)

    @strawberry.field(description="When each flow with a clock ran last and runs next, by connection.")
    async def turns(self, info: Info) -> list[NextTurn]:
        return await turns(info)

    @strawberry.field(
        description="What alerts tell of and is not over, the oldest first: silence, missing orders, what stands still."
    )
    async def alarms(self, info: Info) -> list[Alarm]:
        return await alarms(info)

    @strawberry.field(
        description="Locations of the shop that nobody has mapped, where locations are named one by one."
    )
    async def new_locations(self, info: Info) -> list[UnmappedLocation]:
        return await new_locations(info)

    @strawberry.field(
        description="Closed locations of the shop that stock is still meant for: their levels are not written."
    )
    async def closed_locations(self, info: Info) -> list[ClosedLocation]:
        return await closed_locations(info)

    @strawberry.field(description="Plans that wait for a person, the newest first.")
    async def plans(self, info: Info) -> list[Run]:
        context = info.context
        async with context.core.database.tenant(context.tenant) as tx:
            ids = await overview.plans(tx, tenant=context.tenant)
            views = await run_lists.some(tx, tenant=context.tenant, ids=ids)
        return [Run.of(views[each]) for each in ids]

    @strawberry.field(
        description="What waits for a person, the largest group first: of one connection, of one shop's, else of every one."
    )
    async def problems(
        self, info: Info, connection: strawberry.ID | None = None, shop: strawberry.ID | None = None
    ) -> list[Problem]:
        context, ids = info.context, await chosen(info, connection, shop)
        async with context.core.database.tenant(context.tenant) as tx:
            found = await overview.problems(tx, tenant=context.tenant, connections=ids)
        return [problem_of(each) for each in found]

    @strawberry.field(
        description="Tables whose last delivery from another system was refused, the newest first."
    )
    async def feed_problems(self, info: Info) -> list[FeedProblem]:
        context = info.context
        async with context.core.database.tenant(context.tenant) as tx:
            found = await table_feeds.refused(tx, tenant=context.tenant)
        return [
            FeedProblem(
                connection_id=gid(Kind.CONNECTION, each.connection),
                table=each.table,
                code=each.code,
                sentence=each.sentence or "",
                since=each.failed_at,
            )
            for each in found
            if each.code is not None and each.failed_at is not None
        ]


def problem_of(found: overview.Problem) -> Problem:
    return Problem(
        code=found.code,
        sentence=found.sentence,
        verdict=Verdict(found.verdict),
        count=found.count,
        since=found.since,
        money_waiting=[Money(amount=each.amount, currency=each.currency) for each in found.waiting],
        of=found.connections,
    )


@strawberry.type
class OverviewQuery:
    @strawberry.field(
        description="What an operator wants to know first.", extensions=[Needs(Scope.READ_STATUS)]
    )
    async def overview(self, info: Info) -> Overview:
        return Overview()
