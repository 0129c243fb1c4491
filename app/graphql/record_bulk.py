"""Many records at once: counted first, with their money and what is safe, then retried or left out."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

import strawberry

from app.errors import StockbridgeError
from app.graphql.answers import UserError, user_errors
from app.graphql.caller import Scope
from app.graphql.codes import Verdict
from app.graphql.context import Info, Needs
from app.graphql.overview import Count, Money
from app.graphql.record_filters import RecordFilterInput, selection
from app.models.record_bulk import Group
from app.operations import record_bulk
from app.operations.record_words import Person


@strawberry.type(description="Records of one verdict among those that are meant.")
class RecordBulkGroup:
    verdict: Verdict = strawberry.field(description="What may safely be done about them.")
    records: Count = strawberry.field(description="How many there are.")
    money: list[Money] = strawberry.field(description="What they come to, by currency.")


@strawberry.type(
    description="What doing something to many records at once would be about. Nothing is done yet."
)
class RecordBulk:
    records: Count = strawberry.field(
        description="How many of those that are meant wait or are held: the others are left alone."
    )
    money: list[Money] = strawberry.field(description="What they come to, by currency.")
    safe: Count = strawberry.field(description="How many of them a retry can do no harm to.")
    groups: list[RecordBulkGroup] = strawberry.field(description="The same by what may safely be done.")


@strawberry.type(description="What became of doing something to many records at once.")
class RecordBulkPayload:
    count: int | None = strawberry.field(description="How many it was done to; null when nothing was done.")
    left: int | None = strawberry.field(description="How many of those that wait were left as they are.")
    user_errors: list[UserError] = strawberry.field(description="Why nothing was done; empty when it was.")


@strawberry.type
class RecordBulkQuery:
    @strawberry.field(
        description="How many records a bulk change would be about, what they come to, and what is safe. What words find is"
        " counted up to 1,000.",
        extensions=[Needs(Scope.READ_RECORDS)],
    )
    async def record_bulk(self, info: Info, filter: RecordFilterInput) -> RecordBulk:
        chosen = await selection(info, filter)
        found = await record_bulk.counted(info.context.core, info.context.tenant, chosen)
        by_verdict = {verdict: [each for each in found if _verdict(each) is verdict] for verdict in Verdict}
        groups = [_group(verdict, some) for verdict, some in by_verdict.items() if some]
        harmless = [each for each in found if _verdict(each) in {Verdict.RETRY_SAFE, Verdict.NEEDS_MAPPING}]
        return RecordBulk(records=_count(found), money=_money(found), safe=_count(harmless), groups=groups)


@strawberry.type
class RecordBulkMutation:
    @strawberry.mutation(
        description="Runs again all records that are meant, wait or are held, and are safe to run again; up to 10,000 at once."
        " `lookFirst`: also those that somebody should look at first, and did.",
        extensions=[Needs(Scope.WRITE_RETRY)],
    )
    async def record_bulk_retry(
        self, info: Info, filter: RecordFilterInput, look_first: bool = False
    ) -> RecordBulkPayload:
        context = info.context
        try:
            chosen = await selection(info, filter)
            done = await record_bulk.retry(context.core, _person(info), chosen, look_first=look_first)
        except StockbridgeError as error:
            return RecordBulkPayload(count=None, left=None, user_errors=user_errors(error, "filter"))
        return RecordBulkPayload(count=done.count, left=done.left, user_errors=[])

    @strawberry.mutation(
        description="Leaves out all records that are meant and wait or are held, but those for which something was sent"
        " already; up to 10,000 at once.",
        extensions=[Needs(Scope.WRITE_RETRY)],
    )
    async def record_bulk_skip(self, info: Info, filter: RecordFilterInput) -> RecordBulkPayload:
        context = info.context
        try:
            chosen = await selection(info, filter)
            done = await record_bulk.skip(context.core, _person(info), chosen)
        except StockbridgeError as error:
            return RecordBulkPayload(count=None, left=None, user_errors=user_errors(error, "filter"))
        return RecordBulkPayload(count=done.count, left=done.left, user_errors=[])


def _person(info: Info) -> Person:
    return Person(tenant=info.context.tenant, actor=info.context.caller.actor)


def _verdict(group: Group) -> Verdict:
    """What has no reason against it only waits for its turn."""
    return Verdict(group.verdict) if group.verdict else Verdict.RETRY_SAFE


def _group(verdict: Verdict, some: list[Group]) -> RecordBulkGroup:
    return RecordBulkGroup(verdict=verdict, records=_count(some), money=_money(some))


def _count(some: Iterable[Group]) -> Count:
    return Count.of(sum(each.count for each in some))


def _money(some: Iterable[Group]) -> list[Money]:
    sums: dict[str, Decimal] = {}
    for each in some:
        if each.currency is not None and each.amount is not None:
            sums[each.currency] = sums.get(each.currency, Decimal(0)) + each.amount
    return [Money(amount=amount, currency=currency) for currency, amount in sorted(sums.items())]
