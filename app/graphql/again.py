"""Having a range of time done again: replaying stored events, dry or live, and sending orders that were placed before."""

from __future__ import annotations

from datetime import date, datetime

import orjson
import strawberry
from strawberry.scalars import JSON

from app.domain.access import Permission
from app.errors import Refused, StockbridgeError
from app.graphql.answers import UserError, user_errors
from app.graphql.caller import Scope
from app.graphql.context import Info, Needs
from app.graphql.ids import Kind, uuid_of
from app.graphql.paging import cursor, number, opened
from app.graphql.run_changes import RunPayload
from app.graphql.runs import Run, run_shown
from app.models.events import Chosen, Spot
from app.operations import back_fill, replays, tasks
from app.ports import Span
from app.sync.rehearsal import Rehearsed


@strawberry.input(description="A range of time, without its end.")
class SpanInput:
    since: datetime = strawberry.field(description="From then on.")
    until: datetime = strawberry.field(description="Until just before then.")


@strawberry.type(description="One field that would be told to the ERP otherwise than it was.")
class FieldDifference:
    path: str = strawberry.field(description="Where in the request.")
    told: str | None = strawberry.field(description="What it was told; null: nothing.")
    now: str | None = strawberry.field(description="What it would be told now; null: nothing.")


@strawberry.type(description="What a replay would do about one record.")
class Rehearsal:
    kind: str = strawberry.field(description="The kind of record, such as `order`.")
    key: str = strawberry.field(description="What its own side knows it by.")
    reference: str | None = strawberry.field(description="The name people know it by.")
    action: str = strawberry.field(
        description="`send`, `nothing`, `hold`, `skip`, `wait`, `gone` when it is not there any more, or `look`."
    )
    mapping_version: int | None = strawberry.field(description="By which mapping version it was decided.")
    step: str | None = strawberry.field(description="The step that would be sent.")
    payload: JSON | None = strawberry.field(description="Exactly what would be sent.")
    differences: list[FieldDifference] | None = strawberry.field(
        description="Its first request against the one that was sent; null when none was, or it is kept no more."
    )
    code: str | None = strawberry.field(description="Why it would not be sent: a stable code.")
    sentence: str | None = strawberry.field(description="Why it would not be sent, in words.")

    @classmethod
    def of(cls, made: Rehearsed) -> Rehearsal:
        differs = made.differs
        return cls(
            kind=made.kind,
            key=made.key,
            reference=made.reference,
            action=made.action,
            mapping_version=made.mapping,
            step=made.step,
            payload=JSON(orjson.loads(orjson.dumps(made.payload))) if made.payload is not None else None,
            differences=None
            if differs is None
            else [FieldDifference(path=each.path, told=each.told, now=each.now) for each in differs],
            code=made.reason.code if made.reason else None,
            sentence=made.reason.sentence if made.reason else None,
        )


@strawberry.type(description="A replay: what it would do, or the run that does it.")
class ReplayPayload:
    count: int | None = strawberry.field(description="How many events; null when nothing was done.")
    rehearsals: list[Rehearsal] = strawberry.field(description="What a dry run found, record by record.")
    end_cursor: str | None = strawberry.field(
        description="The next dry run's `after`; null: there is no more."
    )
    run: Run | None = strawberry.field(description="The run, unless it was dry.")
    user_errors: list[UserError] = strawberry.field(description="Why nothing was done; empty when it was.")


@strawberry.type
class AgainMutation:
    @strawberry.mutation(
        description="Has what stored events name decided anew. Dry (unless told otherwise) it writes nothing and shows what"
        " would be sent; else a worker carries the run on. `mappingVersion`: a number or `current`; without one each record"
        " keeps the version it was sent with.",
        extensions=[Needs(Scope.ADMIN, Permission.MANAGE_FLOWS)],
    )
    async def event_replay(
        self,
        info: Info,
        connection: strawberry.ID,
        span: SpanInput,
        topic: str | None = None,
        event: strawberry.ID | None = None,
        held_only: bool = False,
        mapping_version: str | None = None,
        dry_run: bool = True,
        first: int = 20,
        after: str | None = None,
    ) -> ReplayPayload:
        context, core = info.context, info.context.core
        try:
            found, when = await context.connection(connection), _span(span)
            chosen = Chosen(
                domain=found.domain,
                since=when.since,
                until=when.until,
                topic=topic,
                held=held_only,
                event=_number(event),
            )
            if dry_run:
                made = await replays.dry(
                    core, found, chosen, mapping=mapping_version, after=_place(after), most=first
                )
                return _dry(made)
            run = await replays.start(core, found, chosen, mapping=mapping_version, by=context.caller.actor)
        except StockbridgeError as error:
            return ReplayPayload(
                count=None,
                rehearsals=[],
                end_cursor=None,
                run=None,
                user_errors=user_errors(error, _field(error)),
            )
        await context.audit("event.replay", str(found.id), run=str(run))
        count = await replays.count(core, found, chosen)
        shown = await run_shown(info, run)
        return ReplayPayload(count=count, rehearsals=[], end_cursor=None, run=shown, user_errors=[])

    @strawberry.mutation(
        description="Has the orders of a span sent, newest first, behind everything else: a worker counts them, and where some"
        " are older than the go-live, or `ask` says so, it waits for `backfillApprove`.",
        extensions=[Needs(Scope.ADMIN, Permission.MANAGE_FLOWS)],
    )
    async def backfill_start(
        self, info: Info, connection: strawberry.ID, span: SpanInput, ask: bool = False
    ) -> RunPayload:
        context = info.context
        try:
            found = await context.connection(connection)
            run = await back_fill.start(context.core, found, _span(span), by=context.caller.actor, ask=ask)
        except StockbridgeError as error:
            return RunPayload(run=None, user_errors=user_errors(error, _field(error)))
        await context.audit("backfill.start", str(found.id), run=str(run))
        return RunPayload(run=await run_shown(info, run), user_errors=[])

    @strawberry.mutation(
        description="Takes a back-fill as it was counted, with its orders from before the go-live.",
        extensions=[Needs(Scope.ADMIN, Permission.MANAGE_FLOWS)],
    )
    async def backfill_approve(self, info: Info, run: strawberry.ID) -> RunPayload:
        context, chosen = info.context, uuid_of(Kind.RUN, run)
        try:
            if chosen is None:
                raise Refused("run.unknown", "There is no such run.")
            await tasks.approve(context.core, context.tenant, chosen, by=context.caller.actor)
        except StockbridgeError as error:
            return RunPayload(run=None, user_errors=user_errors(error, "run"))
        await context.audit("backfill.approve", str(chosen))
        return RunPayload(run=await run_shown(info, chosen), user_errors=[])


def _dry(made: replays.Rehearsal) -> ReplayPayload:
    return ReplayPayload(
        count=made.count,
        rehearsals=[Rehearsal.of(each) for each in made.records],
        end_cursor=cursor(made.after[0].isoformat(), str(made.after[1])) if made.after else None,
        run=None,
        user_errors=[],
    )


def _place(after: str | None) -> Spot | None:
    values = opened(after, 2)
    if values is None:
        return None
    try:
        return date.fromisoformat(values[0]), number(values[1:]) or 0
    except ValueError as cause:
        raise Refused("page.cursor", "That is not a cursor of this list.") from cause


def _number(event: str | None) -> int | None:
    if event is None:
        return None
    if not (event.isascii() and event.isdigit() and len(event) < 19):
        raise Refused("event.unknown", "There is no such event.")
    return int(event)


def _field(error: StockbridgeError) -> str:
    if error.code.startswith(("span.", "backfill.")):
        return "span"
    fields = {
        "event.unknown": "event",
        "mapping.unknown": "mappingVersion",
        "page.size": "first",
        "page.cursor": "after",
    }
    return fields.get(error.code, "connection")


def _span(given: SpanInput) -> Span:
    if given.since.tzinfo is None or given.until.tzinfo is None or given.since >= given.until:
        raise Refused("span.empty", "The span must end after it begins, and both must name their time zone.")
    return Span(since=given.since, until=given.until)
