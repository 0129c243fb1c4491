"""Reconciliations as people see them: what both sides' lists held by day, what differed, and having it healed."""

from __future__ import annotations

from datetime import date, datetime
from enum import Enum

import strawberry

from app.errors import Refused, StockbridgeError
from app.graphql.answers import UserError, user_errors
from app.graphql.caller import Scope
from app.graphql.connections import Connection, NamedValue, shown
from app.graphql.context import Info, Needs
from app.graphql.ids import Kind, gid, uuid_of
from app.graphql.loaders import Inner
from app.graphql.paging import PageInfo, asked, cursor, cut, moment, number, opened
from app.models import reconciliations
from app.models.reconciliations import FindingRow, ReportRow
from app.sync import comparing

_UNKNOWN = Refused("reconciliation.unknown", "There is no such reconciliation.")


@strawberry.enum(description="What was compared.")
class ReconciliationKind(Enum):
    ORDERS = strawberry.enum_value("orders", description="Orders and the ERP's documents for them.")
    STOCK = strawberry.enum_value("stock", description="The shop's levels and what we knew of them.")
    PRICES = strawberry.enum_value("prices", description="The shop's prices and the ERP's.")


@strawberry.enum(description="How far a reconciliation is.")
class ReconciliationState(Enum):
    RUNNING = strawberry.enum_value("running", description="The lists are being read.")
    DONE = strawberry.enum_value("done", description="It is over.")
    FAILED = strawberry.enum_value("failed", description="It came to nothing; the next one begins anew.")


@strawberry.enum(description="In what way a thing differs.")
class FindingKind(Enum):
    UNHEARD = strawberry.enum_value(
        "unheard", description="The shop has an order nobody had heard of; it was asked for at once."
    )
    MISSING = strawberry.enum_value(
        "missing", description="The ERP does not list the document of a settled order."
    )
    DUPLICATE = strawberry.enum_value(
        "duplicate", description="The ERP lists several documents for an order."
    )
    UNKNOWN = strawberry.enum_value(
        "unknown", description="The ERP has a document with our key for no order of ours."
    )
    DRIFT = strawberry.enum_value("drift", description="A value is another than we knew.")


@strawberry.type(description="One side's day in one currency.")
class ReconciliationDay:
    day: date = strawberry.field(description="The day the orders were placed, UTC.")
    side: str = strawberry.field(description="`store` or `host`.")
    currency: str | None = strawberry.field(
        description="The currency; null for orders that nobody has read yet."
    )
    count: int = strawberry.field(description="How many orders, or documents for them.")
    amount: str = strawberry.field(description="What they total, as a decimal.")


@strawberry.type(description="One thing that differs.")
class ReconciliationFinding:
    id: strawberry.ID = strawberry.field(description="Its global id.")
    kind: FindingKind = strawberry.field(description="In what way.")
    key: str = strawberry.field(description="What the shop knows it by, or the key on the ERP's document.")
    reference: str | None = strawberry.field(description="The order's name, or the SKU.")
    ours: str | None = strawberry.field(description="What it should be.")
    theirs: str | None = strawberry.field(description="What it was.")
    healed_at: datetime | None = strawberry.field(description="When it was asked for.")

    @classmethod
    def of(cls, report: ReportRow, row: FindingRow) -> ReconciliationFinding:
        return cls(
            id=strawberry.ID(f"{gid(Kind.RECONCILIATION, report.id)}/{row.id}"),
            kind=FindingKind(row.kind),
            key=row.key,
            reference=row.reference,
            ours=row.ours,
            theirs=row.theirs,
            healed_at=row.healed_at,
        )


@strawberry.type(description="A page of findings.")
class ReconciliationFindingPage:
    nodes: list[ReconciliationFinding] = strawberry.field(description="The findings.")
    page_info: PageInfo = strawberry.field(description="Where the page stands.")


@strawberry.type(description="One comparison of both sides over a span.")
class Reconciliation:
    id: strawberry.ID = strawberry.field(description="Its global id.")
    kind: ReconciliationKind = strawberry.field(description="What was compared.")
    since: datetime = strawberry.field(description="The span's beginning.")
    until: datetime = strawberry.field(description="Its end.")
    started_by: str = strawberry.field(description="Who had it made.")
    state: ReconciliationState = strawberry.field(description="How far it is.")
    started_at: datetime = strawberry.field(description="When it began.")
    ended_at: datetime | None = strawberry.field(description="When it ended.")
    counts: list[NamedValue] = strawberry.field(
        description="How many things each side listed, and how many findings of each kind there are."
    )
    raised: int = strawberry.field(description="How many records were looked at again because of it.")
    healed_at: datetime | None = strawberry.field(description="When it was healed last.")
    code: str | None = strawberry.field(description="Why it came to nothing.")
    sentence: str | None = strawberry.field(description="The same in words.")
    row: strawberry.Private[ReportRow]

    @strawberry.field(description="The connection whose sides were compared.")
    async def connection(self, info: Info) -> Connection:
        found = await shown(info, self.row.connection)
        assert found is not None
        return found

    @strawberry.field(description="Both sides, day by day.")
    async def days(self, info: Info) -> list[ReconciliationDay]:
        rows = await info.context.loaders.days.load(self.row.id) or []
        return [
            ReconciliationDay(
                day=row.day,
                side=row.side,
                currency=row.currency or None,
                count=row.count,
                amount=str(row.amount),
            )
            for row in rows
        ]

    @strawberry.field(description="What differs.")
    async def findings(
        self, info: Info, first: int = 50, after: str | None = None
    ) -> ReconciliationFindingPage:
        wanted = asked(first)
        page = Inner(of=self.row.id, after=number(opened(after, 1)), most=wanted + 1)
        rows = await info.context.loaders.findings.load(page) or []
        own, more = cut(rows, wanted)
        return ReconciliationFindingPage(
            nodes=[ReconciliationFinding.of(self.row, row) for row in own],
            page_info=PageInfo(has_next_page=more, end_cursor=cursor(str(own[-1].id)) if own else None),
        )

    @classmethod
    def of(cls, row: ReportRow) -> Reconciliation:
        return cls(
            id=gid(Kind.RECONCILIATION, row.id),
            kind=ReconciliationKind(row.kind),
            since=row.since,
            until=row.until,
            started_by=row.started_by,
            state=ReconciliationState(row.state),
            started_at=row.started_at,
            ended_at=row.ended_at,
            counts=[NamedValue(name=name, value=str(count)) for name, count in sorted(row.counts.items())],
            raised=row.raised,
            healed_at=row.healed_at,
            code=row.code,
            sentence=row.sentence,
            row=row,
        )


@strawberry.type(description="A page of reconciliations.")
class ReconciliationPage:
    nodes: list[Reconciliation] = strawberry.field(description="The reconciliations, the newest first.")
    page_info: PageInfo = strawberry.field(description="Where the page stands.")


@strawberry.type(description="What became of healing.")
class ReconciliationHealPayload:
    reconciliation: Reconciliation | None = strawberry.field(
        description="The reconciliation as it is now; null when nothing was done."
    )
    count: int | None = strawberry.field(description="How many records were asked for.")
    user_errors: list[UserError] = strawberry.field(description="Why nothing was done; empty when it was.")


@strawberry.type
class ReconciliationQuery:
    @strawberry.field(
        description="A connection's reconciliations, the newest first.", extensions=[Needs(Scope.READ_STATUS)]
    )
    async def reconciliations(
        self, info: Info, connection: strawberry.ID, first: int = 20, after: str | None = None
    ) -> ReconciliationPage:
        context, wanted = info.context, asked(first)
        place = moment(opened(after, 2))
        found = await context.found(connection)
        if found is None:
            return ReconciliationPage(nodes=[], page_info=PageInfo(has_next_page=False, end_cursor=None))
        async with context.core.database.tenant(context.tenant) as tx:
            rows = await reconciliations.page(
                tx, tenant=context.tenant, connection=found.id, after=place, most=wanted + 1
            )
        own, more = cut(rows, wanted)
        end = cursor(own[-1].started_at.isoformat(), str(own[-1].id)) if own else None
        return ReconciliationPage(
            nodes=[Reconciliation.of(row) for row in own],
            page_info=PageInfo(has_next_page=more, end_cursor=end),
        )


@strawberry.type
class ReconciliationMutation:
    @strawberry.mutation(
        description="Has exactly what a reconciliation found missing made again. Nothing is sent twice: each is looked up first.",
        extensions=[Needs(Scope.WRITE_RETRY)],
    )
    async def reconciliation_heal(self, info: Info, id: strawberry.ID) -> ReconciliationHealPayload:
        context, chosen = info.context, uuid_of(Kind.RECONCILIATION, id)
        try:
            if chosen is None:
                raise _UNKNOWN
            count = await comparing.heal(
                context.core.database, tenant=context.tenant, report=chosen, by=context.caller.actor
            )
            async with context.core.database.tenant(context.tenant) as tx:
                row = await reconciliations.one(tx, tenant=context.tenant, report=chosen)
            if row is None:
                raise _UNKNOWN
        except StockbridgeError as error:
            return ReconciliationHealPayload(
                reconciliation=None, count=None, user_errors=user_errors(error, "id")
            )
        await context.audit("reconciliation.heal", str(chosen), count=str(count))
        return ReconciliationHealPayload(reconciliation=Reconciliation.of(row), count=count, user_errors=[])
