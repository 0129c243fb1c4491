"""Records by the keys that other systems know them by: many at once, in the order they were asked for."""

from __future__ import annotations

from datetime import datetime
from enum import Enum

import strawberry

from app.errors import Refused
from app.graphql.caller import Scope
from app.graphql.connections import NONE_KNOWN, Connection, Joined, among, joined_by
from app.graphql.context import Info, Needs
from app.graphql.events import EventConnection, events_of
from app.graphql.ids import Kind, gid
from app.graphql.links import Link, links_of
from app.graphql.orders import Order, Reason, money_of
from app.graphql.overview import Money, OrderState
from app.graphql.paging import MOST
from app.models import record_keys
from app.models.order_lists import OrderRow
from app.models.record_keys import Key

_LONGEST = 300


@strawberry.enum(description="What a record keeps in step.")
class RecordKind(Enum):
    ORDER = strawberry.enum_value("order", description="An order.")
    REFUND = strawberry.enum_value("refund", description="A refund.")
    SHIPMENT = strawberry.enum_value("shipment", description="A shipment of the ERP.")
    PARCEL = strawberry.enum_value("parcel", description="What was sent in the shop.")
    CUSTOMER = strawberry.enum_value("customer", description="A customer.")
    PRODUCT = strawberry.enum_value("product", description="A product.")


@strawberry.enum(description="What a record is found by.")
class RecordKey(Enum):
    STORE_KEY = strawberry.enum_value(
        "STORE_KEY", description="Its key where it comes from: the shop's id of an order."
    )
    NAME = strawberry.enum_value("NAME", description="The name that people know it by, such as #1001.")
    HOST_NUMBER = strawberry.enum_value("HOST_NUMBER", description="The ERP's number of its document.")


@strawberry.enum(description="What a person decided about a record.")
class RecordDecision(Enum):
    SKIP = strawberry.enum_value("skip", description="Nothing is sent for it, until a person retries it.")
    ADOPT = strawberry.enum_value(
        "adopt", description="The document they named is its own; we never write to it."
    )
    UNLINK = strawberry.enum_value("unlink", description="The document it was linked to is not its own.")


@strawberry.type(description="One thing that is kept in step.")
class Record:
    id: strawberry.ID = strawberry.field(description="The record's global id.")
    kind: RecordKind = strawberry.field(description="What it is.")
    store_key: str = strawberry.field(description="Its key where it comes from.")
    name: str | None = strawberry.field(description="The name that people know it by, where it has one.")
    state: OrderState = strawberry.field(description="Where it is on its way.")
    state_since: datetime = strawberry.field(description="Since when.")
    reason: Reason | None = strawberry.field(description="Why it stands there.")
    host_number: str | None = strawberry.field(description="The ERP's number of its document.")
    first_seen_at: datetime = strawberry.field(description="When we first heard of it.")
    next_try_at: datetime | None = strawberry.field(description="When it is looked at next by itself.")
    host_key: str | None = strawberry.field(description="What the side it goes to knows it by, once linked.")
    external_id: str | None = strawberry.field(description="The key that we gave its document there.")
    placed_at: datetime | None = strawberry.field(
        description="When it came to be on its own side; null: not told."
    )
    total: Money | None = strawberry.field(
        description="What it comes to, in the shop's currency; null: not about money."
    )
    attempts: int = strawberry.field(description="How many times in a row it failed.")
    retry_requested: bool = strawberry.field(
        description="A person asked for it to be run again, and it was not yet."
    )
    decided: RecordDecision | None = strawberry.field(description="What a person decided about it.")
    mapping_version: int | None = strawberry.field(
        description="The number of the look-up tables it was sent with."
    )
    noted_at: datetime | None = strawberry.field(
        description="When our note about it was last written to the shop; null: it bears none."
    )
    note_due_at: datetime | None = strawberry.field(
        description="When the note is written anew; null: it says what is so."
    )
    row: strawberry.Private[OrderRow]
    known: strawberry.Private[Joined]

    @strawberry.field(description="The connection it belongs to.")
    def connection(self, info: Info) -> Connection:
        return joined_by(info, self.row.connection, self.known)

    @strawberry.field(description="The same as an order, with its timeline; null for another kind.")
    def order(self) -> Order | None:
        return Order.of(self.row, self.known) if self.kind is RecordKind.ORDER else None

    @strawberry.field(description="Where to look at it elsewhere.")
    def links(self, info: Info) -> list[Link]:
        return links_of(info, self.row, self.known)

    @strawberry.field(description="The order it hangs on; null where it hangs on none.")
    async def parent(self, info: Info) -> Record | None:
        key = self.row.parent_key
        found = await info.context.loaders.parent.load((self.row.connection, key)) if key else None
        return Record.of(found, self.known) if found else None

    @strawberry.field(description="Everything that happened to it, the latest first.")
    async def timeline(self, info: Info, first: int = 50, after: str | None = None) -> EventConnection:
        return await events_of(info, self.row.id, first=first, after=after)

    @classmethod
    def of(cls, row: OrderRow, known: Joined = NONE_KNOWN) -> Record:
        """`known`: what connections its list has read already."""
        return cls(
            id=gid(Kind.RECORD, row.id),
            kind=RecordKind(row.kind),
            store_key=row.source_key,
            name=row.name,
            state=OrderState(row.state),
            state_since=row.state_since,
            reason=Reason.of(row.reason) if row.reason else None,
            host_number=row.sink_number,
            first_seen_at=row.first_seen_at,
            next_try_at=row.next_try_at,
            host_key=row.sink_key,
            external_id=row.external_id,
            placed_at=row.placed_at,
            total=money_of(row),
            attempts=row.attempts,
            retry_requested=row.asked,
            decided=RecordDecision(row.word) if row.word else None,
            mapping_version=row.mapping_version,
            noted_at=row.noted_at,
            note_due_at=row.note_due_at,
            row=row,
            known=known,
        )


@strawberry.type(description="What is known by one key.")
class KeyedRecords:
    key: str = strawberry.field(description="The key as it was asked for.")
    records: list[Record] = strawberry.field(
        description="The oldest first, twenty at most; empty where nothing is known by it."
    )


@strawberry.type
class RecordQuery:
    @strawberry.field(
        description="Records by up to 100 keys at once, in their order: of one connection, else of every one.",
        extensions=[Needs(Scope.READ_RECORDS)],
    )
    async def records(
        self,
        info: Info,
        keys: list[str],
        by: RecordKey = RecordKey.STORE_KEY,
        kind: RecordKind = RecordKind.ORDER,
        connection: strawberry.ID | None = None,
    ) -> list[KeyedRecords]:
        if len(keys) > MOST or any(len(key) > _LONGEST for key in keys):
            raise Refused("page.size", f"Up to {MOST} keys of {_LONGEST} letters can be asked for at once.")
        context = info.context
        known = await among(info, connection)
        async with context.core.database.tenant(context.tenant) as tx:
            found = await record_keys.found(
                tx,
                tenant=context.tenant,
                connections=list(known),
                kind=str(kind.value),
                by=Key[by.name],
                keys=keys,
            )
        return [
            KeyedRecords(key=key, records=[Record.of(row, known) for row in found.get(key, ())])
            for key in keys
        ]
