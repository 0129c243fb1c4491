"""Words that change a connection as it stands: credentials, look-up tables, options, the switch for writes; and resume."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import click
import orjson

from app.cli.connections import checked, one_connection
from app.cli.surroundings import complete
from app.errors import Misconfigured, Refused
from app.mapping import options as mapping_options
from app.models import connections
from app.models.connections import Connection
from app.registry import HOSTS
from app.settings import Settings
from app.sync import resuming
from app.wiring import CREDENTIALS, Core, open_core

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@dataclass(frozen=True, kw_only=True)
class Change:
    """What is to be another way from now on; None leaves it as it is."""

    credentials: Mapping[str, str] | None = None
    tables: Mapping[str, Mapping[str, str]] | None = None
    options: Mapping[str, str] | None = None
    writes: bool | None = None


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
        for line in await changed(core, await one_connection(core, shop, wanted), wish):
            click.echo(line)


async def changed(core: Core, connection: Connection, wish: Change) -> list[str]:
    """Keeps everything that was wished or nothing; answers with a line for each."""
    sealed = await _tested(core, connection, wish.credentials) if wish.credentials is not None else None
    tenant, told = connection.tenant, []
    try:
        async with core.database.tenant(tenant) as tx:
            if wish.tables is not None:
                number = await connections.publish(
                    tx, tenant=tenant, connection=connection.id, tables=wish.tables, by="command line"
                )
                told.append(f"the look-up tables are version {number}")
            if wish.options is not None:
                mapping_options.of(wish.options)
            await connections.alter(
                tx,
                tenant=tenant,
                connection=connection.id,
                sealed_credentials=sealed,
                options=wish.options or {},
                no_writes=None if wish.writes is None else not wish.writes,
            )
    except ValueError as cause:
        raise Refused("option.unknown", f"An option or a table is not known: {cause}.") from cause
    told += ["the credentials are new"] if sealed else []
    told += [f"{name} is {value}" for name, value in sorted((wish.options or {}).items())]
    told += [] if wish.writes is None else [f"writes are {'on' if wish.writes else 'off'}"]
    return told


async def _tested(core: Core, connection: Connection, given: Mapping[str, str]) -> bytes:
    spec = HOSTS.get(connection.host)
    if spec is None:
        raise Misconfigured("host.unknown", f"This server has no ERP called “{connection.host}”.")
    fields = checked(spec, given)
    sealed = core.vault.seal(orjson.dumps(fields), tenant=connection.tenant, purpose=CREDENTIALS)
    sides = await core.open_sides(replace(connection, sealed_credentials=sealed))
    health = await sides.ask(sides.host.check)
    click.echo(f"{spec.label} answers: {health.account}.", err=True)
    return sealed


async def _resume(settings: Settings, shop: str, wanted: str | None) -> None:
    async with open_core(settings, database_size=2) as core:
        connection = await one_connection(core, shop, wanted)
        await resumed(core, connection)
    click.echo("goes on")


async def resumed(core: Core, connection: Connection) -> None:
    if not await resuming.resume(core.database, await core.open_sides(connection)):
        raise Refused("connection.not_paused", "This connection is not paused.")
    await core.queue.poke(connection.tenant, connection.shop)


WORDS = (change, resume)
