"""The person behind an order: what they bought and were given back, and what the store and the ERP say of them now."""

from __future__ import annotations

from datetime import datetime

import strawberry

from app.errors import Reason as Told
from app.graphql.caller import Scope
from app.graphql.connections import NONE_KNOWN, Connection, joined_by
from app.graphql.context import Info, Needs
from app.graphql.events import Event
from app.graphql.ids import Kind, gid, record_of
from app.graphql.orders import Reason
from app.graphql.overview import Money
from app.graphql.paging import asked, opened, place
from app.graphql.record_search import RecordConnection, page_of
from app.graphql.records import Record
from app.models import record_persons, record_search
from app.models.order_lists import OrderRow, Place
from app.models.record_search import Chosen
from app.models.records import State
from app.operations import buyers

_MOST = 50


@strawberry.type(description="What a buyer owes in the ERP, and may owe, as it counts it itself.")
class BuyerAccount:
    owed: Money = strawberry.field(description="What they owe.")
    limit: Money | None = strawberry.field(
        description="How much they may owe; null: no limit is set for them."
    )
    untold: str | None = strawberry.field(description="Why the ERP can't say whether a limit is set.")
    as_of: datetime | None = strawberry.field(
        description="When the ERP worked it out; null: when it was asked."
    )


@strawberry.type(description="What both sides say of a buyer at the moment of asking. Nothing of it is kept.")
class BuyerTold:
    name: str | None = strawberry.field(description="What the shop calls them; null: it does not say.")
    company: str | None = strawberry.field(description="The company they buy for.")
    silent: Reason | None = strawberry.field(description="Why the shop names nobody.")
    account: BuyerAccount | None = strawberry.field(
        description="Their account; null: the ERP knows nobody like them, or does not tell."
    )
    untold: Reason | None = strawberry.field(description="Why the ERP tells of no account.")


@strawberry.type(description="Who is behind an order or a customer.")
class Buyer:
    id: strawberry.ID = strawberry.field(description="The record they were asked for by.")
    host_number: str | None = strawberry.field(
        description="The ERP's number of them, where customers are kept in step."
    )
    row: strawberry.Private[OrderRow]
    own: strawberry.Private[OrderRow | None]

    @strawberry.field(description="The connection they are known on.")
    def connection(self, info: Info) -> Connection:
        return joined_by(info, self.row.connection, NONE_KNOWN)

    @strawberry.field(
        description="Their own record; null where customers are not kept in step, or they are a guest."
    )
    def customer(self) -> Record | None:
        return Record.of(self.own) if self.own else None

    @strawberry.field(description="Who they are and what they owe, asked of both sides now.")
    async def told(self, info: Info) -> BuyerTold:
        said = await buyers.asked(info.context.core, info.context.tenant, self.row, self.own)
        known, debtor = said.buyer, said.debtor
        account = BuyerAccount(
            owed=Money(amount=debtor.owed.amount, currency=debtor.owed.currency),
            limit=Money(amount=debtor.limit.amount, currency=debtor.limit.currency) if debtor.limit else None,
            untold=debtor.untold,
            as_of=debtor.as_of,
        ) if debtor else None  # fmt: skip
        return BuyerTold(
            name=known.name if known else None,
            company=known.company if known else None,
            silent=_reason(said.silent),
            account=account,
            untold=_reason(said.untold),
        )

    @strawberry.field(description="Their orders in this shop, by customer or by e-mail; the newest first.")
    async def orders(self, info: Info, first: int = 25, after: str | None = None) -> RecordConnection:
        spot = place(opened(after, 2), sorted_by_time=True)
        key = buyers.store_key(self.row)
        if key is None and self.row.email_hash is None and self.row.kind == "order":
            return page_of([self.row], asked(first))
        chosen = Chosen(
            connections=[self.row.connection], kinds=["order"], states=[state.value for state in State]
        )
        async with info.context.core.database.tenant(info.context.tenant) as tx:
            rows = await record_search.of_person(
                tx,
                tenant=info.context.tenant,
                chosen=chosen,
                email_hash=self.row.email_hash,
                buyers=[key] if key else [],
                after=Place(value=spot[0], id=spot[1]) if spot else None,
                most=asked(first) + 1,
            )
        return page_of(rows, first)

    @strawberry.field(description="Their newest refunds, fifty at most.")
    async def refunds(self, info: Info) -> list[Record]:
        async with info.context.core.database.tenant(info.context.tenant) as tx:
            rows = await record_persons.refunds(
                tx,
                tenant=info.context.tenant,
                shop=self.row.shop,
                buyer=buyers.store_key(self.row),
                email_hash=self.row.email_hash,
                most=_MOST,
            )
        return [Record.of(row) for row in rows]

    @strawberry.field(
        description="When both sides had changed them: which fields, and whose change won; fifty at most."
    )
    async def conflicts(self, info: Info) -> list[Event]:
        if self.own is None:
            return []
        async with info.context.core.database.tenant(info.context.tenant) as tx:
            rows = await record_persons.conflicts(
                tx, tenant=info.context.tenant, record=self.own.id, most=_MOST
            )
        return [Event.of(row) for row in rows]


def _reason(told: Told | None) -> Reason | None:
    return Reason.of(told) if told else None


@strawberry.type
class BuyerQuery:
    @strawberry.field(
        description="Who is behind an order, or behind a customer's record. Null for another kind of record.",
        extensions=[Needs(Scope.READ_RECORDS)],
    )
    async def buyer(self, info: Info, id: strawberry.ID) -> Buyer | None:
        context, chosen = info.context, record_of(id)
        row = await buyers.behind(context.core, context.tenant, chosen) if chosen else None
        if row is None:
            return None
        async with context.core.database.tenant(context.tenant) as tx:
            own = await record_persons.customer(tx, tenant=context.tenant, of=row, key=buyers.store_key(row))
        return Buyer(
            id=gid(Kind.RECORD, row.id), host_number=own.sink_number if own else None, row=row, own=own
        )
