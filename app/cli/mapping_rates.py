"""Words about exchange rates, spoken after `mapping`: the newest, those of a file, and where they come from."""

from __future__ import annotations

from pathlib import Path

import click
import orjson

from app.cli.connections import joined
from app.errors import Refused
from app.mapping import csv_rows
from app.mapping.rates import USUAL_DAYS
from app.models import rates as rate_rows
from app.models.connections import Connection
from app.models.rates import Entered
from app.operations import rate_sources, rates
from app.operations.rate_sources import Standing, Wish
from app.wiring import Core

_BY = "command line"
_IN = click.Path(exists=True, dir_okay=False, path_type=Path)
_SHOP = click.option("--shop", required=True)
_CONNECTION = click.option("--connection", "wanted", help="Its id, when the shop has several.")


@click.command("rates")
@_SHOP
@_CONNECTION
@click.option(
    "--csv", "file", type=_IN, help="A file to enter: from, to, rate, date and, where wanted, days."
)
@click.option("--last", type=click.IntRange(1, 500), default=25, help="How many to show.")
def rated(shop: str, wanted: str | None, file: Path | None, last: int) -> None:
    """The newest exchange rates as JSON lines; with --csv, enters those of a file: all of them or none."""

    async def act(core: Core, connection: Connection) -> None:
        if file is not None:
            await _enter(core, connection, _text(file))
            return
        async with core.database.tenant(connection.tenant) as tx:
            found = await rate_rows.page(
                tx, tenant=connection.tenant, connection=connection.id, after=None, most=last
            )
        for each in found:
            click.echo(_rated(each))

    joined(shop, wanted, act)


@click.command("rate-source")
@_SHOP
@_CONNECTION
@click.option("--from", "source", type=click.Choice(["host", "hand"]), help="Where they are to come from.")
@click.option("--days", type=int, default=USUAL_DAYS, help="For how long each of the ERP's is good.")
@click.option(
    "--cadence", help="How often they are read: a preset, `@every SECONDS`, cron or `usual` (daily)."
)
@click.option("--read", is_flag=True, help="Has a worker read them at once.")
def source(
    shop: str, wanted: str | None, source: str | None, days: int, cadence: str | None, read: bool
) -> None:
    """Where exchange rates come from, and how the last reading went, as JSON."""

    async def act(core: Core, connection: Connection) -> None:
        if source is not None:
            wish = Wish(from_host=source == "host", good_for=days, cadence=cadence)
            await rate_sources.choose(core, connection, wish, by=_BY)
        if read:
            await rate_sources.read_now(core, connection, by=_BY)
        click.echo(_standing(await rate_sources.standing(core, connection)))

    joined(shop, wanted, act)


def _text(file: Path) -> str:
    try:
        return csv_rows.decoded(file.read_bytes())
    except ValueError as cause:
        raise Refused("table.not_text", "The file is no UTF-8 text. Save it as CSV UTF-8.") from cause


async def _enter(core: Core, connection: Connection, text: str) -> None:
    done = await rates.enter_file(core, connection, text, by=_BY)
    for fault in done.faults:
        click.echo(f"line {fault.line}: {fault.sentence}", err=True)
    if done.faults:
        raise Refused("table.faulty", f"Nothing was entered: {len(done.faults)} faults.")
    click.echo(f"{done.changed} rates are new; {done.records} records will be run again")


def _rated(found: Entered) -> str:
    rate = found.rate
    told = {
        "from": rate.source,
        "to": rate.target,
        "rate": f"{rate.rate:f}",
        "per": f"{rate.per:f}",
        "date": rate.day,
        "days": rate.good_for,
        "made_by": found.made_by,
    }
    return orjson.dumps(told).decode()


def _standing(found: Standing) -> str:
    source = found.source
    told = {
        "from": "hand" if source is None else "host",
        "unavailable": found.unavailable,
        "days": source.good_for if source else None,
        "cadence": found.cadence,
        "next_at": found.next_at,
        "read_at": source.read_at if source else None,
        "told": source.told if source else None,
        "changed": source.changed if source else None,
        "code": source.problem.code if source and source.problem else None,
        "sentence": source.problem.sentence if source and source.problem else None,
    }
    return orjson.dumps(told).decode()


WORDS = (rated, source)
