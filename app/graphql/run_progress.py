"""Watching a run: its state whenever it changes and each line it tells, from a cursor on, so that nobody misses one."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import strawberry

from app.domain.stock_plan import RunView
from app.errors import Refused
from app.graphql.caller import Scope
from app.graphql.connections import NamedValue
from app.graphql.context import Context, Info
from app.graphql.ids import Kind, uuid_of
from app.graphql.pace import Pace
from app.graphql.paging import cursor, opened
from app.graphql.runs import Run
from app.models import run_lists
from app.models.run_lists import RunLine

_START = ("0", 0)


@strawberry.type(description="A line that a run told.")
class RunEvent:
    at: datetime = strawberry.field(description="When.")
    kind: str = strawberry.field(description="What kind of line it is.")
    sentence: str = strawberry.field(description="What happened, in words.")
    code: str | None = strawberry.field(description="The reason's stable code.")
    facts: list[NamedValue] = strawberry.field(description="Its particulars.")

    @classmethod
    def of(cls, line: RunLine) -> RunEvent:
        return cls(
            at=line.at,
            kind=line.kind,
            sentence=line.sentence,
            code=line.code,
            facts=[NamedValue(name=name, value=str(value)) for name, value in sorted(line.facts.items())],
        )


@strawberry.type(description="A run as it is at one moment, and what it told since the one before.")
class RunProgress:
    cursor: str = strawberry.field(description="Where to go on: the next subscription's `after`.")
    run: Run = strawberry.field(description="The run as it is now.")
    events: list[RunEvent] = strawberry.field(description="What it told since, the oldest first.")
    over: bool = strawberry.field(description="Whether it has ended: nothing comes after this.")


@dataclass(frozen=True, kw_only=True)
class _Look:
    view: RunView
    lines: list[RunLine]
    whole: bool


@strawberry.type
class RunSubscription:
    @strawberry.subscription(description="A run's progress, from a cursor on, until it is over.")
    async def run_progress(
        self, info: Info, run: strawberry.ID, after: str | None = None
    ) -> AsyncGenerator[RunProgress, None]:
        context = info.context
        await context.need(Scope.READ_STATUS, info.field_name)
        with context.watching.one(context.caller.actor):
            async for progress in _watched(context, uuid_of(Kind.RUN, run), _place(after)):
                yield progress


async def _watched(
    context: Context, run: UUID | None, place: tuple[str, int]
) -> AsyncGenerator[RunProgress, None]:
    pace, shown = Pace(), None
    while pace.lasts():
        look = await _look(context, run, place)
        if look.lines or look.view != shown:
            place = (look.lines[-1].tx, look.lines[-1].id) if look.lines else place
            over = look.view.ended_at is not None and look.whole
            yield _progress(look, place, over=over)
            shown = look.view
            if over:
                return
        await pace.rest()


async def _look(context: Context, run: UUID | None, place: tuple[str, int]) -> _Look:
    """Raises Refused for a run that is not there, or another tenant's."""
    async with context.core.database.tenant(context.tenant) as tx:
        found = await run_lists.some(tx, tenant=context.tenant, ids=[run] if run else [])
        view = found.get(run) if run else None
        if view is None:
            raise Refused("run.unknown", "There is no such run.")
        over = view.ended_at is not None
        lines = await run_lists.lines(tx, tenant=context.tenant, run=view.id, after=place, over=over)
    return _Look(view=view, lines=lines, whole=len(lines) < 100)


def _progress(look: _Look, place: tuple[str, int], *, over: bool) -> RunProgress:
    return RunProgress(
        cursor=cursor(place[0], str(place[1])),
        run=Run.of(look.view),
        events=[RunEvent.of(line) for line in look.lines],
        over=over,
    )


def _place(after: str | None) -> tuple[str, int]:
    values = opened(after, 2)
    if values is None:
        return _START
    if not all(value.isascii() and value.isdigit() and len(value) < 19 for value in values):
        raise Refused("page.cursor", "That is not a cursor of this stream.")
    return values[0], int(values[1])
