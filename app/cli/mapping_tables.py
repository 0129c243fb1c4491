"""Words about look-up tables, spoken after `mapping`: what is not mapped yet, and mapping it."""

from __future__ import annotations

import click
import orjson

from app.cli.connections import joined
from app.models import unmapped
from app.models.connections import Connection
from app.models.unmapped import Unmapped
from app.operations import unmapped as operations
from app.wiring import Core

_BY = "command line"
_PAGE = 100
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


WORDS = (listed, mapped)
