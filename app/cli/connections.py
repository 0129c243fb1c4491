"""Words that do by command what the page does: connect, go-live, and replaying what was received."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import click

from app.cli.surroundings import complete
from app.errors import Refused
from app.models import connections, shops
from app.models.connections import Connection
from app.operations import connecting, going_live
from app.operations.connecting import Wish
from app.operations.going_live import APPROVABLE, Plan
from app.ports import Probed
from app.registry import HOSTS
from app.settings import Settings
from app.wiring import Core, open_core


@click.command()
@click.option("--shop", required=True, help="The shop's domain, as Shopify names it.")
@click.option("--host", "host", required=True, type=click.Choice(sorted(HOSTS)), help="Which ERP.")
@click.option("--name", help="What to call the connection.")
@click.option(
    "--credentials", type=click.Path(exists=True, path_type=Path), help="A JSON file of the form's fields."
)
@click.option(
    "--mapping", type=click.Path(exists=True, path_type=Path), help="A JSON file of the look-up tables."
)
@click.option(
    "--option", "chosen", multiple=True, metavar="NAME=VALUE", help="A choice, such as side=presentment."
)
def connect(
    shop: str, host: str, name: str | None, credentials: Path, mapping: Path | None, chosen: tuple[str, ...]
) -> None:
    """Joins an installed shop to an ERP, after testing the connection. Nothing is written until `go-live`."""
    wish = Wish(
        host=host,
        name=name,
        fields=_fields(credentials),
        tables=_json(mapping) if mapping else {},
        options=dict(part.partition("=")[::2] for part in chosen),
    )
    with complete() as settings:
        made = asyncio.run(_connect(settings, shop, wish))
    click.echo(str(made))


@click.command("try-call")
@click.option("--host", "host", required=True, type=click.Choice(sorted(HOSTS)), help="Which ERP.")
@click.option(
    "--credentials",
    required=True,
    type=click.Path(exists=True, path_type=Path),
    help="A JSON file of the form's fields.",
)
@click.option("--call", required=True, help="Which reading call of its document, such as stock.page.")
@click.option(
    "--value", "values", multiple=True, metavar="NAME=VALUE", help="In place of the sample's, such as key=42."
)
def try_call(host: str, credentials: Path, call: str, values: tuple[str, ...]) -> None:
    """Makes one reading call of a connection document, and shows what was sent, what came back and what was found in it."""
    given = dict(part.partition("=")[::2] for part in values)
    with complete() as settings:
        shown = asyncio.run(_try_call(settings, host, _fields(credentials), call, given))
    click.echo(json.dumps(asdict(shown), indent=2, ensure_ascii=False))


@click.command("go-live")
@click.option("--shop", required=True)
@click.option("--connection", "wanted", help="Its id, when the shop has several.")
@click.option("--cut-over", type=click.DateTime(), help="UTC; orders from then on are sent. Default: now.")
@click.option("--yes", is_flag=True, help="Approve the plan without being asked.")
@click.option(
    "--approve", multiple=True, help="Also send this older order (its name); `all` sends each in the plan."
)
def go_live(
    shop: str, wanted: str | None, cut_over: datetime | None, yes: bool, approve: tuple[str, ...]
) -> None:
    """Shows which of the last 7 days' orders would be created, adopted or skipped, asks, and starts the connection."""
    with complete() as settings:
        asyncio.run(_go_live(settings, shop, wanted, cut_over, yes, approve))


async def _connect(settings: Settings, shop: str, wish: Wish) -> UUID:
    async with open_core(settings, database_size=2) as core:
        tenant, shop_id = await _shop(core, shop)
        made, health = await connecting.connect(
            core, tenant=tenant, shop=shop_id, wish=wish, by="command line"
        )
    click.echo(f"{HOSTS[wish.host].label} answers: {health.account}.", err=True)
    return made


def _fields(file: Path) -> dict[str, str]:
    """A field that is JSON itself may stand there as such."""
    found = json.loads(file.read_text())
    return {
        name: value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        for name, value in found.items()
    }


async def _try_call(
    settings: Settings, host: str, fields: dict[str, str], call: str, values: dict[str, str]
) -> Probed:
    async with open_core(settings, database_size=2) as core:
        spec = connecting.known_host(host)
        return await connecting.probed(core, spec, connecting.checked(spec, fields), call=call, values=values)


async def _go_live(
    settings: Settings,
    shop: str,
    wanted: str | None,
    cut_over: datetime | None,
    yes: bool,
    approve: tuple[str, ...],
) -> None:
    async with open_core(settings, database_size=2) as core:
        connection = await one_connection(core, shop, wanted)
        at = cut_over.replace(tzinfo=UTC) if cut_over else None
        plan = await going_live.plan(core, connection, cut_over=at)
        _show(plan)
        if not yes:
            click.confirm("Go live?", abort=True, err=True)
        chosen = [
            each.key
            for each in plan.orders
            if ("all" in approve or each.name in approve) and each.action in APPROVABLE
        ]
        await going_live.go_live(core, connection, cut_over=plan.cut_over, approved=chosen)
    click.echo(
        f"live since {plan.cut_over.isoformat(timespec='seconds')}, {len(chosen)} older orders approved"
    )


def _show(plan: Plan) -> None:
    counts: dict[str, int] = {}
    for each in plan.orders:
        counts[each.action] = counts.get(each.action, 0) + 1
        click.echo(
            f"  {each.name:<12} {each.placed_at:%Y-%m-%d %H:%M}  {each.action:<7} {each.why}", err=True
        )
    summary = ", ".join(f"{count} to {action}" for action, count in sorted(counts.items())) or "none"
    click.echo(f"Orders of the last 7 days before {plan.cut_over:%Y-%m-%d %H:%M} UTC: {summary}.", err=True)


async def _shop(core: Core, domain: str) -> tuple[UUID, UUID]:
    where = await shops.locate(core.database, domain)
    if where is None:
        raise Refused(
            "shop.unknown", f"{domain} has not installed the app; open it from its Shopify admin first."
        )
    return where


async def one_connection(core: Core, shop: str, wanted: str | None) -> Connection:
    tenant, shop_id = await _shop(core, shop)
    async with core.database.tenant(tenant) as tx:
        found = [
            c
            for c in await connections.of_shop(tx, tenant=tenant, shop=shop_id)
            if wanted in {None, str(c.id)}
        ]
    if len(found) != 1:
        raise Refused(
            "connection.which", f"{shop} has {len(found)} such connections; name one with --connection."
        )
    return found[0]


def joined(shop: str, wanted: str | None, act: Callable[[Core, Connection], Awaitable[None]]) -> None:
    """Opens the core, finds the shop's connection, and does `act` with both."""

    async def run(settings: Settings) -> None:
        async with open_core(settings, database_size=4) as core:
            await act(core, await one_connection(core, shop, wanted))

    with complete() as settings:
        asyncio.run(run(settings))


def _json(path: Path) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = json.loads(path.read_text())
    return found


WORDS = (connect, try_call, go_live)
