"""Words about prices: set them up, plan, approve and push, answer what waits for a person, and look at runs."""

from __future__ import annotations

import asyncio
from pathlib import Path
from uuid import UUID

import click

from app.cli.connections import one_connection
from app.cli.plans import told, written
from app.cli.surroundings import complete
from app.domain.price_rule import Winner
from app.domain.stock_plan import LineState, RunView
from app.errors import Refused
from app.models.connections import Connection
from app.models.price_lines import PriceLine
from app.settings import Settings
from app.sync.prices.flow import PriceFlow
from app.wiring import open_core

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_SHOP = click.option("--shop", required=True)
_CONNECTION = click.option("--connection", "wanted", help="Its id, when the shop has several.")
_RUN = click.option("--run", "run", type=click.UUID, required=True, help="The plan's id.")


@click.group()
def prices() -> None:
    """Prices from the ERP to the shop."""


@prices.command("set-up")
@_SHOP
@_CONNECTION
@click.option("--settings", "file", type=_FILE, help="A JSON file; without one the settings of a plain shop.")
def set_up(shop: str, wanted: str | None, file: Path | None) -> None:
    """Turns the flow on, or changes it. Nothing is written before a plan was approved."""
    text = file.read_text() if file else "{}"
    with complete() as settings:
        asyncio.run(_set_up(settings, shop, wanted, text))


@prices.command()
@_SHOP
@_CONNECTION
@click.option("--sku", help="This SKU alone.")
@click.option("--lines", "shown", type=int, default=20, help="How many of the changes to show.")
def plan(shop: str, wanted: str | None, sku: str | None, shown: int) -> None:
    """Reads the ERP and says what a push would change, in how many calls, for how many points; writes nothing."""
    with complete() as settings:
        asyncio.run(_plan(settings, shop, wanted, sku, shown))


@prices.command()
@_SHOP
@_CONNECTION
@_RUN
@click.option("--yes", is_flag=True, help="Approve it without being asked.")
def push(shop: str, wanted: str | None, run: UUID, yes: bool) -> None:
    """Writes a plan now; asks first where it needs a person's word."""
    with complete() as settings:
        asyncio.run(_push(settings, shop, wanted, run, yes))


@prices.command()
@_SHOP
@_CONNECTION
@_RUN
@click.option("--sku", help="This SKU alone; without it, every price of the run that waits for a word.")
@click.argument("winner", type=click.Choice(["erp", "store"]))
def answer(shop: str, wanted: str | None, run: UUID, sku: str | None, winner: str) -> None:
    """Says whose price is right where a run asks: the ERP's is written at the next turn, the store's stays."""
    with complete() as settings:
        asyncio.run(_answer(settings, shop, wanted, run, sku, Winner(winner)))


@prices.command()
@_SHOP
@_CONNECTION
@click.option("--run", "run", type=click.UUID, help="Shows what this run holds, too.")
def status(shop: str, wanted: str | None, run: UUID | None) -> None:
    """The latest runs, as JSON lines, and the prices that one of them holds, with both sides' values."""
    with complete() as settings:
        asyncio.run(_status(settings, shop, wanted, run))


async def _set_up(settings: Settings, shop: str, wanted: str | None, text: str) -> None:
    async with open_core(settings, database_size=2) as core:
        connection = await one_connection(core, shop, wanted)
        try:
            await core.prices("cli").set_up(connection.tenant, connection.id, text)
        except ValueError as cause:
            raise Refused("price.settings_malformed", f"The settings can't be meant: {cause}") from cause
    click.echo("prices are on")


async def _plan(settings: Settings, shop: str, wanted: str | None, sku: str | None, shown: int) -> None:
    async with open_core(settings, database_size=4) as core:
        connection = await one_connection(core, shop, wanted)
        flow = core.prices("cli")
        view = await flow.plan_prices(connection.tenant, connection.id, started_by="cli", only=sku)
        for line in await flow.lines(connection.tenant, view.id, most=shown):
            click.echo(_line(line), err=True)
    click.echo(_json(view))


async def _push(settings: Settings, shop: str, wanted: str | None, run: UUID, yes: bool) -> None:
    async with open_core(settings, database_size=40) as core:
        connection = await one_connection(core, shop, wanted)
        flow = core.prices("cli")
        view = await _own(flow, connection, run)
        done = await written(flow, connection.tenant, view, what="prices", yes=yes)
    if done is not None:
        click.echo(_json(done))


async def _answer(
    settings: Settings, shop: str, wanted: str | None, run: UUID, sku: str | None, winner: Winner
) -> None:
    async with open_core(settings, database_size=2) as core:
        connection = await one_connection(core, shop, wanted)
        flow = core.prices("cli")
        await _own(flow, connection, run)
        count = await flow.answer(connection.tenant, run, winner, sku=sku, by="cli")
    click.echo(f"{count} answered")


async def _status(settings: Settings, shop: str, wanted: str | None, run: UUID | None) -> None:
    async with open_core(settings, database_size=2) as core:
        connection = await one_connection(core, shop, wanted)
        flow = core.prices("cli")
        for view in await flow.runs(connection.tenant, connection.id):
            click.echo(_json(view))
        if run is None:
            return
        await _own(flow, connection, run)
        after = ("", "", "")
        while page := await flow.lines(connection.tenant, run, after=after, most=200, state=LineState.HELD):
            for line in page:
                click.echo(_line(line), err=True)
            after = page[-1].place


async def _own(flow: PriceFlow, connection: Connection, run: UUID) -> RunView:
    view = await flow.run_progress(connection.tenant, run)
    if view.connection != connection.id:
        raise Refused("price.no_run", "There is no such run.")
    return view


def _line(line: PriceLine) -> str:
    where = line.key.list or "base"
    said = f"\t{line.code}: {line.sentence}" if line.code else ""
    return f"{line.sku}\t{where}\t{line.old} -> {line.new}\t{line.state}{said}"


def _json(view: RunView) -> str:
    return told(view, "prices", "on_sale", "kept", "asks")


WORDS = (prices,)
