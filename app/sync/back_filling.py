"""Back-fill: counts the orders of a range of time, asks where they are older than go-live, and has them sent, newest first."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from app.domain.stock_guard import Concern
from app.models import run_records, runs
from app.models.database import Database, Tx
from app.models.runs import Task
from app.ports import Change, Flow, Hint, Page, Span
from app.sync.feeding import Feeder, TaskLost
from app.sync.sides import Sides

KIND = "order"


@dataclass(frozen=True, kw_only=True)
class BackFilling:
    """Reads the store's list in the lowest lane. Whoever dies leaves a checkpoint: the oldest order that was made due."""

    database: Database

    async def carry(self, task: Task, sides: Sides, feeder: Feeder) -> bool:
        """True when it is over; False when it waits for a person."""
        parts = split(_span(task), sides.connection.go_live_at)
        if "found" not in task.counts:
            await self._count(task, sides, feeder, parts)
        older = bool(feeder.counts["before_go_live"])
        if (older or "ask" in task.request) and not task.approved:
            return await self._ask(task, feeder, older=older)
        for number, (part, older) in enumerate(parts):
            await self._send(task, sides, feeder, number, part, older=older)
        await feeder.rest()
        return True

    async def _count(
        self, task: Task, sides: Sides, feeder: Feeder, parts: Sequence[tuple[Span, bool]]
    ) -> None:
        """A list is read anew after a death: what is only counted loses nothing."""
        counts = {"listed": 0, "linked": 0, "before_go_live": 0}
        for part, older in parts:
            async for page in sides.store.orders.between(part):
                keys = [change.key for change in page.items]
                async with self.database.tenant(task.tenant) as tx:
                    linked = await run_records.linked(tx, task, kind=KIND, keys=keys)
                counts["listed"] += len(keys)
                counts["linked"] += linked
                counts["before_go_live"] += len(keys) - linked if older else 0
                await feeder.count(counts)
        await feeder.count({"found": counts["listed"]})
        await feeder.tell("counted", f"{counts['listed']} orders were placed in this time.")

    async def _ask(self, task: Task, feeder: Feeder, *, older: bool) -> bool:
        concern = Concern.BEFORE_GO_LIVE if older else Concern.ASKED
        async with self.database.tenant(task.tenant) as tx:
            if not await runs.ask(tx, task, concern=concern.value):
                raise TaskLost
        why = "Some are older than the go-live: nothing" if older else "Nothing"
        await feeder.tell("waits", f"{why} is sent before a person approves it.")
        return False

    async def _send(
        self, task: Task, sides: Sides, feeder: Feeder, number: int, part: Span, *, older: bool
    ) -> None:
        place = Checkpoint.of(task.checkpoint)
        if place.part > number:
            return
        if place.part == number and place.oldest is not None:
            part = Span(since=part.since, until=min(part.until, place.oldest + timedelta(seconds=1)))
        make_due = partial(_made_due, task, sides, older)
        async for page in _pages(sides, part):
            hints = [Hint(flow=Flow.ORDERS, key=each.key, version=each.version) for each in page.items]
            at = Checkpoint(part=number, oldest=_instant(page.cursor))
            await feeder.feed(hints, make_due, checkpoint=str(at))


@dataclass(frozen=True, kw_only=True)
class Checkpoint:
    """Which part of the range, and the oldest order of it that was made due."""

    part: int = 0
    oldest: datetime | None = None

    @classmethod
    def of(cls, stored: str | None) -> Checkpoint:
        if stored is None:
            return cls()
        part, _, oldest = stored.partition("/")
        return cls(part=int(part), oldest=_instant(oldest))

    def __str__(self) -> str:
        return f"{self.part}/{self.oldest.isoformat() if self.oldest else ''}"


def split(span: Span, go_live_at: datetime | None) -> list[tuple[Span, bool]]:
    """The newest first; with whether they are older than the go-live, so that a person must have approved them."""
    if go_live_at is None or go_live_at >= span.until:
        return [(span, True)]
    if go_live_at <= span.since:
        return [(span, False)]
    return [
        (Span(since=go_live_at, until=span.until), False),
        (Span(since=span.since, until=go_live_at), True),
    ]


def _instant(cursor: str) -> datetime | None:
    """None where a platform's list does not say when; it is read from its start again then, and nothing comes twice."""
    try:
        at = datetime.fromisoformat(cursor)
    except ValueError:
        return None
    return at if at.tzinfo is not None else None


def _span(task: Task) -> Span:
    since, until = (datetime.fromisoformat(task.request[name]) for name in ("since", "until"))
    return Span(since=since, until=until)


def _pages(sides: Sides, part: Span) -> AsyncIterator[Page[Change]]:
    return sides.store.orders.between(part)


async def _made_due(task: Task, sides: Sides, older: bool, tx: Tx, hints: Sequence[Hint]) -> int:
    return await run_records.back_filled(
        tx, task, shop=sides.connection.shop, kind=KIND, hints=hints, approved=older and task.approved
    )
