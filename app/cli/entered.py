"""The word that adds a shop of a platform with a form; a Shopify shop adds itself by installing the app."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path
from uuid import UUID

import click

from app.cli.surroundings import complete
from app.errors import Refused
from app.models import entered_shops
from app.operations.connecting import checked
from app.ports import StoreSpec
from app.registry import STORES
from app.settings import Settings
from app.wiring import Core, open_core, utc_now

_PLATFORMS = sorted(key for key, spec in STORES.items() if spec.form)


@click.command("add-shop", hidden=not _PLATFORMS)
@click.option("--platform", required=True, type=click.Choice(_PLATFORMS))
@click.option(
    "--name", required=True, help="What to call the shop; `connect` then knows it as PLATFORM:NAME."
)
@click.option(
    "--credentials",
    required=True,
    type=click.Path(exists=True, path_type=Path),
    help="A JSON file of the form's fields.",
)
def add_shop(platform: str, name: str, credentials: Path) -> None:
    """Adds a shop of a platform that has a form, or gives it new credentials, after testing them."""
    with complete() as settings:
        click.echo(asyncio.run(_add(settings, STORES[platform], name, json.loads(credentials.read_text()))))


async def _add(settings: Settings, spec: StoreSpec, name: str, entered: Mapping[str, str]) -> str:
    async with open_core(settings, database_size=2) as core:
        await add(core, spec, name, entered)
    return entered_shops.domain_of(spec.key, name)


async def add(core: Core, spec: StoreSpec, name: str, entered: Mapping[str, str]) -> tuple[UUID, UUID]:
    """Tests what was entered, then adds the shop; answers with its organisation's id and its own."""
    if not name.replace("-", "").replace("_", "").isalnum() or not name.isascii():
        raise Refused("shop.name", "A shop's name is made of letters, digits, - and _.")
    fields = checked(spec, entered)
    domain = entered_shops.domain_of(spec.key, name)
    health = await spec.open(core.entered_access(domain, fields)).check()
    click.echo(f"{spec.label} answers: {health.account}.", err=True)
    return await entered_shops.add(
        core.database, core.vault, platform=spec.key, name=name, credentials=fields, at=utc_now()
    )


WORDS = (add_shop,)
