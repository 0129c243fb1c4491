"""Words about a connection's mapping: its versions, the draft, publishing it and going back."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from uuid import UUID

import click
import orjson

from app.cli import mapping_rates, mapping_tables
from app.cli.connections import joined
from app.cli.what_if import what_if
from app.models import mapping_versions
from app.models.connections import Connection
from app.models.mapping_versions import Head, Version
from app.operations import mappings, previews
from app.operations.mappings import Published
from app.sync.rehearsal import Rehearsed
from app.wiring import Core

_BY = "command line"
_SHOP = click.option("--shop", required=True)
_CONNECTION = click.option("--connection", "wanted", help="Its id, when the shop has several.")
_REVISION = click.option(
    "--revision", type=click.UUID, help="The draft as it was seen. Default: as it is now."
)
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def mapping() -> None:
    """How the shop's data becomes the ERP's: versions, and the draft of the next one."""


@mapping.command()
@_SHOP
@_CONNECTION
@click.option("--last", type=click.IntRange(1, 500), default=25, help="How many.")
def versions(shop: str, wanted: str | None, last: int) -> None:
    """What was published, the newest first, as JSON lines."""

    async def act(core: Core, connection: Connection) -> None:
        async with core.database.tenant(connection.tenant) as tx:
            heads = await mapping_versions.page(
                tx, tenant=connection.tenant, connection=connection.id, before=None, most=last
            )
        for head in heads:
            click.echo(_line(head))

    joined(shop, wanted, act)


@mapping.command()
@_SHOP
@_CONNECTION
@click.argument("which", default="current")
def show(shop: str, wanted: str | None, which: str) -> None:
    """What version WHICH says, as JSON: a number, `draft`, or `current`."""

    async def act(core: Core, connection: Connection) -> None:
        click.echo(_whole(await mappings.named(core, connection, which)))

    joined(shop, wanted, act)


@mapping.command()
@_SHOP
@_CONNECTION
@click.option("--tables", type=_FILE, help="A JSON file of tables; each takes the place of the whole table.")
@click.option("--rules", type=_FILE, help="A JSON file of all field rules.")
@click.option("--note", help="What to write about it.")
@click.option("--discard", is_flag=True, help="Throw the draft away.")
@_REVISION
def draft(
    shop: str, wanted: str | None, tables: Path | None, rules: Path | None, note: str | None, discard: bool,
    revision: UUID | None,
) -> None:  # fmt: skip
    """Begins a draft of the next version where there is none, saves what is given, and shows it as JSON."""
    told = json.loads(tables.read_text()) if tables else None
    ruled = json.loads(rules.read_text()) if rules else None

    async def act(core: Core, connection: Connection) -> None:
        seen = await mappings.begin(core, connection, by=_BY)
        at = revision or seen.head.revision
        if discard:
            await mappings.discard(core, connection, revision=at, by=_BY)
            return
        if told is not None or ruled is not None or note is not None:
            seen = await mappings.save(
                core,
                connection,
                revision=at,
                tables=told,
                rules=ruled,
                note=note,
                by=_BY,
            )
        click.echo(_whole(seen))

    joined(shop, wanted, act)


@mapping.command()
@_SHOP
@_CONNECTION
@_REVISION
@click.option(
    "--over", type=int, help="Even over this version, which was published since the draft was begun."
)
def publish(shop: str, wanted: str | None, revision: UUID | None, over: int | None) -> None:
    """Puts the draft in force; what was sent before keeps the version it was sent by.

    `records` says how many held ones wait for something that it says otherwise, and run again.
    """

    async def act(core: Core, connection: Connection) -> None:
        at = revision or (await mappings.named(core, connection, mappings.DRAFTED)).head.revision
        made = await mappings.publish(core, connection, revision=at, over=over, by=_BY)
        click.echo(_published(made))

    joined(shop, wanted, act)


@mapping.command("roll-back")
@_SHOP
@_CONNECTION
@click.argument("number", type=int)
def roll_back(shop: str, wanted: str | None, number: int) -> None:
    """Puts what version NUMBER says in force again, as a new version; what waits for something in it runs again."""

    async def act(core: Core, connection: Connection) -> None:
        click.echo(_published(await mappings.roll_back(core, connection, number=number, by=_BY)))

    joined(shop, wanted, act)


@mapping.command()
@_SHOP
@_CONNECTION
@click.argument("was", default=mappings.CURRENT)
@click.argument("now", default=mappings.DRAFTED)
def diff(shop: str, wanted: str | None, was: str, now: str) -> None:
    """What leads from version WAS to NOW, as JSON lines. Default: what the draft says otherwise."""

    async def act(core: Core, connection: Connection) -> None:
        found = await mappings.diff(core, connection, was, now)
        for name, rows in found.tables.items():
            for row in rows:
                click.echo(orjson.dumps({"table": name, **asdict(row)}).decode())
        for change in found.rules:
            click.echo(orjson.dumps({"kind": change.kind, **asdict(change)}).decode())

    joined(shop, wanted, act)


@mapping.command()
@_SHOP
@_CONNECTION
@click.argument("order")
@click.argument("which", default=mappings.DRAFTED)
def preview(shop: str, wanted: str | None, order: str, which: str) -> None:
    """What the ERP would be told of ORDER (its name) under version WHICH, as JSON. Writes nothing."""

    async def act(core: Core, connection: Connection) -> None:
        chosen = await previews.by_name(core, connection, order)
        made = await previews.preview(core, connection, chosen, which)
        if made is not None:
            click.echo(_previewed(made))

    joined(shop, wanted, act)


def _previewed(made: Rehearsed) -> str:
    reasons = ([made.reason] if made.reason else []) + list(made.more)
    told = {
        "order": made.reference,
        "version": made.mapping or mappings.DRAFTED,
        "action": made.action,
        "document": made.whole,
        "becomes": made.becomes,
        "payments": [{"method": each.method, "amount": f"{each.amount:f}"} for each in made.payments],
        "differs": None if made.differs is None else [asdict(each) for each in made.differs],
        "obstacles": [{"code": reason.code, "sentence": reason.sentence} for reason in reasons],
    }
    return orjson.dumps(told, option=orjson.OPT_INDENT_2).decode()


def _published(made: Published) -> str:
    return orjson.dumps({**_told(made.version.head), "records": made.records}).decode()


def _line(head: Head) -> str:
    return orjson.dumps(_told(head)).decode()


def _whole(version: Version) -> str:
    told = {**_told(version.head), "tables": version.tables, "rules": version.rules}
    return orjson.dumps(told, option=orjson.OPT_INDENT_2).decode()


def _told(head: Head) -> dict[str, object]:
    return {
        "version": head.number or mappings.DRAFTED,
        "state": head.state,
        "note": head.note,
        "based_on": head.based_on,
        "made_by": head.made_by,
        "made_at": head.made_at,
        "published_by": head.published_by,
        "published_at": head.published_at,
        "revision": str(head.revision),
    }


for word in (*mapping_tables.WORDS, *mapping_rates.WORDS):
    mapping.add_command(word)
mapping.add_command(what_if)

WORDS = (mapping,)
