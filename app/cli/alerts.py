"""Words about alerts: who is told, a test that really goes out, and what was told lately."""

from __future__ import annotations

import asyncio
from uuid import UUID

import click

from app.cli.surroundings import complete
from app.domain.alert_rules import AlertKind
from app.errors import Refused
from app.models import notifications, shops
from app.operations import alerts as desk
from app.settings import Settings
from app.wiring import Core, open_core

_SHOP = click.option("--shop", required=True, help="A shop of the organisation.")
_KINDS = click.Choice([kind.value for kind in AlertKind])


@click.group()
def alerts() -> None:
    """What people are told of by e-mail and webhook when something is wrong."""


@alerts.command("add")
@_SHOP
@click.option("--email", help="A mailbox.")
@click.option("--webhook", help="An address that is posted to, signed.")
@click.option("--kind", "kinds", multiple=True, type=_KINDS, help="Of what; default: everything.")
def add(shop: str, email: str | None, webhook: str | None, kinds: tuple[str, ...]) -> None:
    """Has someone told from now on; the secret of a webhook is shown this once."""
    if bool(email) == bool(webhook):
        raise Refused("alert.which", "Name a mailbox with --email, or an address with --webhook.")
    chosen = kinds or tuple(kind.value for kind in AlertKind)
    with complete() as settings:
        asyncio.run(_add(settings, shop, "email" if email else "webhook", email or webhook or "", chosen))


@alerts.command("remove")
@_SHOP
@click.argument("recipient", type=click.UUID)
def remove(shop: str, recipient: UUID) -> None:
    """Takes someone off the list."""
    with complete() as settings:
        asyncio.run(_remove(settings, shop, recipient))


@alerts.command("list")
@_SHOP
@click.option("--last", default=20, type=click.IntRange(0, 500), help="How many of the last messages.")
def list_alerts(shop: str, last: int) -> None:
    """Lists who is told, and what was told lately with what came of it."""
    with complete() as settings:
        asyncio.run(_list(settings, shop, last))


@alerts.command("test")
@_SHOP
@click.option("--to", "recipient", type=click.UUID, help="A recipient's id; default: all of them.")
@click.option("--kind", default=AlertKind.CRITICAL.value, type=_KINDS, help="In which words.")
def test(shop: str, recipient: UUID | None, kind: str) -> None:
    """Sends a test to those who are told, and says what came of each."""
    with complete() as settings:
        asyncio.run(_test(settings, shop, recipient, AlertKind(kind)))


async def _add(settings: Settings, shop: str, channel: str, address: str, kinds: tuple[str, ...]) -> None:
    async with open_core(settings, database_size=2) as core:
        tenant = await _tenant(core, shop)
        added = await desk.add(core, tenant=tenant, channel=channel, address=address, kinds=kinds)
    click.echo(f"{added.recipient.id}  {channel}")
    if added.secret:
        click.echo(f"its secret, shown this once: {added.secret}")


async def _remove(settings: Settings, shop: str, recipient: UUID) -> None:
    async with open_core(settings, database_size=2) as core:
        await desk.remove(core, tenant=await _tenant(core, shop), recipient=recipient)
    click.echo("removed")


async def _list(settings: Settings, shop: str, last: int) -> None:
    async with open_core(settings, database_size=2) as core:
        tenant = await _tenant(core, shop)
        for each in await desk.listed(core, tenant=tenant):
            click.echo(f"{each.id}  {each.channel}  {each.address}  {','.join(sorted(each.kinds))}")
        async with core.database.tenant(tenant) as tx:
            rows = await notifications.page(tx, tenant=tenant, after=None, most=last)
    for row in rows:
        why = f"  {row.sentence} [{row.code}]" if row.code else ""
        click.echo(f"{row.at:%Y-%m-%d %H:%M}  {row.channel}  {row.title}  {row.state}{why}")


async def _test(settings: Settings, shop: str, recipient: UUID | None, kind: AlertKind) -> None:
    async with open_core(settings, database_size=2) as core:
        tenant = await _tenant(core, shop)
        found = [each for each in await desk.listed(core, tenant=tenant) if recipient in {None, each.id}]
        if not found:
            raise Refused("alert.recipient_unknown", "There is no such recipient.")
        for each in found:
            row = await desk.test(core, tenant=tenant, recipient=each.id, kind=kind)
            why = f"  {row.sentence} [{row.code}]" if row.code else ""
            click.echo(f"{each.channel}  {each.address}  {row.state}{why}")


async def _tenant(core: Core, shop: str) -> UUID:
    where = await shops.locate(core.database, shop)
    if where is None:
        raise Refused("shop.unknown", f"{shop} has not installed the app.")
    return where[0]


WORDS = (alerts,)
