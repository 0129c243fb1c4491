"""Look-up tables that another system keeps: their addresses, how the last delivery went, and making and taking one away."""

from __future__ import annotations

from datetime import datetime

import strawberry

from app.errors import StockbridgeError
from app.graphql.answers import UserError, user_errors
from app.graphql.caller import Scope
from app.graphql.codes import Code, code_of
from app.graphql.context import Info, Needs
from app.models import table_feeds as rows
from app.models.table_feeds import Feed
from app.operations import table_feeds


@strawberry.type(description="Why a feed's last delivery was refused. It changed nothing.")
class TableFeedProblem:
    at: datetime = strawberry.field(description="When it came.")
    code: str = strawberry.field(description="Why, as a stable code.")
    sentence: str = strawberry.field(description="Why, for a person.")

    @strawberry.field(description="The code explained; null for a code of an older version.")
    def explanation(self) -> Code | None:
        return code_of(self.code)


@strawberry.type(description="A look-up table that another system keeps.")
class TableFeed:
    table: str = strawberry.field(description="Which table.")
    address: str = strawberry.field(description="Where the system posts CSV or JSON, signed with the secret.")
    merge: bool = strawberry.field(
        description="Whether what a delivery does not name stays; else it is the whole table."
    )
    delivered_at: datetime | None = strawberry.field(description="When the last good delivery came.")
    rows: int | None = strawberry.field(description="How many rows it had.")
    version: int | None = strawberry.field(description="The mapping version that was in force after it.")
    problem: TableFeedProblem | None = strawberry.field(
        description="Why the last delivery was refused; null where it was not."
    )

    @classmethod
    def of(cls, feed: Feed, address: str) -> TableFeed:
        problem = (
            TableFeedProblem(at=feed.failed_at, code=feed.code, sentence=feed.sentence or "")
            if feed.failed_at is not None and feed.code is not None
            else None
        )
        return cls(
            table=feed.table,
            address=address,
            merge=feed.merge,
            delivered_at=feed.delivered_at,
            rows=feed.delivered_rows,
            version=feed.version,
            problem=problem,
        )


@strawberry.type(description="A feed after it was made, and its secret.")
class TableFeedSetPayload:
    address: str | None = strawberry.field(description="Its address; null when nothing was done.")
    secret: str | None = strawberry.field(
        description="What its system signs with. Shown once; the one before stops working."
    )
    user_errors: list[UserError] = strawberry.field(description="Why nothing was done; empty when it was.")


@strawberry.type(description="What became of taking a feed away.")
class TableFeedRemovePayload:
    user_errors: list[UserError] = strawberry.field(description="Why nothing was done; empty when it was.")


@strawberry.type
class TableFeedQuery:
    @strawberry.field(
        description="The tables of a connection that another system keeps, by name; null: there is no such connection.",
        extensions=[Needs(Scope.READ_RECORDS)],
    )
    async def table_feeds(self, info: Info, connection: strawberry.ID) -> list[TableFeed] | None:
        context = info.context
        found = await context.found(connection)
        if found is None:
            return None
        async with context.core.database.tenant(context.tenant) as tx:
            feeds = await rows.listed(tx, tenant=found.tenant, connection=found.id)
        return [TableFeed.of(each, table_feeds.address(context.core, each.id)) for each in feeds]


@strawberry.type
class TableFeedMutation:
    @strawberry.mutation(
        description="Makes an address and a secret by which another system keeps a table; where there is one, its address"
        " stays and its secret is new.",
        extensions=[Needs(Scope.WRITE_MAPPINGS)],
    )
    async def table_feed_set(
        self, info: Info, connection: strawberry.ID, table: str, merge: bool = False
    ) -> TableFeedSetPayload:
        context = info.context
        try:
            found = await context.connection(connection)
            feed, secret = await table_feeds.set_up(
                context.core, found, table=table, merge=merge, by=context.caller.actor
            )
        except StockbridgeError as error:
            return TableFeedSetPayload(
                address=None, secret=None, user_errors=user_errors(error, _about(error))
            )
        address = table_feeds.address(context.core, feed)
        return TableFeedSetPayload(address=address, secret=secret, user_errors=[])

    @strawberry.mutation(
        description="Takes a table's address away. What it delivered stays.",
        extensions=[Needs(Scope.WRITE_MAPPINGS)],
    )
    async def table_feed_remove(
        self, info: Info, connection: strawberry.ID, table: str
    ) -> TableFeedRemovePayload:
        context = info.context
        try:
            found = await context.connection(connection)
            await table_feeds.remove(context.core, found, table=table, by=context.caller.actor)
        except StockbridgeError as error:
            return TableFeedRemovePayload(user_errors=user_errors(error, _about(error)))
        return TableFeedRemovePayload(user_errors=[])


def _about(error: StockbridgeError) -> str:
    return "connection" if error.code == "connection.unknown" else "table"
