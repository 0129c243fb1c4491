"""Exchange rates out of the ERP, by the clock: read, kept with their day, and what waited for one is due again."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial
from itertools import groupby
from uuid import UUID

from app.domain.exchange import Quote
from app.errors import Misconfigured, Retry, StockbridgeError
from app.mapping.rates import WAITING, Rate, meant
from app.models import answers, connections, rate_sources, rates, schedules
from app.models.answers import Answer, Due
from app.models.connections import Connection
from app.models.database import Database
from app.models.rate_sources import RateSource
from app.models.schedules import Turn
from app.ports import Missing
from app.sync.sides import Opener, Sides
from app.sync.turns import take

USUAL = timedelta(days=1)
_SOON = timedelta(minutes=15)
_AGO = timedelta(days=31)
"""So far back rates are read each time, and as far as one is good for: what the ERP puts right is put right here."""
_AHEAD = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class RateTurns:
    """A page is kept in a transaction of its own. A reading that breaks off has lost nothing: the next reads it all again."""

    database: Database
    open: Opener
    poke: Callable[[UUID, UUID], Awaitable[None]]
    now: Callable[[], datetime]
    lease: timedelta

    async def turn(self, tenant: UUID, connection: UUID) -> None:
        """For the one worker that gets it."""
        await take(
            self.database, tenant=tenant, connection=connection, flow=schedules.RATES, usual=USUAL,
            lease=self.lease, work=self._read,
        )  # fmt: skip

    async def _read(self, turn: Turn) -> timedelta | None:
        async with self.database.tenant(turn.tenant) as tx:
            found = await connections.one(tx, tenant=turn.tenant, connection=turn.connection)
            source = await rate_sources.one(tx, tenant=turn.tenant, connection=turn.connection)
        if found is None or source is None:
            return None
        try:
            told, changed = await self._whole(await self.open(found), source)
        except StockbridgeError as error:
            await self._failed(turn, error)
            if isinstance(error, Retry):
                return max(_SOON, error.after or _SOON)
            raise
        async with self.database.tenant(turn.tenant) as tx:
            await rate_sources.read(
                tx, tenant=turn.tenant, connection=turn.connection, told=told, changed=changed
            )
        return None

    async def _whole(self, sides: Sides, source: RateSource) -> tuple[int, int]:
        """Every page: how many rates there were, and how many of them are new or another."""
        read = sides.host.rates
        if isinstance(read, Missing):
            raise Misconfigured("host.no_rates", read.sentence)
        today, told, changed = self.now().astimezone(UTC).date(), 0, 0
        since = today - max(_AGO, timedelta(days=source.good_for))
        cursor: str | None = None
        while True:
            page = await sides.ask(partial(read.page, since, cursor))
            kept = _usable(page.quotes, good_for=source.good_for, until=today + _AHEAD)
            changed += await self._keep(sides.connection, kept)
            told += len(kept)
            if page.next is None:
                return told, changed
            cursor = page.next

    async def _keep(self, connection: Connection, kept: Sequence[Rate]) -> int:
        """With what waited for one, as far as one transaction goes; the rest is on file for the turn of answers."""
        if not kept:
            return 0
        about = {"tenant": connection.tenant, "connection": connection.id}
        answer, again = Answer(codes=frozenset(WAITING)), Due(count=0)
        async with self.database.tenant(connection.tenant) as tx:
            changed = await rates.save(tx, **about, entered=kept, by=f"host:{connection.host}", origin="host")
            if changed:
                again = await answers.due(tx, **about, answer=answer)
            if not again.all:
                await answers.keep(tx, **about, answer=answer)
        if again.count:
            await self.poke(connection.tenant, connection.shop)
        return changed

    async def _failed(self, turn: Turn, error: StockbridgeError) -> None:
        async with self.database.tenant(turn.tenant) as tx:
            await rate_sources.failed(tx, tenant=turn.tenant, connection=turn.connection, reason=error.reason)


def _usable(quotes: Sequence[Quote], *, good_for: int, until: date) -> list[Rate]:
    """What can be meant, each pair once a day: the last of those that a page says of it."""
    made = [
        Rate(
            source=each.source,
            target=each.target,
            rate=each.rate,
            day=each.day,
            good_for=good_for,
            per=each.per,
        )
        for each in quotes
        if each.day <= until
    ]
    ordered = sorted(filter(meant, made), key=_place)
    return [list(same)[-1] for _, same in groupby(ordered, key=_place)]


def _place(rate: Rate) -> tuple[date, str, str]:
    return rate.day, rate.source, rate.target
