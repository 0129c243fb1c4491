"""What a planned run says of itself: a line of the timeline under the run, which a subscription resumes by."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from app.domain.stock_plan import RunState, RunView
from app.models import run_lists, timeline
from app.models.database import Tx

_TOLD: Final = {
    RunState.PLANNED: "The plan waits for approval.",
    RunState.RUNNING: "The plan is being written.",
    RunState.DONE: "The run is over.",
    RunState.STOPPED: "The run was stopped by hand.",
}


async def told(tx: Tx, *, tenant: UUID, run: UUID, word: str) -> None:
    """Where the run stands in this transaction. Who changes that calls it before committing: a stream that sees the change
    has the line with it, and a process that dies leaves both or neither.
    """
    view = (await run_lists.some(tx, tenant=tenant, ids=[run])).get(run)
    if view is None:
        return
    await timeline.note(
        tx,
        tenant=tenant,
        connection=view.connection,
        record=None,
        run=run,
        kind=f"{word}_{view.state.value}",
        sentence=_TOLD.get(view.state, "The run ended."),
        facts=_facts(view),
    )


def _facts(view: RunView) -> dict[str, str]:
    found = {
        "changed": str(view.counts.changed),
        "done": str(view.done),
        "held": str(view.held),
        "calls": str(view.calls_made),
    }
    found |= {"asks": str(view.counts.asks)} if view.counts.asks else {}
    return found | ({"concerns": ",".join(view.concerns)} if view.concerns else {})
