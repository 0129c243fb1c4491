"""Reconciliation: what the store lists as changed and no run has read becomes wanted; the ERP's list is compared too."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.models import cursors, demand, timeline
from app.models.database import Database
from app.ports import Change, Flow, Hint, Missing, Span
from app.sync.sides import Sides

_COMPARE_EVERY = timedelta(hours=12)
_COMPARED = timedelta(hours=48)


@dataclass(frozen=True, kw_only=True)
class Reconcile:
    """Reads lists and raises `wanted`; sends nothing itself."""

    database: Database
    now: Callable[[], datetime]

    async def run(self, sides: Sides) -> int:
        """One pass over what changed since the cursor; answers with how many records became wanted."""
        raised = await self._changed(sides)
        connection = sides.connection
        async with self.database.tenant(connection.tenant) as tx:
            turn = await cursors.claim_turn(
                tx, tenant=connection.tenant, connection=connection.id, name="compare", every=_COMPARE_EVERY
            )
        return raised + (await self.compare(sides) if turn else 0)

    async def _changed(self, sides: Sides) -> int:
        connection = sides.connection
        async with self.database.tenant(connection.tenant) as tx:
            cursor = await cursors.read(tx, tenant=connection.tenant, connection=connection.id, name="orders")
        raised = 0
        async for page in sides.store.orders.changes(cursor):
            raised += await self._want(sides, page.items, cursor=page.cursor)
        return raised

    async def back_fill(self, sides: Sides, span: Span) -> int:
        """Every order placed in the span becomes wanted, newest first."""
        raised = 0
        async for page in sides.store.orders.between(span):
            raised += await self._want(sides, page.items, cursor=None)
        return raised

    async def _want(self, sides: Sides, changes: tuple[Change, ...], *, cursor: str | None) -> int:
        connection = sides.connection
        listed = [Hint(flow=Flow.ORDERS, key=c.key, version=c.version) for c in changes]
        async with self.database.tenant(connection.tenant) as tx:
            raised = await demand.want_listed(
                tx,
                tenant=connection.tenant,
                connection=connection.id,
                shop=connection.shop,
                kind="order",
                listed=listed,
            )
            if cursor is not None:
                await cursors.move(
                    tx, tenant=connection.tenant, connection=connection.id, name="orders", value=cursor
                )
        return raised

    async def compare(self, sides: Sides) -> int:
        """Orders linked in the last two days whose document the ERP does not list, or lists twice, run once more."""
        sink = sides.host.orders
        if isinstance(sink, Missing):
            return 0
        connection, until = sides.connection, self.now()
        seen: dict[str, int] = {}
        async for page in sink.listed(Span(since=until - _COMPARED, until=until)):
            for document in page.items:
                if document.external_id is not None and document.state not in {"draft", "cancelled"}:
                    seen[document.external_id] = seen.get(document.external_id, 0) + 1
        async with self.database.tenant(connection.tenant) as tx:
            odd = await demand.odd_in_host(
                tx,
                tenant=connection.tenant,
                connection=connection.id,
                since=until - _COMPARED + timedelta(hours=1),
                until=until - sides.settle - timedelta(minutes=5),
                counts=seen,
            )
            await demand.again(tx, tenant=connection.tenant, records=odd)
            for record in odd:
                await timeline.note(
                    tx,
                    tenant=connection.tenant,
                    connection=connection.id,
                    record=record,
                    kind="reconciled",
                    sentence="The ERP's list does not show exactly one document for this order: it is looked at again.",
                )
        return len(odd)
