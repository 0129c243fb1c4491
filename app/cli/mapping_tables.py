"""Words about look-up tables, spoken after `mapping`: what is not mapped yet, mapping it, files and feeds."""

from __future__ import annotations

from pathlib import Path

import click
import orjson

from app.cli.connections import joined
from app.errors import Refused
from app.mapping import csv_rows
from app.models import table_feeds as rows
from app.models import unmapped
from app.models.connections import Connection
from app.models.table_feeds import Feed
from app.models.unmapped import Unmapped
from app.operations import table_feeds, table_files
from app.operations import unmapped as operations
from app.operations.table_files import File
from app.wiring import Core

_BY = "command line"
_PAGE = 100
_IN = click.Path(exists=True, dir_okay=False, path_type=Path)
_OUT = click.Path(dir_okay=False, writable=True, path_type=Path)
_SHOP = click.option("--shop", required=True)
_CONNECTION = click.option("--connection", "wanted", help="Its id, when the shop has several.")


@click.command("unmapped")
@_SHOP
@_CONNECTION
def listed(shop: str, wanted: str | None) -> None:
    """What held orders lack in the tables, as JSON lines: how many wait for it, and what they come to."""

    async def act(core: Core, connection: Connection) -> None:
        after: tuple[str, str] | None = None
        while True:
            async with core.database.tenant(connection.tenant) as tx:
                page = await unmapped.page(
                    tx, tenant=connection.tenant, connection=connection.id, after=after, most=_PAGE
                )
            for each in page:
                if each.count:
                    click.echo(_line(each))
            if len(page) < _PAGE:
                return
            after = page[-1].table, page[-1].key

    joined(shop, wanted, act)


@click.command("map")
@_SHOP
@_CONNECTION
@click.argument("table")
@click.argument("value")
@click.argument("code")
def mapped(shop: str, wanted: str | None, table: str, value: str, code: str) -> None:
    """Says in TABLE that what the store calls VALUE is CODE in the ERP, and runs again what waits for it."""

    async def act(core: Core, connection: Connection) -> None:
        done = await operations.map_value(core, connection, table=table, value=value, code=code, by=_BY)
        click.echo(f"version {done.version}: {done.records} records will be run again")

    joined(shop, wanted, act)


@click.command("export")
@_SHOP
@_CONNECTION
@click.argument("table")
@click.option("--version", "which", default="current", help="A number, `draft`, or `current`.")
@click.option("--csv", "file", type=_OUT, help="A file to write; without one it goes to the screen.")
def exported(shop: str, wanted: str | None, table: str, which: str, file: Path | None) -> None:
    """A look-up table as CSV that a spreadsheet can open safely."""

    async def act(core: Core, connection: Connection) -> None:
        text = await table_files.exported(core, connection, table, which=which)
        if file is None:
            click.echo(text, nl=False)
        else:
            _keep(file, text)

    joined(shop, wanted, act)


@click.command("import")
@_SHOP
@_CONNECTION
@click.argument("table")
@click.argument("file", type=_IN)
@click.option("--merge", is_flag=True, help="Keep what the file does not name; else it is the whole table.")
@click.option("--publish", is_flag=True, help="Put it in force at once where there is no draft.")
@click.option("--yes", is_flag=True, help="Do it without being asked.")
def imported(
    shop: str, wanted: str | None, table: str, file: Path, merge: bool, publish: bool, yes: bool
) -> None:
    """Checks a CSV file for TABLE line by line, asks, and imports it: into the draft, else with --publish."""

    async def act(core: Core, connection: Connection) -> None:
        given = File(table=table, text=_text(file), merge=merge)
        found = await table_files.check(core, connection, given)
        for fault in found.faults:
            click.echo(f"line {fault.line}: {fault.sentence}", err=True)
        if found.token is None:
            raise Refused("table.faulty", f"Nothing was imported: {len(found.faults)} faults.")
        click.echo(f"{found.rows} rows, {len(found.changes)} changes", err=True)
        if not (yes or click.confirm("Import them?", err=True)):
            return
        number = await table_files.confirm(
            core, connection, given, token=found.token, publish=publish, by=_BY
        )
        click.echo(f"version {number}" if number else "the draft has them")

    joined(shop, wanted, act)


@click.command("feed")
@_SHOP
@_CONNECTION
@click.argument("table")
@click.option("--merge", is_flag=True, help="Keep what a delivery does not name; else it is the whole table.")
@click.option("--remove", is_flag=True, help="Take the address away.")
def feed(shop: str, wanted: str | None, table: str, merge: bool, remove: bool) -> None:
    """Makes the address and a new secret by which another system keeps TABLE; the secret is shown once."""

    async def act(core: Core, connection: Connection) -> None:
        if remove:
            await table_feeds.remove(core, connection, table=table, by=_BY)
            return
        made, secret = await table_feeds.set_up(core, connection, table=table, merge=merge, by=_BY)
        click.echo(table_feeds.address(core, made), err=True)
        click.echo(secret)

    joined(shop, wanted, act)


@click.command("feeds")
@_SHOP
@_CONNECTION
def feeds(shop: str, wanted: str | None) -> None:
    """The tables that another system keeps, and how the last delivery of each went, as JSON lines."""

    async def act(core: Core, connection: Connection) -> None:
        async with core.database.tenant(connection.tenant) as tx:
            found = await rows.listed(tx, tenant=connection.tenant, connection=connection.id)
        for each in found:
            click.echo(_fed(each, table_feeds.address(core, each.id)))

    joined(shop, wanted, act)


def _fed(found: Feed, address: str) -> str:
    return orjson.dumps(
        {
            "table": found.table,
            "address": address,
            "merge": found.merge,
            "delivered_at": found.delivered_at,
            "rows": found.delivered_rows,
            "version": found.version,
            "failed_at": found.failed_at,
            "code": found.code,
            "sentence": found.sentence,
        }
    ).decode()


def _keep(file: Path, text: str) -> None:
    file.write_text(text, encoding="utf-8", newline="")


def _text(file: Path) -> str:
    try:
        return csv_rows.decoded(file.read_bytes())
    except ValueError as cause:
        raise Refused("table.not_text", "The file is no UTF-8 text. Save it as CSV UTF-8.") from cause


def _line(found: Unmapped) -> str:
    return orjson.dumps(
        {
            "table": found.table,
            "value": found.value,
            "records": found.count,
            "since": found.since,
            "waiting": {each.currency: f"{each.amount:f}" for each in found.waiting},
            "code": found.code,
        }
    ).decode()


WORDS = (listed, mapped, exported, imported, feed, feeds)
