"""What stock and prices share as flows: a plan is made, a person takes it or need not, it is written, and anyone may look."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import ClassVar
from uuid import UUID

from app.crypto import Vault
from app.domain.stock_plan import RunState, RunView
from app.errors import Refused
from app.models import run_lists, schedules, stock_runs
from app.models.database import Database, Tx
from app.ports import BulkFrom
from app.sync.run_lines import told
from app.sync.sides import Opener

_LATEST = 20


@dataclass(frozen=True, kw_only=True)
class PlannedFlow(ABC):
    """Plain functions over a tenant's connection; ids are the caller's to have checked.

    `word` begins its codes and its lines of the timeline, `flow` names its runs and its schedule.
    """

    database: Database
    vault: Vault
    open: Opener
    worker: str
    turn_lease: timedelta = timedelta(seconds=60)
    counted: Callable[[str, str], None] = lambda flow, outcome: None
    bulk: BulkFrom = field(default_factory=BulkFrom)

    word: ClassVar[str]
    flow: ClassVar[str]

    @abstractmethod
    async def _accepted(self, tx: Tx, tenant: UUID, view: RunView) -> None:
        """A person took a plan over everything: what it read is what the next one is compared with."""

    @abstractmethod
    async def _carry(self, tenant: UUID, view: RunView) -> None:
        """Writes what is left of a plan."""

    async def approve(self, tenant: UUID, run: UUID, *, by: str) -> RunView:
        """A person takes a plan as it is; the next turn pushes it. Refused when it waits no more.

        What waits for a word of its own still does.
        """
        async with self.database.tenant(tenant) as tx:
            view = await run_lists.one(tx, tenant=tenant, run=run, flow=self.flow)
            if view is None or not await stock_runs.approve(tx, tenant=tenant, run=run, by=by):
                raise Refused(
                    f"{self.word}.plan_gone",
                    "This plan waits no more: a newer one exists, or it was taken up.",
                )
            if not view.counts.partial:
                await self._accepted(tx, tenant, view)
            await schedules.hurry(tx, tenant=tenant, connection=view.connection, flow=self.flow)
        return await self._view(tenant, run)

    async def stop(self, tenant: UUID, run: UUID) -> RunView:
        """Gives a plan or a push up; what was sent already is settled by the next turn."""
        async with self.database.tenant(tenant) as tx:
            if await stock_runs.stop(tx, tenant=tenant, run=run):
                await told(tx, tenant=tenant, run=run, word=self.word)
        return await self._view(tenant, run)

    async def push(self, tenant: UUID, run: UUID) -> RunView:
        """Writes what an approved plan says, now, in this process. Refused while it needs a person's word."""
        view = await self._view(tenant, run)
        if view.state is RunState.PLANNED:
            raise Refused(f"{self.word}.not_approved", "This plan needs a person's approval first.")
        if view.state is RunState.RUNNING:
            await self._carry(tenant, view)
        return await self._view(tenant, run)

    async def run_progress(self, tenant: UUID, run: UUID) -> RunView:
        """Where a run stands."""
        return await self._view(tenant, run)

    async def runs(self, tenant: UUID, connection: UUID) -> list[RunView]:
        async with self.database.tenant(tenant) as tx:
            return await run_lists.page(
                tx, tenant=tenant, connections=[connection], flow=self.flow, after=None, most=_LATEST
            )

    async def hint(self, tenant: UUID, connection: UUID) -> None:
        """Something changed in the ERP: the next turn comes at once."""
        async with self.database.tenant(tenant) as tx:
            await schedules.hurry(tx, tenant=tenant, connection=connection, flow=self.flow)

    async def _view(self, tenant: UUID, run: UUID) -> RunView:
        async with self.database.tenant(tenant) as tx:
            found = await run_lists.one(tx, tenant=tenant, run=run, flow=self.flow)
        if found is None:
            raise Refused(f"{self.word}.no_run", "There is no such run.")
        return found
