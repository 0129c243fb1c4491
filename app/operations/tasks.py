"""Runs that a worker carries on, as people decide about them: approve what was counted, give one up, watch it."""

from __future__ import annotations

from uuid import UUID

from app.domain.stock_plan import RunState, RunView
from app.errors import Refused
from app.models import run_lists, runs, timeline
from app.models.database import Tx
from app.wiring import Core


async def is_task(core: Core, tenant: UUID, run: UUID) -> bool:
    """Whether it is a replay or a back-fill; plans of stock have a door of their own."""
    async with core.database.tenant(tenant) as tx:
        return await runs.kind_of(tx, tenant=tenant, run=run) not in {None, "turn"}


async def approve(core: Core, tenant: UUID, run: UUID, *, by: str) -> None:
    """As it was counted. Raises Refused when it waits no more."""
    async with core.database.tenant(tenant) as tx:
        view = await _known(tx, tenant, run)
        if not await runs.approve(tx, tenant=tenant, run=run, by=by):
            raise Refused("run.waits_not", "This run waits for nobody.")
        await _tell(tx, tenant, view, "approved", "The run was approved; it goes on.")


async def stop(core: Core, tenant: UUID, run: UUID) -> None:
    """What it made due already is run; it makes nothing more due."""
    async with core.database.tenant(tenant) as tx:
        view = await _known(tx, tenant, run)
        if await runs.end(tx, tenant=tenant, run=run, state=RunState.STOPPED):
            await _tell(tx, tenant, view, "stopped", "The run was stopped by hand.")


async def view(core: Core, tenant: UUID, run: UUID) -> RunView:
    async with core.database.tenant(tenant) as tx:
        return await _known(tx, tenant, run)


async def _known(tx: Tx, tenant: UUID, run: UUID) -> RunView:
    found = (await run_lists.some(tx, tenant=tenant, ids=[run])).get(run)
    if found is None:
        raise Refused("run.unknown", "There is no such run.")
    return found


async def _tell(tx: Tx, tenant: UUID, view: RunView, kind: str, sentence: str) -> None:
    await timeline.note(
        tx, tenant=tenant, connection=view.connection, record=None, run=view.id, kind=kind, sentence=sentence
    )
