"""Exchange rates that field rules convert by: the list, and entering them one by one or as a file."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

import strawberry

from app.errors import Refused, StockbridgeError
from app.graphql.answers import UserError, user_errors
from app.graphql.caller import Scope
from app.graphql.context import Info, Needs
from app.graphql.paging import PageInfo, asked, cursor, cut, opened
from app.graphql.rate_sources import RateOrigin
from app.graphql.table_files import TableFault
from app.models import rates as rows
from app.models.rates import Entered as EnteredRow
from app.operations import rates


@strawberry.type(description="What one currency is worth in another from a day on.")
class Rate:
    from_currency: str = strawberry.field(description="The currency that is converted.")
    to_currency: str = strawberry.field(description="The currency it becomes.")
    rate: Decimal = strawberry.field(description="So much of it for `per`, exactly as it was said.")
    per: Decimal = strawberry.field(
        description="For so much of the first; other than 1 where the ERP keeps the rate the other way round."
    )
    day: date = strawberry.field(description="From this day on, in UTC.")
    good_for_days: int = strawberry.field(description="For so many days: later orders are held.")
    origin: RateOrigin = strawberry.field(description="Whose word it is.")
    made_by: str = strawberry.field(
        description="Who entered it last; `host:` and the ERP's key where it was read."
    )
    made_at: datetime = strawberry.field(description="When that was.")

    @classmethod
    def of(cls, found: EnteredRow) -> Rate:
        rate = found.rate
        return cls(
            from_currency=rate.source,
            to_currency=rate.target,
            rate=rate.rate,
            per=rate.per,
            day=rate.day,
            good_for_days=rate.good_for,
            origin=RateOrigin(found.origin),
            made_by=found.made_by,
            made_at=found.made_at,
        )


@strawberry.type(description="A page of rates.")
class RateConnection:
    nodes: list[Rate] = strawberry.field(description="The rates, the newest day first.")
    page_info: PageInfo = strawberry.field(description="Whether there are more.")
    user_errors: list[UserError] = strawberry.field(description="Why nothing can be said; else empty.")


@strawberry.input(description="A rate to be entered. One of the same pair and day takes the old one's place.")
class RateInput:
    from_currency: str = strawberry.field(description="The currency that is converted, such as USD.")
    to_currency: str = strawberry.field(description="The currency it becomes, such as EUR.")
    rate: str = strawberry.field(description="So much of it for one: a number with a dot, kept exactly.")
    day: date = strawberry.field(description="From which day on.")
    good_for_days: int = strawberry.field(default=7, description="For how many days at the most, 1 to 366.")


@strawberry.type(description="What became of entering rates.")
class RatesEnterPayload:
    changed: int | None = strawberry.field(
        description="How many are new or another than before; null when nothing was done."
    )
    records: int | None = strawberry.field(
        description="How many records were held for want of a rate and run again."
    )
    faults: list[TableFault] = strawberry.field(
        description="Every line of the file that is wrong; then nothing was entered."
    )
    user_errors: list[UserError] = strawberry.field(description="Why nothing was done; empty when it was.")


@strawberry.type
class RateQuery:
    @strawberry.field(
        description="The exchange rates of a connection, the newest day first.",
        extensions=[Needs(Scope.READ_RECORDS)],
    )
    async def rates(
        self, info: Info, connection: strawberry.ID, first: int = 25, after: str | None = None
    ) -> RateConnection:
        context, place = info.context, _place(opened(after, 3))
        try:
            found = await context.connection(connection)
        except StockbridgeError as error:
            return _page((), first, user_errors(error, "connection"))
        async with context.core.database.tenant(context.tenant) as tx:
            page = await rows.page(
                tx, tenant=found.tenant, connection=found.id, after=place, most=asked(first) + 1
            )
        return _page(page, first, [])


@strawberry.type
class RateMutation:
    @strawberry.mutation(
        description="Enters exchange rates: all of them or none. What was held for want of one runs again.",
        extensions=[Needs(Scope.WRITE_MAPPINGS)],
    )
    async def rates_enter(
        self, info: Info, connection: strawberry.ID, input: list[RateInput]
    ) -> RatesEnterPayload:
        context = info.context
        try:
            found = await context.connection(connection)
            entered = await rates.enter(
                context.core, found, rates.checked([_cells(each) for each in input]), by=context.caller.actor
            )
        except StockbridgeError as error:
            return _entered(None, user_errors(error, _about(error)))
        return _entered(entered, [])

    @strawberry.mutation(
        description="Enters exchange rates from CSV with the columns from, to, rate, date and, where wanted, days. Where any line"
        " is wrong, nothing is entered.",
        extensions=[Needs(Scope.WRITE_MAPPINGS)],
    )
    async def rates_import(self, info: Info, connection: strawberry.ID, csv: str) -> RatesEnterPayload:
        context = info.context
        try:
            found = await context.connection(connection)
            entered = await rates.enter_file(context.core, found, csv, by=context.caller.actor)
        except StockbridgeError as error:
            return _entered(None, user_errors(error, _about(error)))
        return _entered(entered, [])


def _cells(given: RateInput) -> dict[str, str]:
    return {
        "from": given.from_currency.strip(),
        "to": given.to_currency.strip(),
        "rate": given.rate.strip(),
        "date": given.day.isoformat(),
        "days": str(given.good_for_days),
    }


def _entered(done: rates.Entered | None, why: list[UserError]) -> RatesEnterPayload:
    wrong = done is None or bool(done.faults)
    return RatesEnterPayload(
        changed=None if wrong or done is None else done.changed,
        records=None if wrong or done is None else done.records,
        faults=[TableFault(line=each.line, sentence=each.sentence) for each in (done.faults if done else ())],
        user_errors=why,
    )


def _page(page: Sequence[EnteredRow], first: int, why: list[UserError]) -> RateConnection:
    shown, more = cut(page, first)
    last = shown[-1].rate if shown else None
    end = cursor(last.day.isoformat(), last.source, last.target) if last else None
    return RateConnection(
        nodes=[Rate.of(each) for each in shown],
        page_info=PageInfo(has_next_page=more, end_cursor=end),
        user_errors=why,
    )


def _place(values: tuple[str, ...] | None) -> tuple[date, str, str] | None:
    if values is None:
        return None
    try:
        return date.fromisoformat(values[0]), values[1], values[2]
    except ValueError as cause:
        raise Refused("page.cursor", "That is not a cursor of this list.") from cause


def _about(error: StockbridgeError) -> str:
    return "connection" if error.code == "connection.unknown" else "input"
