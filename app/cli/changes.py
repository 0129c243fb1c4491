"""Words that change a connection as it stands: credentials, look-up tables, options, the switch for writes; and resume."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import click

from app.cli.connections import one_connection
from app.cli.surroundings import complete
from app.errors import Refused
from app.operations import changing
from app.operations.changing import Change
from app.settings import Settings
from app.wiring import open_core

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.option("--shop", required=True)
@click.option("--connection", "wanted", help="Its id, when the shop has several.")
@click.option("--credentials", type=_FILE, help="A JSON file of the form's fields; tested before it is kept.")
@click.option("--mapping", type=_FILE, help="A JSON file of all look-up tables: the next version.")
@click.option("--option", "chosen", multiple=True, metavar="NAME=VALUE", help="A choice; the others stay.")
@click.option("--writes/--no-writes", default=None, help="Whether anything is written to either side.")
def change(
    shop: str,
    wanted: str | None,
    credentials: Path | None,
    mapping: Path | None,
    chosen: tuple[str, ...],
    writes: bool | None,
) -> None:
    """Changes a connection. Orders that were sent before keep the tables they were sent with."""
    wish = Change(
        credentials=json.loads(credentials.read_text()) if credentials else None,
        tables=json.loads(mapping.read_text()) if mapping else None,
        options=dict(part.partition("=")[::2] for part in chosen) or None,
        writes=writes,
    )
    if wish == Change():
        raise Refused("change.nothing", "Say what to change: see `stockbridge change --help`.")
    with complete() as settings:
        asyncio.run(_change(settings, shop, wanted, wish))


@click.command()
@click.option("--shop", required=True)
@click.option("--connection", "wanted", help="Its id, when the shop has several.")
def resume(shop: str, wanted: str | None) -> None:
    """Asks both sides, and has a paused connection go on when they let us in."""
    with complete() as settings:
        asyncio.run(_resume(settings, shop, wanted))


async def _change(settings: Settings, shop: str, wanted: str | None, wish: Change) -> None:
    async with open_core(settings, database_size=2) as core:
        done = await changing.change(core, await one_connection(core, shop, wanted), wish, by="command line")
    if done.health is not None:
        click.echo(f"The ERP answers: {done.health.account}.", err=True)
    for line in done.told:
        click.echo(line)


async def _resume(settings: Settings, shop: str, wanted: str | None) -> None:
    async with open_core(settings, database_size=2) as core:
        connection = await one_connection(core, shop, wanted)
        await changing.resume(core, connection)
    click.echo("goes on")


WORDS = (change, resume)
