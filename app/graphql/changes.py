"""What changed since: records in the order of their changes, by page or watched; a cursor of one goes on in the other."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from uuid import UUID

import strawberry

from app.errors import Refused
from app.graphql.caller import Scope
from app.graphql.connections import Joined, among
from app.graphql.context import Context, Info, Needs
from app.graphql.ids import Kind, gid
from app.graphql.pace import Pace
from app.graphql.paging import PageInfo, asked, cursor, number, opened
from app.graphql.records import Record, RecordKind
from app.models import changes
from app.models.changes import Change, Changes, Place


@strawberry.type(description="A record that changed, as it is now.")
class RecordChangeEdge:
    cursor: str = strawberry.field(description="Where its last change stands.")
    node: Record = strawberry.field(description="The record.")

    @classmethod
    def of(cls, change: Change, known: Joined) -> RecordChangeEdge:
        return cls(cursor=_cursor(change.place), node=Record.of(change.row, known))


@strawberry.type(
    description="Records that changed, the one whose last change is the longest ago first. Each stands here once, by its last"
    " change: whoever reads to the end has every record as it is."
)
class RecordChangeConnection:
    edges: list[RecordChangeEdge] = strawberry.field(description="The records with their cursors.")
    nodes: list[Record] = strawberry.field(description="The records.")
    page_info: PageInfo = strawberry.field(
        description="Whether there are more. `endCursor` is never null: it is the next question's `after` also where"
        " nothing changed."
    )
    gone_connection_ids: list[strawberry.ID] = strawberry.field(
        description="Connections whose records were all erased with their shop since: forget what you keep of them. Told"
        " more than once."
    )

    @classmethod
    def of(cls, found: Changes, known: Joined) -> RecordChangeConnection:
        edges = [RecordChangeEdge.of(change, known) for change in found.rows]
        return cls(
            edges=edges,
            nodes=[edge.node for edge in edges],
            page_info=PageInfo(has_next_page=found.more, end_cursor=_cursor(found.end)),
            gone_connection_ids=[gid(Kind.CONNECTION, each) for each in found.gone],
        )


@strawberry.type
class ChangeQuery:
    @strawberry.field(
        description="Records that changed since a cursor, of all kinds unless some are named; without one from the very"
        " beginning. Nothing is left out however late it was committed. A change is shown once everything that began"
        " before it is over, which takes moments.",
        extensions=[Needs(Scope.READ_RECORDS)],
    )
    async def changed_since(
        self,
        info: Info,
        first: int = 50,
        after: str | None = None,
        connection: strawberry.ID | None = None,
        kinds: list[RecordKind] | None = None,
    ) -> RecordChangeConnection:
        known, place = await among(info, connection), _place(after)
        found = await _since(info.context, known, kinds, after=place, first=asked(first))
        return RecordChangeConnection.of(found, known)


@strawberry.type
class ChangeSubscription:
    @strawberry.subscription(
        description="Records as they change, from a cursor of this stream or of `changedSince` on; without one from now on."
        " It begins with a page that may be empty, so that there is a cursor to come back with;"
        " `first` is how many come at once."
    )
    async def record_changes(
        self,
        info: Info,
        first: int = 50,
        after: str | None = None,
        connection: strawberry.ID | None = None,
        kinds: list[RecordKind] | None = None,
    ) -> AsyncGenerator[RecordChangeConnection, None]:
        context, most, place = info.context, asked(first), _place(after)
        await context.need(Scope.READ_RECORDS, info.field_name)
        with context.watching.one(context.caller.actor):
            place, told, pace = place or await _now(context), False, Pace()
            while pace.lasts():
                known = await among(info, connection)
                found = await _since(context, known, kinds, after=place, first=most)
                place = found.end
                if found.rows or found.gone or not told:
                    yield RecordChangeConnection.of(found, known)
                    told = True
                if not found.more:
                    await pace.rest()


async def _since(
    context: Context, known: Joined, kinds: list[RecordKind] | None, *, after: Place | None, first: int
) -> Changes:
    wanted = kinds if kinds is not None else list(RecordKind)
    async with context.core.database.tenant(context.tenant) as tx:
        return await changes.since(
            tx,
            tenant=context.tenant,
            connections=list(known),
            kinds=sorted({str(kind.value) for kind in wanted}),
            after=after,
            first=first,
        )


async def _now(context: Context) -> Place:
    async with context.core.database.tenant(context.tenant) as tx:
        return await changes.now(tx, tenant=context.tenant)


def _cursor(place: Place) -> str:
    return cursor(str(place.life), str(place.tx), str(place.id))


def _place(after: str | None) -> Place | None:
    values = opened(after, 3)
    if values is None:
        return None
    try:
        return Place(life=number(values[:1]) or 0, tx=number(values[1:2]) or 0, id=UUID(values[2]))
    except ValueError as cause:
        raise Refused("page.cursor", "That is not a cursor of this list.") from cause
