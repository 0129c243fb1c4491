"""Words about a connection's flows: the table, changing it, stop and resume, run one now, and who changed what."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial

import click
import orjson

from app.cli.connections import joined, one_connection
from app.models import audit
from app.models.audit import Sought
from app.models.connections import Connection
from app.operations import flows
from app.operations.flows import FlowRow, FlowWish
from app.ports import Flow
from app.wiring import Core

BY = "command line"
_SHOP = click.option("--shop", required=True)
_CONNECTION = click.option("--connection", "wanted", help="Its id, when the shop has several.")
_NAME = click.argument("name", type=click.Choice([each.value for each in Flow]))


@click.group()
def flow() -> None:
    """What each flow of a connection does: owner, cadence, on or off."""


@flow.command("list")
@_SHOP
@_CONNECTION
def listed(shop: str, wanted: str | None) -> None:
    """All seven, as JSON lines."""

    async def show(core: Core, connection: Connection) -> None:
        for row in await flows.listed(core, connection):
            click.echo(_json(row))

    joined(shop, wanted, show)


@flow.command()
@_NAME
@_SHOP
@_CONNECTION
@click.option("--owner", type=click.Choice(["store", "host", "either"]), help="Whose copy is the truth.")
@click.option("--on/--off", default=None, help="Whether it is carried at all.")
@click.option("--cadence", help="A preset's name, `@every SECONDS`, a cron expression, or `usual`.")
def change(
    name: str, shop: str, wanted: str | None, owner: str | None, on: bool | None, cadence: str | None
) -> None:
    """Changes a flow; what is not named stays."""
    wish = FlowWish(owner=owner, on=on, cadence=cadence)
    _done(partial(flows.change, wish=wish), name, shop, wanted)


@flow.command()
@_NAME
@_SHOP
@_CONNECTION
def stop(name: str, shop: str, wanted: str | None) -> None:
    """Nothing of it begins any more; what is due stays due, and nothing is marked failed."""
    _done(flows.stop, name, shop, wanted)


@flow.command("resume")
@_NAME
@_SHOP
@_CONNECTION
def resumed(name: str, shop: str, wanted: str | None) -> None:
    """What became due meanwhile runs now, and a turn that was missed comes once."""
    _done(flows.resume, name, shop, wanted)


@flow.command()
@_NAME
@_SHOP
@_CONNECTION
def run(name: str, shop: str, wanted: str | None) -> None:
    """Has its next turn come at once; a worker takes it."""
    _done(flows.run_now, name, shop, wanted)


@flow.command("log")
@_SHOP
@_CONNECTION
@click.option("--last", type=click.IntRange(1, 500), default=50, help="How many changes.")
def log(shop: str, wanted: str | None, last: int) -> None:
    """Who changed what, the newest first, as JSON lines."""

    async def show(core: Core, connection: Connection) -> None:
        async with core.database.tenant(connection.tenant) as tx:
            rows = await audit.page(
                tx,
                tenant=connection.tenant,
                sought=Sought(subject=str(connection.id)),
                after=None,
                most=last,
            )
        for row in rows:
            facts = {"at": row.at, "by": row.actor, "action": row.action, **row.facts}
            click.echo(orjson.dumps(facts).decode())

    joined(shop, wanted, show)


def _done(change: Callable[..., Awaitable[object]], name: str, shop: str, wanted: str | None) -> None:
    """Changes a flow and shows it as it stands then."""

    async def act(core: Core, connection: Connection) -> None:
        await change(core, connection, Flow(name), by=BY)
        await _shown(core, connection, name)

    joined(shop, wanted, act)


async def _shown(core: Core, connection: Connection, name: str) -> None:
    """A flow as it stands after a change."""
    now = await one_connection(core, connection.domain, str(connection.id))
    for row in await flows.listed(core, now):
        if row.flow.value == name:
            click.echo(_json(row))


def _json(row: FlowRow) -> str:
    return orjson.dumps(
        {
            "flow": row.flow.value,
            "owner": row.owner,
            "direction": row.direction,
            "on": row.on,
            "cadence": row.cadence,
            "chosen": row.chosen,
            "zone": row.zone,
            "next_at": row.next_at,
            "stopped_at": row.stopped_at,
            "running": row.running,
        }
    ).decode()


WORDS = (flow,)
