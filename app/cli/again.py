"""Words that have work done again: replaying stored events, retrying held orders, back-filling a range of dates."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import click

from app.cli.connections import one_connection
from app.cli.surroundings import complete
from app.errors import Refused
from app.models import shops
from app.models.events import Chosen
from app.operations import again
from app.ports import Span
from app.settings import Settings
from app.wiring import open_core, utc_now

_SIXTY_DAYS = timedelta(days=60)


@click.command()
@click.option("--shop", required=True)
@click.option("--since", type=click.DateTime(), required=True, help="UTC: events received from then on.")
@click.option("--until", type=click.DateTime(), help="UTC. Default: now.")
@click.option("--topic", help="Only this topic, such as orders/create.")
@click.option("--held", is_flag=True, help="Only events that were held because they could not be read.")
@click.option("--yes", is_flag=True, help="Do it without being asked.")
def replay(
    shop: str, since: datetime, until: datetime | None, topic: str | None, held: bool, yes: bool
) -> None:
    """Has stored events of a shop handled once more; what is in step already stays as it is."""
    with complete() as settings:
        asyncio.run(_replay(settings, shop, _utc(since), _utc(until), topic, held, yes))


@click.command()
@click.option("--shop", required=True)
@click.option("--connection", "wanted", help="Its id, when the shop has several.")
@click.option("--order", "names", multiple=True, help="An order's name, such as #1001.")
@click.option("--code", help="Every order held for this cause, such as item.unknown_sku.")
def retry(shop: str, wanted: str | None, names: tuple[str, ...], code: str | None) -> None:
    """Runs orders again now: by name, or all that are held for one cause."""
    if bool(names) == bool(code):
        raise Refused("retry.which", "Name orders with --order, or a cause with --code.")
    with complete() as settings:
        asyncio.run(_retry(settings, shop, wanted, names, code))


@click.command("back-fill")
@click.option("--shop", required=True)
@click.option("--connection", "wanted", help="Its id, when the shop has several.")
@click.option("--since", type=click.DateTime(), required=True, help="UTC: orders placed from then on.")
@click.option("--until", type=click.DateTime(), help="UTC. Default: now.")
@click.option("--yes", is_flag=True, help="Send them without being asked.")
def back_fill(shop: str, wanted: str | None, since: datetime, until: datetime | None, yes: bool) -> None:
    """Counts the orders placed in a range of dates, asks, and has them sent, newest first, in the lowest lane."""
    with complete() as settings:
        asyncio.run(_back_fill(settings, shop, wanted, _utc(since), _utc(until), yes))


async def _replay(
    settings: Settings, shop: str, since: datetime, until: datetime, topic: str | None, held: bool, yes: bool
) -> None:
    async with open_core(settings, database_size=2) as core:
        where = await shops.locate(core.database, shop)
        if where is None:
            raise Refused("shop.unknown", f"{shop} has not installed the app.")
        tenant, shop_id = where
        chosen = Chosen(domain=shop, since=since, until=until, topic=topic, held=held)
        count = await again.replayable(core, tenant=tenant, chosen=chosen)
        click.echo(f"{count} events of {shop}", err=True)
        if not count or not (yes or click.confirm("Replay them?", err=True)):
            return
        await again.replay(core, tenant=tenant, shop=shop_id, chosen=chosen)
    click.echo(f"{count} events will be handled again")


async def _retry(
    settings: Settings, shop: str, wanted: str | None, names: tuple[str, ...], code: str | None
) -> None:
    async with open_core(settings, database_size=2) as core:
        connection = await one_connection(core, shop, wanted)
        count = await again.retry(core, connection, names=names, code=code)
    click.echo(f"{count} orders will be run again")


async def _back_fill(
    settings: Settings, shop: str, wanted: str | None, since: datetime, until: datetime, yes: bool
) -> None:
    async with open_core(settings, database_size=2) as core:
        connection = await one_connection(core, shop, wanted)
        if since < utc_now() - _SIXTY_DAYS:
            click.echo(
                "Shopify shows an app orders of the last 60 days unless it has granted `read_all_orders`.",
                err=True,
            )
        span = Span(since=since, until=until)
        keys = await again.placed_in(core, connection, span)
        click.echo(
            f"{len(keys)} orders were placed between {since:%Y-%m-%d %H:%M} and {until:%Y-%m-%d %H:%M} UTC",
            err=True,
        )
        if not keys or not (yes or click.confirm("Send those that are not in the ERP yet?", err=True)):
            return
        raised = await again.back_fill(core, connection, span, keys)
    click.echo(f"{raised} orders will be looked at")


def _utc(at: datetime | None) -> datetime:
    return at.replace(tzinfo=UTC) if at is not None else utc_now()


WORDS = (replay, retry, back_fill)
