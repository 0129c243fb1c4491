"""Records of every kind, searched, filtered and paged; and one with everything that is known about it."""

from __future__ import annotations

from enum import Enum

import strawberry

from app.graphql.caller import Scope
from app.graphql.connections import NONE_KNOWN, Joined, among
from app.graphql.context import Info, Needs
from app.graphql.ids import record_of
from app.graphql.instants import instant
from app.graphql.paging import PageInfo, asked, cursor, cut, opened, place
from app.graphql.record_filters import RecordFilterInput, selection
from app.graphql.records import Record
from app.models import record_search
from app.models.database import Tx
from app.models.order_lists import OrderRow, Place
from app.operations.record_bulk import Selection


@strawberry.enum(description="How records are sorted. What words find is sorted by what they found.")
class RecordSort(Enum):
    NEWEST = strawberry.enum_value("newest", description="The ones we heard of last come first.")
    OLDEST = strawberry.enum_value("oldest", description="The ones we heard of first come first.")


@strawberry.type(description="A record in a list.")
class RecordEdge:
    cursor: str = strawberry.field(description="Where it stands in the list.")
    node: Record = strawberry.field(description="The record.")


@strawberry.type(description="A page of records.")
class RecordConnection:
    edges: list[RecordEdge] = strawberry.field(description="The records with their cursors.")
    nodes: list[Record] = strawberry.field(description="The records.")
    page_info: PageInfo = strawberry.field(description="Whether there are more.")


@strawberry.type
class RecordSearchQuery:
    @strawberry.field(
        description="Records of every kind by page: all of them, or those that fit the filter.",
        extensions=[Needs(Scope.READ_RECORDS)],
    )
    async def record_search(
        self,
        info: Info,
        filter: RecordFilterInput | None = None,
        first: int = 25,
        after: str | None = None,
        sort: RecordSort = RecordSort.NEWEST,
    ) -> RecordConnection:
        context, given = info.context, filter or RecordFilterInput()
        known = await among(info, given.connection, given.shop)
        chosen = await selection(info, given, known)
        spot = place(opened(after, 2), sorted_by_time=chosen.ids is not None or chosen.words is None)
        beyond = Place(value=spot[0], id=spot[1]) if spot else None
        async with context.core.database.tenant(context.tenant) as tx:
            newest = sort is RecordSort.NEWEST
            rows = await _rows(tx, info, chosen, newest_first=newest, after=beyond, most=asked(first) + 1)
        return page_of(rows, first, known)

    @strawberry.field(
        description="One record of any kind; an order may be named by its own id as well.",
        extensions=[Needs(Scope.READ_RECORDS)],
    )
    async def record(self, info: Info, id: strawberry.ID) -> Record | None:
        chosen = record_of(id)
        row = await info.context.loaders.record.load(chosen) if chosen else None
        return Record.of(row) if row else None


async def _rows(
    tx: Tx, info: Info, chosen: Selection, *, newest_first: bool, after: Place | None, most: int
) -> list[OrderRow]:
    tenant = info.context.tenant
    if chosen.ids is not None:
        found = await record_search.some(tx, tenant=tenant, ids=chosen.ids)
        rows = [row for row in found.values() if row.state in chosen.chosen.states]
        return _onward(rows, newest_first=newest_first, after=after)
    if chosen.email is not None:
        return await record_search.of_person(
            tx, tenant=tenant, chosen=chosen.chosen, email_hash=chosen.email, after=after, most=most
        )
    if chosen.words is not None:
        return await record_search.named(
            tx, tenant=tenant, chosen=chosen.chosen, words=chosen.words, after=after, most=most
        )
    return await record_search.page(
        tx, tenant=tenant, chosen=chosen.chosen, newest_first=newest_first, after=after, most=most
    )


def _onward(rows: list[OrderRow], *, newest_first: bool, after: Place | None) -> list[OrderRow]:
    """Those that were named, in their order, behind the place where a page ended."""
    ordered = sorted(rows, key=lambda row: (row.first_seen_at, row.id), reverse=newest_first)
    if after is None:
        return ordered
    spot = instant(after.value), after.id
    return [
        row for row in ordered if ((row.first_seen_at, row.id) < spot) is newest_first and row.id != after.id
    ]


def page_of(rows: list[OrderRow], first: int, known: Joined = NONE_KNOWN) -> RecordConnection:
    shown, more = cut(rows, first)
    edges = [
        RecordEdge(
            cursor=cursor(row.matched or row.first_seen_at.isoformat(), str(row.id)),
            node=Record.of(row, known),
        )
        for row in shown
    ]
    return RecordConnection(
        edges=edges,
        nodes=[edge.node for edge in edges],
        page_info=PageInfo(has_next_page=more, end_cursor=edges[-1].cursor if edges else None),
    )
