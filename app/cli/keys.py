"""Words about secrets: API tokens for outside tools, and sealing everything anew with the newest key."""

from __future__ import annotations

import asyncio
from uuid import UUID

import click

from app.cli.surroundings import complete
from app.domain.access import EVERY, Scope
from app.errors import Refused
from app.models import api_tokens, sealed, shops
from app.operations import tokens
from app.settings import Settings
from app.wiring import Core, open_core

BY = "command line"


@click.group()
def token() -> None:
    """API tokens of an organisation: shown once, kept as a hash."""


@token.command("create")
@click.option("--shop", required=True, help="A shop of the organisation.")
@click.option("--name", required=True, help="What will use it.")
@click.option("--scope", "scopes", multiple=True, required=True, type=click.Choice(api_tokens.SCOPES))
@click.option("--days", type=click.IntRange(min=1), help="Valid for so many days. Default: until revoked.")
def create_token(shop: str, name: str, scopes: tuple[str, ...], days: int | None) -> None:
    """Makes a token and prints it: this is the only time it is shown."""
    with complete() as settings:
        click.echo(asyncio.run(make_token(settings, shop, name, scopes, days)))


@token.command("list")
@click.option("--shop", required=True)
def list_tokens(shop: str) -> None:
    """Lists the tokens of the shop's organisation."""
    with complete() as settings:
        asyncio.run(_list(settings, shop))


@token.command("revoke")
@click.option("--shop", required=True)
@click.argument("token_id", type=click.UUID)
def revoke_token(shop: str, token_id: UUID) -> None:
    """Ends a token at once."""
    with complete() as settings:
        asyncio.run(_revoke(settings, shop, token_id))


@click.command("rotate-keys")
def rotate_keys() -> None:
    """Seals every stored secret and body anew with the first key of SEAL_KEYS; safe to stop and to run again."""
    with complete() as settings:
        count = asyncio.run(_rotate(settings))
    click.echo(f"{count} values sealed anew; keys between the first and the last may go once this prints 0")


async def make_token(
    settings: Settings, shop: str, name: str, scopes: tuple[str, ...], days: int | None
) -> str:
    """Writes an API token of the shop's organisation and answers with it; only its hash is kept."""
    async with open_core(settings, database_size=2) as core:
        made = await tokens.make(
            core.database,
            tenant=await organisation(core, shop),
            name=name,
            scopes=[Scope(each) for each in scopes],
            days=days,
            by=BY,
            held=EVERY,
        )
    return made.secret


async def _list(settings: Settings, shop: str) -> None:
    async with open_core(settings, database_size=2) as core:
        tenant = await organisation(core, shop)
        async with core.database.tenant(tenant) as tx:
            for each in await api_tokens.listed(tx, tenant=tenant):
                ends = each.revoked_at or each.expires_at
                click.echo(
                    f"{each.id}  {each.name}  {','.join(each.scopes)}  {f'ends {ends:%Y-%m-%d}' if ends else 'no end'}"
                )


async def _revoke(settings: Settings, shop: str, token_id: UUID) -> None:
    async with open_core(settings, database_size=2) as core:
        tenant = await organisation(core, shop)
        await tokens.revoke(core.database, tenant=tenant, token=token_id, by=BY)
    click.echo("revoked")


async def _rotate(settings: Settings) -> int:
    async with open_core(settings, database_size=2) as core:
        vault, count = core.vault, 0
        for tenant in [UUID(int=0), *await sealed.tenants(core.database)]:
            for column in sealed.COLUMNS:

                def anew(value: bytes, tenant: UUID = tenant, purpose: str = column.purpose) -> bytes | None:
                    if vault.key_of(value) == vault.newest:
                        return None
                    return vault.seal(
                        vault.open(value, tenant=tenant, purpose=purpose), tenant=tenant, purpose=purpose
                    )

                count += await sealed.reseal(core.database, tenant=tenant, column=column, anew=anew)
        return count


async def organisation(core: Core, shop: str) -> UUID:
    """The tenant of a shop. Raises Refused for one that never installed the app."""
    where = await shops.locate(core.database, shop)
    if where is None:
        raise Refused("shop.unknown", f"{shop} has not installed the app.")
    return where[0]


WORDS = (token, rotate_keys)
