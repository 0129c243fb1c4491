"""Orders as people see them: searched, paged, and one with everything that is known about it."""

from __future__ import annotations

from datetime import datetime
from enum import Enum

import strawberry

from app.errors import Reason as Held
from app.graphql.caller import Scope
from app.graphql.codes import Code, Verdict, code_of
from app.graphql.connections import NONE_KNOWN, Connection, Joined, NamedValue, among, joined_by
from app.graphql.context import Info, Needs
from app.graphql.events import EventConnection, EventSort, events_of
from app.graphql.ids import Kind, gid, uuid_of
from app.graphql.links import Link, links_of
from app.graphql.overview import Money, OrderState
from app.graphql.paging import PageInfo, asked, cursor, cut, opened, place
from app.models import order_lists
from app.models.order_lists import OrderRow, Place


@strawberry.enum(description="How a list of orders is sorted. A search is sorted by what it found.")
class OrderSort(Enum):
    NEWEST = strawberry.enum_value("newest", description="The ones we heard of last come first.")
    OLDEST = strawberry.enum_value("oldest", description="The ones we heard of first come first.")


@strawberry.type(description="Why an order stands where it stands.")
class Reason:
    code: str = strawberry.field(description="A stable code.")
    sentence: str = strawberry.field(description="What happened, with this order's own particulars.")
    verdict: Verdict = strawberry.field(description="What may safely be done.")
    facts: list[NamedValue] = strawberry.field(description="The particulars, such as a SKU or a difference.")

    @strawberry.field(description="The code explained; null for a code of an older version.")
    def explanation(self) -> Code | None:
        return code_of(self.code)

    @classmethod
    def of(cls, reason: Held) -> Reason:
        return cls(
            code=reason.code,
            sentence=reason.sentence,
            verdict=Verdict(reason.verdict.value),
            facts=[NamedValue(name=name, value=value) for name, value in sorted(reason.facts.items())],
        )


@strawberry.type(description="A refund of an order, on its way from the shop to the ERP.")
class Refund:
    id: strawberry.ID = strawberry.field(description="Its record's global id, as `record` takes it.")
    store_key: str = strawberry.field(description="What the shop knows it by.")
    refunded_at: datetime | None = strawberry.field(
        description="When it was made; null until it was read once."
    )
    total: Money | None = strawberry.field(description="The money that went back, in the shop's currency.")
    state: OrderState = strawberry.field(description="Where it is on its way.")
    reason: Reason | None = strawberry.field(description="Why it stands there.")
    host_number: str | None = strawberry.field(
        description="The ERP's number of its credit; null where the order's document was cancelled instead."
    )
    next_try_at: datetime | None = strawberry.field(description="When it is looked at next by itself.")

    @classmethod
    def of(cls, row: OrderRow) -> Refund:
        return cls(
            id=gid(Kind.RECORD, row.id),
            store_key=row.source_key,
            refunded_at=row.placed_at,
            total=money_of(row),
            state=OrderState(row.state),
            reason=Reason.of(row.reason) if row.reason else None,
            host_number=row.sink_number,
            next_try_at=row.next_try_at,
        )


@strawberry.type(description="Goods of an order that left the ERP, on their way to be shown in the shop.")
class Shipment:
    id: strawberry.ID = strawberry.field(description="Its record's global id, as `record` takes it.")
    host_key: str = strawberry.field(description="What the ERP knows it by.")
    number: str | None = strawberry.field(description="The ERP's number of it; null until it was read once.")
    shipped_at: datetime | None = strawberry.field(description="When it left; null until it was read once.")
    state: OrderState = strawberry.field(description="Where it is on its way.")
    reason: Reason | None = strawberry.field(description="Why it stands there.")
    store_number: str | None = strawberry.field(description="The shop's name of its first fulfillment.")
    next_try_at: datetime | None = strawberry.field(description="When it is looked at next by itself.")

    @classmethod
    def of(cls, row: OrderRow) -> Shipment:
        return cls(
            id=gid(Kind.RECORD, row.id),
            host_key=row.source_key,
            number=row.name,
            shipped_at=row.placed_at,
            state=OrderState(row.state),
            reason=Reason.of(row.reason) if row.reason else None,
            store_number=row.sink_number,
            next_try_at=row.next_try_at,
        )


@strawberry.type(
    description="Goods of an order that were sent in the shop, on their way to be a shipment in the ERP."
)
class Parcel:
    id: strawberry.ID = strawberry.field(description="Its record's global id, as `record` takes it.")
    store_key: str = strawberry.field(description="What the shop knows it by.")
    name: str | None = strawberry.field(description="The shop's name of it; null until it was read once.")
    sent_at: datetime | None = strawberry.field(description="When it was sent; null until it was read once.")
    state: OrderState = strawberry.field(description="Where it is on its way.")
    reason: Reason | None = strawberry.field(description="Why it stands there.")
    host_number: str | None = strawberry.field(description="The ERP's number of its shipment.")
    next_try_at: datetime | None = strawberry.field(description="When it is looked at next by itself.")

    @classmethod
    def of(cls, row: OrderRow) -> Parcel:
        return cls(
            id=gid(Kind.RECORD, row.id),
            store_key=row.source_key,
            name=row.name,
            sent_at=row.placed_at,
            state=OrderState(row.state),
            reason=Reason.of(row.reason) if row.reason else None,
            host_number=row.sink_number,
            next_try_at=row.next_try_at,
        )


def money_of(row: OrderRow) -> Money | None:
    if row.amount is None or row.currency is None:
        return None
    return Money(amount=row.amount, currency=row.currency)


@strawberry.type(description="One order, on its way from the shop to the ERP.")
class Order:
    id: strawberry.ID = strawberry.field(description="The order's global id.")
    store_key: str = strawberry.field(description="What the shop knows it by.")
    name: str | None = strawberry.field(description="Its name, such as #1001; null until it was read once.")
    placed_at: datetime | None = strawberry.field(
        description="When it was placed; null until it was read once."
    )
    first_seen_at: datetime = strawberry.field(description="When we first heard of it.")
    total: Money | None = strawberry.field(description="What it comes to now, in the shop's currency.")
    state: OrderState = strawberry.field(description="Where it is on its way.")
    state_since: datetime = strawberry.field(description="Since when.")
    reason: Reason | None = strawberry.field(description="Why it stands there.")
    host_number: str | None = strawberry.field(description="The ERP's number of its document.")
    attempts: int = strawberry.field(description="How many times in a row it failed.")
    next_try_at: datetime | None = strawberry.field(description="When it is looked at next by itself.")
    retry_requested: bool = strawberry.field(
        description="A person asked for it to be run again, and it was not yet."
    )
    mapping_version: int | None = strawberry.field(
        description="The number of the look-up tables it was sent with."
    )
    row: strawberry.Private[OrderRow]
    known: strawberry.Private[Joined]

    @strawberry.field(description="The connection it belongs to.")
    def connection(self, info: Info) -> Connection:
        return joined_by(info, self.row.connection, self.known)

    @strawberry.field(description="Where to look at it elsewhere.")
    def links(self, info: Info) -> list[Link]:
        return links_of(info, self.row, self.known)

    @strawberry.field(description="Its refunds, the oldest first; a hundred at most.")
    async def refunds(self, info: Info) -> list[Refund]:
        found = await info.context.loaders.refunds.load((self.row.connection, self.row.source_key))
        return [Refund.of(row) for row in found or []]

    @strawberry.field(description="Its shipments, the oldest first; a hundred at most.")
    async def shipments(self, info: Info) -> list[Shipment]:
        found = await info.context.loaders.shipments.load((self.row.connection, self.row.source_key))
        return [Shipment.of(row) for row in found or []]

    @strawberry.field(
        description="What was sent of it in the shop, where the shop owns fulfillments; the oldest first, a hundred at most."
    )
    async def parcels(self, info: Info) -> list[Parcel]:
        found = await info.context.loaders.parcels.load((self.row.connection, self.row.source_key))
        return [Parcel.of(row) for row in found or []]

    @strawberry.field(description="Everything that happened to it.")
    async def timeline(
        self, info: Info, first: int = 50, after: str | None = None, sort: EventSort = EventSort.NEWEST
    ) -> EventConnection:
        return await events_of(info, self.row.id, first=first, after=after, sort=sort)

    @classmethod
    def of(cls, row: OrderRow, known: Joined = NONE_KNOWN) -> Order:
        """`known`: what connections its list has read already."""
        return cls(
            id=gid(Kind.ORDER, row.id),
            store_key=row.source_key,
            name=row.name,
            placed_at=row.placed_at,
            first_seen_at=row.first_seen_at,
            total=money_of(row),
            state=OrderState(row.state),
            state_since=row.state_since,
            reason=Reason.of(row.reason) if row.reason else None,
            host_number=row.sink_number,
            attempts=row.attempts,
            next_try_at=row.next_try_at,
            retry_requested=row.asked,
            mapping_version=row.mapping_version,
            row=row,
            known=known,
        )


@strawberry.type(description="An order in a list.")
class OrderEdge:
    cursor: str = strawberry.field(description="Where it stands in the list.")
    node: Order = strawberry.field(description="The order.")


@strawberry.type(description="A page of orders.")
class OrderConnection:
    edges: list[OrderEdge] = strawberry.field(description="The orders with their cursors.")
    nodes: list[Order] = strawberry.field(description="The orders.")
    page_info: PageInfo = strawberry.field(description="Whether there are more.")


@strawberry.type
class OrderQuery:
    @strawberry.field(
        description="Orders by page. `query` finds those whose name or ERP number begins with it.",
        extensions=[Needs(Scope.READ_RECORDS)],
    )
    async def orders(
        self,
        info: Info,
        first: int = 25,
        after: str | None = None,
        query: str | None = None,
        states: list[OrderState] | None = None,
        connection: strawberry.ID | None = None,
        shop: strawberry.ID | None = None,
        sort: OrderSort = OrderSort.NEWEST,
    ) -> OrderConnection:
        words = (query or "").strip()[:100]
        spot = place(opened(after, 2), sorted_by_time=not words)
        beyond = Place(value=spot[0], id=spot[1]) if spot else None
        wanted = [str(state.value) for state in (states or list(OrderState))]
        known = await among(info, connection, shop)
        context = info.context
        async with context.core.database.tenant(context.tenant) as tx:
            if words:
                rows = await order_lists.search(
                    tx, tenant=context.tenant, connections=list(known), states=wanted, words=words,
                    after=beyond, most=asked(first) + 1,
                )  # fmt: skip
            else:
                rows = await order_lists.page(
                    tx, tenant=context.tenant, connections=list(known), states=wanted,
                    newest_first=sort is OrderSort.NEWEST, after=beyond, most=asked(first) + 1,
                )  # fmt: skip
        return _page(rows, first, known)

    @strawberry.field(description="One order.", extensions=[Needs(Scope.READ_RECORDS)])
    async def order(self, info: Info, id: strawberry.ID) -> Order | None:
        chosen = uuid_of(Kind.ORDER, id)
        row = await info.context.loaders.order.load(chosen) if chosen else None
        return Order.of(row) if row else None


def _page(rows: list[OrderRow], first: int, known: Joined) -> OrderConnection:
    shown, more = cut(rows, first)
    edges = [
        OrderEdge(
            cursor=cursor(row.matched or row.first_seen_at.isoformat(), str(row.id)),
            node=Order.of(row, known),
        )
        for row in shown
    ]
    return OrderConnection(
        edges=edges,
        nodes=[edge.node for edge in edges],
        page_info=PageInfo(has_next_page=more, end_cursor=edges[-1].cursor if edges else None),
    )
