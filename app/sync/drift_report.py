"""A report of what the store shows otherwise than both sides agreed on: all is read, and what differs is read once more."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from app.errors import StockbridgeError
from app.models import reconciliations, stock_settings
from app.models.database import Database
from app.models.reconciliations import FindingRow
from app.ports import Span
from app.sync.turns import of_the_connection

_GRACE = timedelta(seconds=20)


async def patience() -> None:
    """Until the events of what has just happened have come."""
    await asyncio.sleep(_GRACE.total_seconds())


@dataclass(frozen=True, kw_only=True)
class DriftReport:
    """`note` reads everything and counts what differs; `settle` reads a page of that again, of `most` findings."""

    database: Database
    tenant: UUID
    connection: UUID
    kind: str
    note: Callable[[UUID], Awaitable[int]]
    settle: Callable[[UUID, list[FindingRow]], Awaitable[None]]
    most: int
    wait: Callable[[], Awaitable[None]] = patience

    async def made(self, *, by: str) -> UUID:
        async with self.database.tenant(self.tenant) as tx:
            now = await stock_settings.clock(tx)
            span = Span(since=now, until=now)
            report = await reconciliations.start(
                tx, tenant=self.tenant, connection=self.connection, kind=self.kind, span=span, by=by
            )
        try:
            if await self.note(report):
                await self.wait()
                await self._settled(report)
        except StockbridgeError as error:
            await self._end(report, error)
            raise
        await self._end(report)
        return report

    async def _settled(self, report: UUID) -> None:
        """What still differs stays in the report."""
        after = 0
        while True:
            async with self.database.tenant(self.tenant) as tx:
                page = await reconciliations.findings(
                    tx, tenant=self.tenant, report=report, after=after, most=self.most
                )
            if not page:
                return
            await self.settle(report, page)
            after = page[-1].id

    async def _end(self, report: UUID, error: StockbridgeError | None = None) -> None:
        said = {"code": error.code, "sentence": error.sentence} if error else {}
        async with self.database.tenant(self.tenant) as tx:
            if error is not None and of_the_connection(error):
                await reconciliations.forget(tx, tenant=self.tenant, report=report)
                return
            await reconciliations.end(tx, tenant=self.tenant, report=report, raised=0, **said)
