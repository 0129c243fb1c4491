"""What held records lack in the look-up tables: each value once, with how many wait for it and what they come to."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import Enum

import strawberry

from app.errors import StockbridgeError
from app.graphql.answers import UserError, user_errors
from app.graphql.caller import Scope
from app.graphql.codes import Code, code_of
from app.graphql.context import Info, Needs
from app.graphql.overview import Count, Money
from app.graphql.paging import PageInfo, asked, cursor, cut, opened
from app.models import unmapped
from app.models.unmapped import Unmapped
from app.operations import unmapped as operations


@strawberry.type(description="Something that records wait for: one entry of a look-up table.")
class UnmappedValue:
    table: str = strawberry.field(description="The look-up table that lacks it, or says the wrong thing.")
    value: str = strawberry.field(description="What the store says; `*` is the table's default.")
    code: str = strawberry.field(description="The cause's stable code.")
    records: Count = strawberry.field(description="How many records wait for it.")
    since: datetime = strawberry.field(description="Since when the first of them waits.")
    money_waiting: list[Money] = strawberry.field(description="What they come to, by currency.")

    @strawberry.field(description="The code explained; null for a code of an older version.")
    def explanation(self) -> Code | None:
        return code_of(self.code)

    @classmethod
    def of(cls, found: Unmapped) -> UnmappedValue:
        return cls(
            table=found.table,
            value=found.value,
            code=found.code,
            records=Count.of(found.count),
            since=found.since,
            money_waiting=[Money(amount=each.amount, currency=each.currency) for each in found.waiting],
        )


@strawberry.type(description="An unmapped value in a list.")
class UnmappedValueEdge:
    cursor: str = strawberry.field(description="Where it stands in the list.")
    node: UnmappedValue = strawberry.field(description="The value.")


@strawberry.type(description="A page of unmapped values.")
class UnmappedValueConnection:
    edges: list[UnmappedValueEdge] = strawberry.field(description="The values with their cursors.")
    nodes: list[UnmappedValue] = strawberry.field(description="The values.")
    page_info: PageInfo = strawberry.field(description="Whether there are more.")
    user_errors: list[UserError] = strawberry.field(description="Why nothing can be said; else empty.")


@strawberry.enum(description="How a list of unmapped values is sorted.")
class UnmappedValueSort(Enum):
    TABLE = strawberry.enum_value("table", description="By table and value, from A on.")
    TABLE_BACKWARDS = strawberry.enum_value("table_backwards", description="By table and value, from Z on.")


@strawberry.type(description="What became of mapping a value that records wait for.")
class UnmappedValueMapPayload:
    version: int | None = strawberry.field(
        description="The mapping version that is in force now; null when nothing was done."
    )
    records: int | None = strawberry.field(description="How many records are decided anew by it.")
    user_errors: list[UserError] = strawberry.field(description="Why nothing was done; empty when it was.")


@strawberry.type
class UnmappedMutation:
    @strawberry.mutation(
        description="Maps one value in the version in force, and in the draft where there is one, and has everything that waits"
        " for exactly it run again. The same call twice maps it once.",
        extensions=[Needs(Scope.WRITE_MAPPINGS)],
    )
    async def unmapped_value_map(
        self, info: Info, connection: strawberry.ID, table: str, value: str, code: str
    ) -> UnmappedValueMapPayload:
        context = info.context
        try:
            found = await context.connection(connection)
            done = await operations.map_value(
                context.core, found, table=table, value=value, code=code, by=context.caller.actor
            )
        except StockbridgeError as error:
            about = "connection" if error.code.startswith("connection.") else "value"
            return UnmappedValueMapPayload(version=None, records=None, user_errors=user_errors(error, about))
        return UnmappedValueMapPayload(version=done.version, records=done.records, user_errors=[])


@strawberry.type
class UnmappedQuery:
    @strawberry.field(
        description="What held records lack in a connection's look-up tables, by table and value. A page may be shorter than"
        " was asked for where what waited is being looked at again.",
        extensions=[Needs(Scope.READ_RECORDS)],
    )
    async def unmapped_values(
        self,
        info: Info,
        connection: strawberry.ID,
        first: int = 25,
        after: str | None = None,
        sort: UnmappedValueSort = UnmappedValueSort.TABLE,
    ) -> UnmappedValueConnection:
        context, place = info.context, opened(after, 2)
        try:
            found = await context.connection(connection)
        except StockbridgeError as error:
            return _page((), first, user_errors(error, "connection"))
        async with context.core.database.tenant(context.tenant) as tx:
            rows = await unmapped.page(
                tx,
                tenant=found.tenant,
                connection=found.id,
                after=(place[0], place[1]) if place else None,
                most=asked(first) + 1,
                backwards=sort is UnmappedValueSort.TABLE_BACKWARDS,
            )
        return _page(rows, first, [])


def _page(rows: Sequence[Unmapped], first: int, why: list[UserError]) -> UnmappedValueConnection:
    shown, more = cut(rows, first)
    last = cursor(shown[-1].table, shown[-1].key) if shown else None
    edges = [
        UnmappedValueEdge(cursor=cursor(each.table, each.key), node=UnmappedValue.of(each))
        for each in shown
        if each.count
    ]
    return UnmappedValueConnection(
        edges=edges,
        nodes=[edge.node for edge in edges],
        page_info=PageInfo(has_next_page=more, end_cursor=last),
        user_errors=why,
    )
