"""Words about stock: set it up, plan, approve and push, and look at runs and SKUs that can't be stocked."""

from __future__ import annotations

import asyncio
from pathlib import Path
from uuid import UUID

import click

from app.cli.connections import one_connection
from app.cli.plans import told, written
from app.cli.surroundings import complete
from app.domain.stock_plan import RunView
from app.errors import Refused, Retry
from app.models.connections import Connection
from app.settings import Settings
from app.sync.stock.flow import LINKING, StockFlow
from app.wiring import open_core

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_SHOP = click.option("--shop", required=True)
_CONNECTION = click.option("--connection", "wanted", help="Its id, when the shop has several.")


@click.group()
def stock() -> None:
    """Stock from the ERP to the shop."""


@stock.command("set-up")
@_SHOP
@_CONNECTION
@click.option("--settings", "file", type=_FILE, help="A JSON file; without one the settings of a plain shop.")
def set_up(shop: str, wanted: str | None, file: Path | None) -> None:
    """Turns the flow on, or changes it. Nothing is written before a plan was approved."""
    text = file.read_text() if file else "{}"
    with complete() as settings:
        asyncio.run(_set_up(settings, shop, wanted, text))


@stock.command()
@_SHOP
@_CONNECTION
@click.option("--sku", help="This SKU alone.")
@click.option("--lines", "shown", type=int, default=20, help="How many of the changes to show.")
def plan(shop: str, wanted: str | None, sku: str | None, shown: int) -> None:
    """Reads the ERP and says what a push would change, in how many calls, for how many points; writes nothing."""
    with complete() as settings:
        asyncio.run(_plan(settings, shop, wanted, sku, shown))


@stock.command()
@_SHOP
@_CONNECTION
@click.option("--run", "run", type=click.UUID, required=True, help="The plan's id.")
@click.option("--yes", is_flag=True, help="Approve it without being asked.")
def push(shop: str, wanted: str | None, run: UUID, yes: bool) -> None:
    """Writes a plan now; asks first where it needs a person's word."""
    with complete() as settings:
        asyncio.run(_push(settings, shop, wanted, run, yes))


@stock.command()
@_SHOP
@_CONNECTION
def status(shop: str, wanted: str | None) -> None:
    """The latest runs, as JSON lines, and what keeps SKUs from being stocked."""
    with complete() as settings:
        asyncio.run(_status(settings, shop, wanted))


@stock.command()
@_SHOP
@_CONNECTION
def hook(shop: str, wanted: str | None) -> None:
    """Makes the address and a new secret for the ERP's events; the secret is shown once."""
    with complete() as settings:
        asyncio.run(_hook(settings, shop, wanted))


async def _hook(settings: Settings, shop: str, wanted: str | None) -> None:
    async with open_core(settings, database_size=2) as core:
        connection = await one_connection(core, shop, wanted)
        secret = await core.stock("cli").new_hook(connection.tenant, connection.id)
    click.echo(f"{settings.app_url}/hooks/{connection.id}", err=True)
    click.echo(secret)


async def _set_up(settings: Settings, shop: str, wanted: str | None, text: str) -> None:
    async with open_core(settings, database_size=2) as core:
        connection = await one_connection(core, shop, wanted)
        try:
            await core.stock("cli").set_up(connection.tenant, connection.id, text)
        except ValueError as cause:
            raise Refused("stock.settings_malformed", f"The settings can't be meant: {cause}") from cause
    click.echo("stock is on")


async def _plan(settings: Settings, shop: str, wanted: str | None, sku: str | None, shown: int) -> None:
    async with open_core(settings, database_size=4) as core:
        connection = await one_connection(core, shop, wanted)
        flow = core.stock("cli")
        view = await _planned(flow, connection, sku)
        lines = await flow.lines(connection.tenant, view.id, most=shown)
    for line in lines:
        click.echo(f"{line.sku}\t{line.key.location}\t{line.old} -> {line.new}\t{line.state}", err=True)
    click.echo(_json(view))


async def _planned(flow: StockFlow, connection: Connection, sku: str | None) -> RunView:
    """A large shop's items are read by a file first, which is waited for here."""
    while True:
        try:
            return await flow.plan_stock(connection.tenant, connection.id, started_by="cli", only=sku)
        except Retry as waits:
            if waits.code != LINKING:
                raise
            await asyncio.sleep(waits.after.total_seconds() if waits.after else 0)


async def _push(settings: Settings, shop: str, wanted: str | None, run: UUID, yes: bool) -> None:
    async with open_core(settings, database_size=40) as core:
        connection = await one_connection(core, shop, wanted)
        flow = core.stock("cli")
        view = await flow.run_progress(connection.tenant, run)
        if view.connection != connection.id:
            raise Refused("stock.no_run", "There is no such run.")
        done = await written(flow, connection.tenant, view, what="levels", yes=yes)
    if done is not None:
        click.echo(_json(done))


async def _status(settings: Settings, shop: str, wanted: str | None) -> None:
    async with open_core(settings, database_size=2) as core:
        connection = await one_connection(core, shop, wanted)
        flow = core.stock("cli")
        for view in await flow.runs(connection.tenant, connection.id):
            click.echo(_json(view))
        after: str | None = None
        while True:
            page = await flow.sku_problems(connection.tenant, connection.id, after=after)
            for problem in page.found:
                lacks = f", no {', '.join(problem.lacks)} in the ERP" if problem.lacks else ""
                click.echo(
                    f"{problem.kind}: {problem.sku or '(blank)'} ({problem.items} items{lacks})", err=True
                )
            if page.after is None:
                return
            after = page.after


def _json(view: RunView) -> str:
    return told(view, "levels", "deferred")


WORDS = (stock,)
