"""The word that compares both sides now, shows what differs, and has it healed."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from uuid import UUID

import click

from app.cli.connections import one_connection
from app.cli.surroundings import complete
from app.errors import Refused
from app.models import reconciliations
from app.models.connections import Connection
from app.models.reconciliations import ReportRow
from app.settings import Settings
from app.sync import comparing
from app.sync.comparing import Comparing
from app.sync.prices import drift as price_drift
from app.sync.stock import drift as stock_drift
from app.wiring import Core, open_core, utc_now

_SHOWN = 50
_BY = "command line"
_DRIFT = {"stock": stock_drift.report, "prices": price_drift.report}


@click.command()
@click.option("--shop", required=True)
@click.option("--connection", "wanted", help="Its id, when the shop has several.")
@click.option(
    "--kind", type=click.Choice(["orders", "stock", "prices"]), default="orders", help="What to compare."
)
@click.option("--days", type=click.IntRange(1, 60), default=2, help="Orders placed in so many days.")
@click.option("--heal", is_flag=True, help="Have what is missing in the ERP made again.")
def reconcile(shop: str, wanted: str | None, kind: str, days: int, heal: bool) -> None:
    """Compares the shop's orders with the ERP's documents, or its levels or prices with what we knew; shows what differs."""
    with complete() as settings:
        asyncio.run(_reconcile(settings, shop, wanted, kind, timedelta(days=days), heal))


async def _reconcile(
    settings: Settings, shop: str, wanted: str | None, kind: str, back: timedelta, heal: bool
) -> None:
    async with open_core(settings, database_size=2) as core:
        connection = await one_connection(core, shop, wanted)
        report = await _report(core, connection, kind, back)
        row = await _show(core, connection.tenant, report)
        if heal:
            count = await comparing.heal(core.database, tenant=connection.tenant, report=report, by=_BY)
            click.echo(f"{count} will be put right")
        if heal or row.raised:
            await core.queue.poke(connection.tenant, connection.shop)


async def _report(core: Core, connection: Connection, kind: str, back: timedelta) -> UUID:
    if kind in _DRIFT:
        return await _DRIFT[kind](
            core.database, core.open_sides, tenant=connection.tenant, connection=connection.id, by=_BY
        )
    comparison = Comparing(database=core.database, now=utc_now)
    report = await comparison.orders(await core.open_sides(connection), back=back, by=_BY)
    if report is None:
        raise Refused("reconciliation.nothing", "There is nothing to compare yet.")
    return report


async def _show(core: Core, tenant: UUID, report: UUID) -> ReportRow:
    async with core.database.tenant(tenant) as tx:
        row = await reconciliations.one(tx, tenant=tenant, report=report)
        days = await reconciliations.days(tx, tenant=tenant, report=report)
        found = await reconciliations.findings(tx, tenant=tenant, report=report, after=None, most=_SHOWN)
    assert row is not None
    click.echo(f"{row.since:%Y-%m-%d %H:%M} to {row.until:%Y-%m-%d %H:%M} UTC")
    for day in days:
        click.echo(f"  {day.day}  {day.side:5}  {day.count:6}  {day.amount} {day.currency}")
    for each in found:
        click.echo(f"  {each.kind}  {each.reference or each.key}")
    click.echo("  ".join(f"{name} {count}" for name, count in sorted(row.counts.items())))
    return row


WORDS = (reconcile,)
