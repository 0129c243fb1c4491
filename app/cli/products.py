"""Words about products: what the ERP told of its items, as CSV, and where the SKUs of both sides do not fit."""

from __future__ import annotations

import asyncio
import sys
from contextlib import nullcontext
from pathlib import Path

import click

from app.cli.connections import one_connection
from app.cli.surroundings import complete
from app.models import sku_audit
from app.operations import products as report
from app.settings import Settings
from app.wiring import open_core

_PAGE = 500
_OUT = click.Path(dir_okay=False, writable=True, path_type=Path)
_SHOP = click.option("--shop", required=True)
_CONNECTION = click.option("--connection", "wanted", help="Its id, when the shop has several.")


@click.group()
def products() -> None:
    """Products from the ERP to the shop."""


@products.command("list")
@_SHOP
@_CONNECTION
@click.option("--csv", "file", type=_OUT, help="A file to write; without one it goes to the screen.")
@click.option("--sku", "words", default="", help="Only SKUs that begin with this.")
def listed(shop: str, wanted: str | None, file: Path | None, words: str) -> None:
    """Every item that the ERP told of, with what became of it, as CSV."""
    with complete() as settings:
        asyncio.run(_listed(settings, shop, wanted, file, words))


@products.command()
@_SHOP
@_CONNECTION
def audit(shop: str, wanted: str | None) -> None:
    """SKUs that one side lacks, has twice, left blank, or writes in other capitals."""
    with complete() as settings:
        asyncio.run(_audit(settings, shop, wanted))


async def _listed(settings: Settings, shop: str, wanted: str | None, file: Path | None, words: str) -> None:
    async with open_core(settings, database_size=2) as core:
        connection = await one_connection(core, shop, wanted)
        opened = file.open("w", encoding="utf-8", newline="") if file else nullcontext(sys.stdout)
        with opened as out:
            async for line in report.lines(
                core.database, tenant=connection.tenant, connection=connection.id, words=words
            ):
                out.write(line)


async def _audit(settings: Settings, shop: str, wanted: str | None) -> None:
    async with open_core(settings, database_size=2) as core:
        connection = await one_connection(core, shop, wanted)
        tenant, after = connection.tenant, None
        async with core.database.tenant(tenant) as tx:
            counted = await sku_audit.counts(
                tx, tenant=tenant, shop=connection.shop, connection=connection.id
            )
        for fault, skus in counted.items():
            click.echo(f"{fault.value}: {skus}")
        while True:
            async with core.database.tenant(tenant) as tx:
                page, after = await sku_audit.page(
                    tx, tenant=tenant, shop=connection.shop, connection=connection.id, after=after, most=_PAGE
                )
            for sku in page:
                click.echo(f"{sku.fault.value}\t{sku.store or ''}\t{sku.host or ''}", err=True)
            if after is None:
                return


WORDS = (products,)
