"""Compares both sides' lists of orders over a span and keeps a report: what either side lacks, counts and money by day.

What is safe happens by itself: an order nobody has heard of becomes wanted, one whose document is gone or doubled is looked
at again. Making a document anew that somebody removed takes a person's word (`heal`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from app.errors import StockbridgeError
from app.models import demand, reconciliations, schedules, timeline
from app.models.database import Database, Tx
from app.models.reconciliations import FindingRow
from app.ports import Flow, Hint, Missing, Span
from app.sync.sides import Sides
from app.sync.turns import of_the_connection

_SETTLING = timedelta(minutes=5)
_BEFORE = timedelta(hours=1)
"""The ERP is asked for documents from before the span too: its clock need not be ours."""
_PAGE = 500
_KIND = "order"


@dataclass(frozen=True, kw_only=True)
class Comparing:
    """Reads both lists; sends nothing itself."""

    database: Database
    now: Callable[[], datetime]

    async def orders(self, sides: Sides, *, back: timedelta, by: str) -> UUID | None:
        """A report over the orders placed in the last `back`, but for those that may still be on their way.

        None for an ERP that takes no orders, and when nothing is old enough yet.
        """
        connection, now = sides.connection, self.now()
        span = Span(since=max(now - back, connection.go_live_at or now), until=now - sides.settle - _SETTLING)
        if isinstance(sides.host.orders, Missing) or span.since >= span.until:
            return None
        async with self.database.tenant(connection.tenant) as tx:
            report = await reconciliations.start(
                tx, tenant=connection.tenant, connection=connection.id, kind="orders", span=span, by=by
            )
        try:
            await self._listed(sides, report, span, now)
            raised = await self._compared(sides, report, span)
        except StockbridgeError as error:
            await self._end(sides, report, 0, error)
            raise
        await self._end(sides, report, raised)
        return report

    async def _listed(self, sides: Sides, report: UUID, span: Span, now: datetime) -> None:
        tenant, sink = sides.connection.tenant, sides.host.orders
        async for page in sides.store.orders.between(span):
            async with self.database.tenant(tenant) as tx:
                await reconciliations.in_store(tx, tenant=tenant, report=report, page=page.items)
        if isinstance(sink, Missing):
            return
        async for documents in sink.listed(Span(since=span.since - _BEFORE, until=now)):
            async with self.database.tenant(tenant) as tx:
                await reconciliations.in_host(tx, tenant=tenant, report=report, page=documents.items)

    async def _compared(self, sides: Sides, report: UUID, span: Span) -> int:
        connection = sides.connection
        async with self.database.tenant(connection.tenant) as tx:
            await reconciliations.compare(
                tx,
                tenant=connection.tenant,
                report=report,
                connection=connection.id,
                span=span,
                kind=_KIND,
            )
        after, raised = 0, 0
        while True:
            async with self.database.tenant(connection.tenant) as tx:
                page = await reconciliations.findings(
                    tx, tenant=connection.tenant, report=report, after=after, most=_PAGE
                )
                raised += await self._again(tx, sides, report, page)
            if len(page) < _PAGE:
                return raised
            after = page[-1].id

    async def _again(self, tx: Tx, sides: Sides, report: UUID, page: list[FindingRow]) -> int:
        """What nobody has heard of is wanted; what is odd is looked at again, and says so itself if it is."""
        connection = sides.connection
        unheard = [each for each in page if each.kind == "unheard"]
        odd = [each.record for each in page if each.record is not None]
        await demand.again(tx, tenant=connection.tenant, records=odd)
        raised = await wanted(tx, sides, unheard)
        if unheard:
            await reconciliations.healed(
                tx, tenant=connection.tenant, report=report, ids=[each.id for each in unheard], by="itself"
            )
        for record in odd:
            await timeline.note(
                tx,
                tenant=connection.tenant,
                connection=connection.id,
                record=record,
                kind="reconciled",
                sentence="The ERP's list does not show exactly one document for this order: it is looked at again.",
            )
        return raised + len(odd)

    async def _end(
        self, sides: Sides, report: UUID, raised: int, error: StockbridgeError | None = None
    ) -> None:
        tenant = sides.connection.tenant
        async with self.database.tenant(tenant) as tx:
            if error is not None and of_the_connection(error):
                await reconciliations.forget(tx, tenant=tenant, report=report)
                return
            await reconciliations.end(
                tx,
                tenant=tenant,
                report=report,
                raised=raised,
                code=error.code if error else None,
                sentence=error.sentence if error else None,
            )


async def wanted(tx: Tx, sides: Sides, unheard: list[FindingRow]) -> int:
    """Orders that the store has and we don't know; a version is not needed, as no run has read any."""
    connection = sides.connection
    result = await demand.want(
        tx,
        tenant=connection.tenant,
        connection=connection.id,
        shop=connection.shop,
        kind=_KIND,
        hints=[Hint(flow=Flow.ORDERS, key=each.key) for each in unheard],
        echo_within=timedelta(0),
    )
    return result.raised


async def heal(database: Database, *, tenant: UUID, report: UUID, by: str) -> int:
    """By a person's word exactly the missing documents are made again, and the next turn of what drifted comes at once.

    Answers with how many were asked for.
    """
    asked = 0
    while True:
        async with database.tenant(tenant) as tx:
            page = await reconciliations.unhealed(
                tx, tenant=tenant, report=report, kinds=["missing", "drift"], most=_PAGE
            )
            records = [each.record for each in page if each.kind == "missing" and each.record is not None]
            drifted = [each for each in page if each.kind == "drift"]
            asked += await demand.ask(tx, tenant=tenant, records=records) + len(drifted)
            if drifted and (row := await reconciliations.one(tx, tenant=tenant, report=report)):
                flow = schedules.PRICES if row.kind == "prices" else schedules.INVENTORY
                await schedules.hurry(tx, tenant=tenant, connection=row.connection, flow=flow)
            if page:
                ids = [each.id for each in page]
                await reconciliations.healed(tx, tenant=tenant, report=report, ids=ids, by=by)
        if len(page) < _PAGE:
            return asked
