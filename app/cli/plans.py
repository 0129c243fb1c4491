"""What the words about stock and about prices share: a plan is written after a person's word, and a run told as JSON."""

from __future__ import annotations

from typing import Protocol
from uuid import UUID

import click
import orjson

from app.domain.stock_plan import RunState, RunView


class Plans(Protocol):
    """A flow whose plans wait for a person where they must."""

    async def approve(self, tenant: UUID, run: UUID, *, by: str) -> RunView: ...

    async def push(self, tenant: UUID, run: UUID) -> RunView: ...


async def written(flow: Plans, tenant: UUID, view: RunView, *, what: str, yes: bool) -> RunView | None:
    """The run once it is written; None when nobody agreed. Refused for a plan that was given up, for a newer one say."""
    if view.state is RunState.PLANNED:
        click.echo(told(view, what), err=True)
        if not (yes or click.confirm(f"Write {view.counts.changed} {what}?", err=True)):
            return None
    if view.state not in {RunState.RUNNING, RunState.DONE}:
        await flow.approve(tenant, view.id, by="cli")
    return await flow.push(tenant, view.id)


def told(view: RunView, what: str, *more: str) -> str:
    """A run as one line of JSON: `what` names the things it counts, `more` further counts of its flow."""
    counts = view.counts
    return orjson.dumps(
        {
            "run": str(view.id),
            "state": view.state.value,
            "needs_approval": view.needs_approval,
            "concerns": [each.value for each in view.concerns],
            what: counts.levels,
            "changed": counts.changed,
            "unchanged": counts.unchanged,
            "unknown": counts.unknown,
            **{name: getattr(counts, name) for name in more},
            "calls": view.calls_made or counts.calls,
            "points": view.points_spent or counts.points,
            "seconds": round(view.seconds, 1),
            "done": view.done,
            "held": view.held,
            "code": view.code,
        }
    ).decode()
