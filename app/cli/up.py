"""The word `up`: servers, web and workers with one word; with `--demo` a shop, an ERP and orders that keep arriving."""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import time
from dataclasses import replace
from pathlib import Path

import click

from app.cli import judge as judges
from app.cli.demo import judge_child
from app.cli.judge import Planned, open_judge
from app.cli.sandbox import refuse_beside_production
from app.cli.show import ArrivalsShown, ProgressShown
from app.cli.stage import ROOT, ErpConfig, Stage, demo_environment, options
from app.errors import Misconfigured
from app.local import completed
from app.processes import Supervisor, run
from app.settings import home, read

_SHOP = "demo.myshopify.com"
_ORDERS, _SKUS = 1_000, 50
_EVERY_SECONDS = 4.0
_PRACTICE_BESIDE = 10


@click.command()
@click.option(
    "--web", default=1, show_default=True, type=click.IntRange(1, 64), help="Processes on one port."
)
@click.option("--workers", default=1, show_default=True, type=click.IntRange(1, 64))
@click.option("--port", type=int, help="Default: PORT, else 3000.")
@click.option(
    "--demo", is_flag=True, help="Also a simulated Shopify, a demo ERP and orders that keep arriving."
)
def up(web: int, workers: int, port: int | None, demo: bool) -> None:
    """Starts all of Stockbridge; PostgreSQL and Valkey too where none are named. Ctrl-C ends everything."""
    place = home(os.environ)
    if demo:
        refuse_beside_production(os.environ)
        place, given = place / "demo", demo_environment(os.environ)
    else:
        given = dict(os.environ)
    with completed(given, place) as environment:
        chosen = port or int(environment.get("PORT") or 3000)
        run(_up(environment, place, chosen, web=web, workers=workers, demo=demo))


async def _up(
    environment: dict[str, str], place: Path, port: int, *, web: int, workers: int, demo: bool
) -> None:
    shown = ProgressShown()
    environment["PORT"] = str(port)
    environment.setdefault("APP_URL", f"http://127.0.0.1:{port}")
    async with Supervisor(shown.said) as supervisor:
        stage = Stage(
            supervisor=supervisor, environment=environment, home=place, port=port, shop=_SHOP, quiet=demo
        )
        if demo:
            await _show_orders(stage, shown, web=web, workers=workers)
            return
        if read(environment).database_owner_url:
            await stage.migrate()
        await _room_for_practice(stage, port)
        await stage.open_web(web)
        await stage.open_workers(workers)
        click.echo(f"Stockbridge answers at {stage.app}; ctrl-C ends it.", err=True)
        await asyncio.Event().wait()


async def _room_for_practice(stage: Stage, port: int) -> None:
    """On a port that stays the same, since practice connections remember it; where one is named already it is used."""
    if stage.environment.get("PRACTICE_URL"):
        return
    kept = stage.home / "practice.secret"
    if not kept.exists():
        kept.touch(mode=0o600)
        kept.write_text(secrets.token_hex(32))
    stage.environment["PRACTICE_SECRET"] = kept.read_text()
    there = str(port + _PRACTICE_BESIDE)
    words = options(port=there, state=stage.home / "practice")
    announced = await stage.supervisor.start(
        replace(stage.ours("practice", "practice", *words), announces=True)
    )
    stage.environment["PRACTICE_URL"] = announced["address"]


async def _show_orders(stage: Stage, shown: ProgressShown, *, web: int, workers: int) -> None:
    """The shop and the ERP are kept between two starts; what was connected stays connected."""
    shown.stage("starting the simulated Shopify and the demo ERP")
    shopify = await stage.open_store(state=stage.home / "shopify")
    await stage.migrate()
    # Another plan each time: its orders are new to a shop that remembers the last one's.
    words = options(
        shopify=shopify, app=stage.app, toml=ROOT / "shopify.app.toml", shop=stage.shop, seed=int(time.time()),
        orders=_ORDERS, skus=_SKUS,
    )  # fmt: skip
    async with open_judge(judge_child(stage, *words)) as judge:
        planned = await judge.until(Planned)
        erp = await _erp(stage, planned)
        shown.stage("starting web and workers, connecting the shop")
        await stage.open_web(web)
        await judge.ask("install")
        await judge.until(judges.Installed)
        await stage.open_workers(workers)
        await _connected_once(stage, erp)
        _say_where(stage, shopify, erp)
        await judge.ask(
            "stream", host=erp.host, credentials=erp.credentials, through="doors", every=_EVERY_SECONDS
        )
        with ArrivalsShown() as arrivals:
            async for event in judge.events():
                if isinstance(event, judges.Order):
                    arrivals.show(event)


async def _erp(stage: Stage, planned: Planned) -> ErpConfig:
    """On the port that the connection knows, where there is one already."""
    kept = _marker(stage)
    port = json.loads(kept.read_text())["erp_port"] if kept.exists() else 0
    try:
        erp = await stage.open_erp("memory", planned, port=port)
    except Misconfigured as cause:
        raise Misconfigured(
            "demo.port_taken",
            f"The demo ERP can't have its port {port} back. Remove {stage.home} to begin anew. {cause.sentence}",
        ) from cause
    stage.allow(erp)
    return erp


async def _connected_once(stage: Stage, erp: ErpConfig) -> None:
    kept = _marker(stage)
    if not kept.exists():
        await stage.connect(erp)
        kept.write_text(json.dumps({"erp_port": int(erp.credentials["address"].rpartition(":")[2])}))


def _marker(stage: Stage) -> Path:
    return stage.home / "connected.json"


def _say_where(stage: Stage, shopify: str, erp: ErpConfig) -> None:
    click.echo(f"The simulated admin:   {shopify}/store/{stage.shop}/apps/stockbridge")
    click.echo(f"The simulated Shopify: {shopify}/control/shops/{stage.shop}")
    click.echo(f"Stockbridge:           {stage.app}")
    click.echo(f"The demo ERP:          {erp.credentials['address']} (key demo-key)")
    click.echo(f"Logs and data:         {stage.home}")
    click.echo("A mixed order arrives every few seconds; ctrl-C ends everything.")


WORDS = (up,)
