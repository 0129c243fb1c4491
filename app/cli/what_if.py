"""The word that asks what would become of the last orders under another mapping, and waits for the answer."""

from __future__ import annotations

import asyncio
from dataclasses import asdict

import click
import orjson

from app.cli.again import shown
from app.cli.connections import joined
from app.models.connections import Connection
from app.operations import mappings, tasks, what_ifs
from app.operations.what_ifs import Told
from app.wiring import Core

_LOOK = 1.0
_PAGE = 100


@click.command("what-if")
@click.option("--shop", required=True)
@click.option("--connection", "wanted", help="Its id, when the shop has several.")
@click.argument("which", default=mappings.DRAFTED)
@click.option("--orders", type=click.IntRange(1, what_ifs.MOST), default=what_ifs.USUAL, help="How many.")
@click.option("--wait/--no-wait", default=True, help="Whether to stay until it is over and show the orders.")
def what_if(shop: str, wanted: str | None, which: str, orders: int, wait: bool) -> None:
    """What would become of the last orders under version WHICH, as JSON lines: those for which it is not the same."""

    async def act(core: Core, connection: Connection) -> None:
        run = await what_ifs.start(core, connection, which=which, orders=orders, by="command line")
        view = await tasks.view(core, connection.tenant, run)
        while wait and view.ended_at is None:
            await asyncio.sleep(_LOOK)
            view = await tasks.view(core, connection.tenant, run)
        click.echo(shown(view), err=wait)
        after = 0
        while wait:
            page = await what_ifs.page(core, connection.tenant, run, outcomes=_OTHER, after=after, most=_PAGE)
            for told in page:
                click.echo(_line(told))
            if len(page) < _PAGE:
                return
            after = page[-1].line.place

    joined(shop, wanted, act)


_OTHER = [outcome for outcome in what_ifs.OUTCOMES if outcome != "same"]


def _line(told: Told) -> str:
    return orjson.dumps(
        {
            "order": told.line.reference,
            "outcome": told.line.outcome,
            "reasons": [{"code": code, "sentence": sentence} for code, sentence in told.reasons],
            "differs": [asdict(each) for each in told.differs],
        }
    ).decode()
