"""Problems as they appear, grow and are resolved; the cursor is what its client has been told, so nothing is kept for it."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from enum import Enum

import strawberry

from app.errors import Refused
from app.graphql.caller import Scope
from app.graphql.context import Context, Info
from app.graphql.overview import Problem, problem_of
from app.graphql.pace import Pace
from app.graphql.paging import cursor, opened
from app.models import changes, overview
from app.models.changes import Place

_MOST = 500
"""More causes than there are codes."""


@strawberry.enum(description="What became of a problem.")
class ProblemTurn(Enum):
    NEW = strawberry.enum_value("new", description="It was not there before.")
    CHANGED = strawberry.enum_value("changed", description="More or fewer wait for it.")
    RESOLVED = strawberry.enum_value("resolved", description="Nothing waits for it any more.")


@strawberry.type(description="What became of one problem.")
class ProblemChange:
    turn: ProblemTurn = strawberry.field(description="What became of it.")
    code: str = strawberry.field(description="The cause's stable code.")
    problem: Problem | None = strawberry.field(
        description="The problem as it is now; null when it is resolved."
    )


@strawberry.type(description="What became of problems since the last time.")
class ProblemChanges:
    cursor: str = strawberry.field(description="Where to go on: the next subscription's `after`.")
    changes: list[ProblemChange] = strawberry.field(description="Each problem that is not as it was.")


@strawberry.type
class ProblemSubscription:
    @strawberry.subscription(
        description="New and resolved problems, from a cursor on; without one everything that stands comes first. However"
        " long a client was away, it is told what differs from what it was told last."
    )
    async def problem_changes(
        self, info: Info, after: str | None = None
    ) -> AsyncGenerator[ProblemChanges, None]:
        context, known, told = info.context, _known(after), False
        await context.need(Scope.READ_STATUS, info.field_name)
        with context.watching.one(context.caller.actor):
            pace, at = Pace(), None
            while pace.lasts():
                place = await _moved(context, at)
                if place is not None:
                    at, found = place, await _standing(context)
                    differ = _differing(known, found)
                    known = {code: each.count for code, each in found.items()}
                    if differ or not told:
                        yield ProblemChanges(cursor=_cursor(known), changes=differ)
                        told = True
                await pace.rest()


async def _moved(context: Context, at: Place | None) -> Place | None:
    """Where the records stand; None when none of them changed since `at`, which costs next to nothing to ask."""
    async with context.core.database.tenant(context.tenant) as tx:
        place = await changes.now(tx, tenant=context.tenant)
        if at is not None and not await changes.any_since(tx, tenant=context.tenant, after=at, until=place):
            return None
    return place


async def _standing(context: Context) -> Mapping[str, Problem]:
    async with context.core.database.tenant(context.tenant) as tx:
        found = await overview.problems(tx, tenant=context.tenant, most=_MOST)
    return {each.code: problem_of(each) for each in found}


def _differing(known: Mapping[str, int], found: Mapping[str, Problem]) -> list[ProblemChange]:
    resolved = [
        ProblemChange(turn=ProblemTurn.RESOLVED, code=code, problem=None)
        for code in sorted(known.keys() - found.keys())
    ]
    return resolved + [
        ProblemChange(
            turn=ProblemTurn.CHANGED if code in known else ProblemTurn.NEW, code=code, problem=problem
        )
        for code, problem in found.items()
        if known.get(code) != problem.count
    ]


def _cursor(known: Mapping[str, int]) -> str:
    return cursor(*(f"{code}={count}" for code, count in sorted(known.items())))


def _known(after: str | None) -> dict[str, int]:
    known = {}
    for each in opened(after, None) or ():
        code, _, count = each.partition("=")
        if not (count.isascii() and count.isdigit() and len(count) < 12):
            raise Refused("page.cursor", "That is not a cursor of this stream.")
        known[code] = int(count)
    return known
