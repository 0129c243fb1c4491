"""Problems that were resolved lately: what they were, and how many records they had."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import strawberry

from app.errors import Refused
from app.graphql.caller import Scope
from app.graphql.codes import Code, code_of
from app.graphql.connections import Connection, chosen, these
from app.graphql.context import Info, Needs
from app.models import resolved

_LONGEST = 30


@strawberry.type(description="A cause that records were held for lately, and are no more.")
class ResolvedProblem:
    code: str = strawberry.field(description="The cause's stable code.")
    sentence: str = strawberry.field(description="What the latest of them said.")
    count: int = strawberry.field(description="How many records are held for it no more.")
    held_at: datetime = strawberry.field(description="When the last of them was held.")
    of: strawberry.Private[tuple[UUID, ...]]

    @strawberry.field(description="The connections they belong to.")
    async def connections(self, info: Info) -> list[Connection]:
        return await these(info, self.of)

    @strawberry.field(description="The code explained; null for a code of an older version.")
    def explanation(self) -> Code | None:
        return code_of(self.code)


@strawberry.type
class ResolvedQuery:
    @strawberry.field(
        description="What records were held for in the last days, up to 30, and are held for no more; the latest first: of one"
        " connection, of one shop's, else of every one.",
        extensions=[Needs(Scope.READ_STATUS)],
    )
    async def resolved_problems(
        self,
        info: Info,
        days: int = 7,
        connection: strawberry.ID | None = None,
        shop: strawberry.ID | None = None,
    ) -> list[ResolvedProblem]:
        if not 0 < days <= _LONGEST:
            raise Refused("page.size", f"Between 1 and {_LONGEST} days can be looked back on.")
        context, ids = info.context, await chosen(info, connection, shop)
        async with context.core.database.tenant(context.tenant) as tx:
            found = await resolved.lately(tx, tenant=context.tenant, days=days, connections=ids)
        return [
            ResolvedProblem(
                code=each.code, sentence=each.sentence, count=each.count, held_at=each.at, of=each.connections
            )
            for each in found
        ]
