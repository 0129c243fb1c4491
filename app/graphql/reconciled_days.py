"""Do both sides agree? A range of days in one answer: orders, and what they come to, in the shop and in the ERP."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

import strawberry

from app.errors import Refused, StockbridgeError
from app.graphql.answers import UserError, user_errors
from app.graphql.caller import Scope
from app.graphql.context import Info, Needs
from app.graphql.ids import Kind, gid, uuid_of
from app.graphql.reconciliations import Reconciliation
from app.models import reconciled_days, reconciliations
from app.models.reconciled_days import ReconciledDay as Day

LONGEST = 92
"""Days: what is older than three months is kept no more."""


@strawberry.type(description="A day in one currency, on both sides.")
class ReconciledDay:
    day: date = strawberry.field(description="The day the orders were placed, UTC.")
    currency: str | None = strawberry.field(
        description="The currency; null for a day without orders, and for orders that nobody has read yet."
    )
    compared_at: datetime | None = strawberry.field(
        description="When both lists were last compared over this day; null: by no comparison that is kept."
    )
    reconciliation_id: strawberry.ID | None = strawberry.field(description="Which comparison that was.")
    store_count: int = strawberry.field(description="How many orders the shop has.")
    store_amount: str = strawberry.field(description="What they total, as a decimal.")
    host_count: int = strawberry.field(description="How many of them the ERP has a document for.")
    host_amount: str = strawberry.field(description="What those total, as a decimal.")
    agrees: bool | None = strawberry.field(
        description="Whether both sides have as many and the same money; null: nobody compared it."
    )

    @classmethod
    def of(cls, row: Day) -> ReconciledDay:
        return cls(
            day=row.day,
            currency=row.currency or None,
            compared_at=row.compared_at,
            reconciliation_id=gid(Kind.RECONCILIATION, row.report) if row.report else None,
            store_count=row.store_count,
            store_amount=f"{row.store_amount:f}",
            host_count=row.host_count,
            host_amount=f"{row.host_amount:f}",
            agrees=row.agrees if row.report else None,
        )


@strawberry.type(description="Both sides over a range of days.")
class ReconciledDays:
    days: list[ReconciledDay] = strawberry.field(description="Day by day, the earliest first.")
    user_errors: list[UserError] = strawberry.field(description="Why nothing can be said; else empty.")


@strawberry.type
class ReconciledDayQuery:
    @strawberry.field(
        description="Orders and their totals on both sides, by the day they were placed, from one day to another (both included,"
        " 92 at the most): of each day what was compared last.",
        extensions=[Needs(Scope.READ_RECORDS)],
    )
    async def reconciled_days(
        self, info: Info, connection: strawberry.ID, since: date, until: date
    ) -> ReconciledDays:
        context = info.context
        try:
            found = await context.connection(connection)
            check_span(since, until)
        except StockbridgeError as error:
            field = "connection" if error.code == "connection.unknown" else "until"
            return ReconciledDays(days=[], user_errors=user_errors(error, field))
        async with context.core.database.tenant(context.tenant) as tx:
            rows = await reconciled_days.between(
                tx, tenant=context.tenant, connection=found.id, since=since, until=until
            )
        return ReconciledDays(days=[ReconciledDay.of(row) for row in rows], user_errors=[])

    @strawberry.field(description="One reconciliation.", extensions=[Needs(Scope.READ_STATUS)])
    async def reconciliation(self, info: Info, id: strawberry.ID) -> Reconciliation | None:
        chosen = uuid_of(Kind.RECONCILIATION, id)
        row = await _row(info, chosen) if chosen else None
        return Reconciliation.of(row) if row else None


async def _row(info: Info, report: UUID) -> reconciliations.ReportRow | None:
    async with info.context.core.database.tenant(info.context.tenant) as tx:
        return await reconciliations.one(tx, tenant=info.context.tenant, report=report)


def check_span(since: date, until: date) -> None:
    """Raises Refused for a range that ends before it begins, or is too long."""
    if not 0 <= (until - since).days < LONGEST:
        raise Refused("report.span", f"Choose a range of at most {LONGEST} days that ends after it begins.")
