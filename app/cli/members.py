"""Words about an organisation's people: who came, and giving one of them another role when nobody else can."""

from __future__ import annotations

import asyncio
from uuid import UUID

import click
import orjson

from app.cli.keys import BY, organisation
from app.cli.surroundings import complete
from app.domain.access import Role
from app.models import members
from app.operations import team
from app.settings import Settings
from app.wiring import open_core

_SHOP = click.option("--shop", required=True, help="A shop of the organisation.")
_PAGE = 500


@click.group()
def member() -> None:
    """The people who opened the app, and their roles."""


@member.command("list")
@_SHOP
def listed(shop: str) -> None:
    """Lists them as JSON lines; names stay on the page."""
    with complete() as settings:
        asyncio.run(_list(settings, shop))


@member.command("role")
@_SHOP
@click.argument("member_id", type=click.UUID)
@click.argument("role", type=click.Choice([each.value for each in Role]))
def give(shop: str, member_id: UUID, role: str) -> None:
    """Gives one of them another role."""
    with complete() as settings:
        asyncio.run(_give(settings, shop, member_id, Role(role)))


async def _list(settings: Settings, shop: str) -> None:
    async with open_core(settings, database_size=2) as core:
        tenant, after = await organisation(core, shop), None
        while True:
            async with core.database.tenant(tenant) as tx:
                rows = await members.page(tx, tenant=tenant, after=after, most=_PAGE)
            for row in rows:
                facts = {"id": str(row.id), "staff": row.staff, "role": row.role, "seen_at": row.seen_at}
                click.echo(orjson.dumps(facts | {"account_owner": row.account_owner}).decode())
            if len(rows) < _PAGE:
                return
            after = (rows[-1].since, rows[-1].id)


async def _give(settings: Settings, shop: str, member_id: UUID, role: Role) -> None:
    async with open_core(settings, database_size=2) as core:
        tenant = await organisation(core, shop)
        row = await team.set_role(
            core.database, tenant=tenant, member=member_id, role=role, by=BY, rank=Role.OWNER
        )
    click.echo(f"{row.id}  {row.role.value}")


WORDS = (member,)
