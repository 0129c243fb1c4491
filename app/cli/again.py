"""Words that have work done again: replaying stored events, retrying held orders, back-filling a range; and the runs."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from uuid import UUID

import click
import orjson

from app.cli.connections import joined
from app.domain.stock_plan import RunState, RunView
from app.errors import Refused
from app.models import run_lists
from app.models.connections import Connection
from app.models.events import Chosen, Spot
from app.operations import again, back_fill, replays, tasks
from app.ports import Flow, Span
from app.sync.rehearsal import Rehearsed
from app.wiring import Core, utc_now

_BY = "command line"
_LOOK = 1.0
_SHOP = click.option("--shop", required=True)
_CONNECTION = click.option("--connection", "wanted", help="Its id, when the shop has several.")
_YES = click.option("--yes", is_flag=True, help="Do it without being asked.")
_WAIT = click.option("--wait/--no-wait", default=True, help="Whether to stay until the run is over.")


@click.command()
@_SHOP
@_CONNECTION
@click.option("--since", type=click.DateTime(), required=True, help="UTC: events received from then on.")
@click.option("--until", type=click.DateTime(), help="UTC. Default: now.")
@click.option("--topic", help="Only this topic, such as orders/create.")
@click.option("--event", type=int, help="Only this event.")
@click.option("--held", is_flag=True, help="Only events that were held because they could not be read.")
@click.option("--mapping", help="A mapping version's number, or `current`. Default: each record's own.")
@click.option("--dry", is_flag=True, help="Show what would be sent, as JSON lines; write nothing.")
@_YES
@_WAIT
def replay(
    shop: str, wanted: str | None, since: datetime, until: datetime | None, topic: str | None, event: int | None,
    held: bool, mapping: str | None, dry: bool, yes: bool, wait: bool,
) -> None:  # fmt: skip
    """Has what stored events name decided anew; what the ERP has stays one document."""

    async def act(core: Core, connection: Connection) -> None:
        chosen = Chosen(
            domain=connection.domain,
            since=_utc(since),
            until=_utc(until),
            topic=topic,
            held=held,
            event=event,
        )
        if dry:
            await _rehearse(core, connection, chosen, mapping)
            return
        count = await replays.count(core, connection, chosen)
        click.echo(f"{count} events of {shop}", err=True)
        if not count or not (yes or click.confirm("Replay them?", err=True)):
            return
        run = await replays.start(core, connection, chosen, mapping=mapping, by=_BY)
        await _follow(core, connection, run, wait=wait, yes=yes)

    joined(shop, wanted, act)


@click.command()
@_SHOP
@_CONNECTION
@click.option("--order", "names", multiple=True, help="An order's name, such as #1001.")
@click.option("--code", help="Every order held for this cause, such as item.unknown_sku.")
def retry(shop: str, wanted: str | None, names: tuple[str, ...], code: str | None) -> None:
    """Runs orders again now: by name, or all that are held for one cause."""
    if bool(names) == bool(code):
        raise Refused("retry.which", "Name orders with --order, or a cause with --code.")

    async def act(core: Core, connection: Connection) -> None:
        count = await again.retry(core, connection, names=names, code=code)
        click.echo(f"{count} orders will be run again")

    joined(shop, wanted, act)


@click.command()
@_SHOP
@_CONNECTION
@click.option("--since", type=click.DateTime(), required=True, help="UTC: orders placed from then on.")
@click.option("--until", type=click.DateTime(), help="UTC. Default: now.")
@_YES
@_WAIT
def backfill(
    shop: str, wanted: str | None, since: datetime, until: datetime | None, yes: bool, wait: bool
) -> None:
    """Counts the orders placed in a range, asks, and has them sent, newest first, behind everything else."""

    async def act(core: Core, connection: Connection) -> None:
        span = Span(since=_utc(since), until=_utc(until))
        run = await back_fill.start(core, connection, span, by=_BY)
        await _follow(core, connection, run, wait=wait, yes=yes)

    joined(shop, wanted, act)


@click.command()
@_SHOP
@_CONNECTION
@click.option("--flow", type=click.Choice([each.value for each in Flow]), help="Only this flow.")
@click.option("--quiet", is_flag=True, help="Those that found nothing to do as well.")
@click.option("--last", type=click.IntRange(1, 500), default=25, help="How many.")
def runs(shop: str, wanted: str | None, flow: str | None, quiet: bool, last: int) -> None:
    """What ran when, the newest first, as JSON lines."""

    async def act(core: Core, connection: Connection) -> None:
        async with core.database.tenant(connection.tenant) as tx:
            found = await run_lists.page(
                tx,
                tenant=connection.tenant,
                connections=[connection.id],
                flow=flow,
                after=None,
                most=last,
                quiet=quiet,
            )
        for view in found:
            click.echo(shown(view))

    joined(shop, wanted, act)


async def _rehearse(core: Core, connection: Connection, chosen: Chosen, mapping: str | None) -> None:
    after: Spot | None = None
    while True:
        page = await replays.dry(core, connection, chosen, mapping=mapping, after=after, most=20)
        for each in page.records:
            click.echo(_rehearsed(each))
        after = page.after
        if after is None:
            click.echo(f"{page.count} events; nothing was written", err=True)
            return


async def _follow(core: Core, connection: Connection, run: UUID, *, wait: bool, yes: bool) -> None:
    """Until it is over, in a worker; asks when it waits for a person."""
    told: str | None = None
    while True:
        view = await tasks.view(core, connection.tenant, run)
        if (now := shown(view)) != told:
            click.echo(now, err=view.ended_at is None)
            told = now
        if view.ended_at is not None or not wait:
            return
        if view.state is RunState.PLANNED:
            older = view.tallies.get("before_go_live", 0)
            if not (yes or click.confirm(f"Send {older} orders from before the go-live, too?", err=True)):
                await tasks.stop(core, connection.tenant, run)
                return
            await tasks.approve(core, connection.tenant, run, by=_BY)
        await asyncio.sleep(_LOOK)


def shown(view: RunView) -> str:
    """A run as a line of JSON."""
    return orjson.dumps(
        {
            "run": str(view.id),
            "flow": view.flow,
            "kind": view.kind,
            "state": view.state.value,
            "started_by": view.started_by,
            "started_at": view.started_at,
            "ended_at": view.ended_at,
            "counts": {**view.tallies}
            or {"changed": view.counts.changed, "done": view.done, "held": view.held},
            "calls": view.calls_made,
            "points": view.points_spent,
            "checkpoint": view.checkpoint,
            "code": view.code,
            "sentence": view.sentence,
        }
    ).decode()


def _rehearsed(made: Rehearsed) -> str:
    return orjson.dumps(
        {
            "kind": made.kind,
            "key": made.key,
            "reference": made.reference,
            "action": made.action,
            "mapping": made.mapping,
            "step": made.step,
            "payload": made.payload,
            "differs": None
            if made.differs is None
            else [{"path": each.path, "told": each.told, "now": each.now} for each in made.differs],
            "code": made.reason.code if made.reason else None,
            "sentence": made.reason.sentence if made.reason else None,
        }
    ).decode()


def _utc(at: datetime | None) -> datetime:
    return at.replace(tzinfo=UTC) if at is not None else utc_now()


WORDS = (replay, retry, backfill, runs)
