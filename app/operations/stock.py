"""Stock by a person's word: set up, plan, approve, push one SKU, give up, have a flow run now."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from app.domain.stock_plan import RunState, RunView
from app.errors import Refused
from app.logs import get
from app.models import run_lists, stock_runs, timeline
from app.models.connections import Connection
from app.wiring import Core, worker_name

_PATIENCE = timedelta(seconds=25)
"""A person waits so long for a plan; a longer one goes on, and is watched."""


@dataclass(frozen=True, kw_only=True)
class StockDesk:
    """One for each process: what takes longer than a request goes on here. A plan that is lost with it wrote nothing."""

    core: Core
    name: str = field(default_factory=worker_name)
    going: set[asyncio.Task[RunView]] = field(default_factory=set)

    async def set_up(self, connection: Connection, settings: str) -> None:
        """Turns the flow on, or changes it. Raises Refused for settings that can't be meant."""
        try:
            await self.core.stock(self.name).set_up(connection.tenant, connection.id, settings)
        except ValueError as cause:
            raise Refused("stock.settings_malformed", f"The settings can't be meant: {cause}") from cause

    async def plan(self, connection: Connection, *, by: str, sku: str | None = None) -> UUID:
        """A new plan: its run. Whatever it needs of either side it asks now; raises what they say against it."""
        flow = self.core.stock(self.name)
        before = await self._newest(connection)
        planning = self._start(flow.plan_stock(connection.tenant, connection.id, started_by=by, only=sku))
        await asyncio.wait({planning}, timeout=_PATIENCE.total_seconds())
        if planning.done():
            return planning.result().id
        planning.add_done_callback(_left_alone)
        newest = await self._newest(connection)
        if newest is None or newest == before:
            raise Refused("stock.slow", "The shop's items are still being read. Look at the runs in a while.")
        return newest

    async def push(self, connection: Connection, *, by: str, sku: str) -> UUID:
        """One SKU, now: written at once unless its plan needs approval."""
        run = await self.plan(connection, by=by, sku=sku)
        async with self.core.database.tenant(connection.tenant) as tx:
            view = await run_lists.one(tx, tenant=connection.tenant, run=run, flow=stock_runs.FLOW)
        if view is not None and view.state is RunState.RUNNING:
            pushing = self._start(self.core.stock(self.name).push(connection.tenant, run))
            await asyncio.wait({pushing}, timeout=_PATIENCE.total_seconds())
            if pushing.done():
                pushing.result()
            else:
                pushing.add_done_callback(_left_alone)
        return run

    async def approve(self, tenant: UUID, run: UUID, *, by: str) -> None:
        """The plan as it is; a worker's next turn writes it."""
        await self._known(tenant, run)
        view = await self.core.stock(self.name).approve(tenant, run, by=by)
        await self._tell(tenant, view, "stock_approved", "The plan was approved; it is written next.")

    async def stop(self, tenant: UUID, run: UUID) -> None:
        """Gives a plan or a push up; what was sent already is settled."""
        await self._known(tenant, run)
        view = await self.core.stock(self.name).stop(tenant, run)
        await self._tell(tenant, view, "stock_stopped", "The run was stopped by hand.")

    async def _tell(self, tenant: UUID, view: RunView, kind: str, sentence: str) -> None:
        """A line under the run, for whoever watches it."""
        async with self.core.database.tenant(tenant) as tx:
            await timeline.note(
                tx,
                tenant=tenant,
                connection=view.connection,
                record=None,
                run=view.id,
                kind=kind,
                sentence=sentence,
            )

    async def _known(self, tenant: UUID, run: UUID) -> None:
        async with self.core.database.tenant(tenant) as tx:
            if run not in await run_lists.some(tx, tenant=tenant, ids=[run]):
                raise Refused("run.unknown", "There is no such run.")

    async def _newest(self, connection: Connection) -> UUID | None:
        async with self.core.database.tenant(connection.tenant) as tx:
            found = await run_lists.page(
                tx,
                tenant=connection.tenant,
                connections=[connection.id],
                flow=stock_runs.FLOW,
                after=None,
                most=1,
            )
        return found[0].id if found else None

    def _start(self, work: Coroutine[object, object, RunView]) -> asyncio.Task[RunView]:
        task = asyncio.create_task(work)
        self.going.add(task)
        task.add_done_callback(self.going.discard)
        return task


def _left_alone(task: asyncio.Task[RunView]) -> None:
    """Nobody waits for it any more: its failure stands on its run, and in the log."""
    if not task.cancelled() and task.exception() is not None:
        get("stock").warning("stock.asked_failed", exc_info=task.exception())
