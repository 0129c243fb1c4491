"""Words that do by command what the page does: connect, go-live, and replaying what was received."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import click
import orjson

from app.cli.surroundings import complete
from app.errors import Misconfigured, Refused
from app.mapping import options as mapping_options
from app.models import connections, shops
from app.models.connections import Connection
from app.ports import HostSpec, Span, StoreSpec
from app.registry import HOSTS
from app.settings import Settings
from app.sync import first_contact
from app.sync.first_contact import Planned
from app.wiring import CREDENTIALS, Core, open_core, utc_now


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
    fields = checked(HOSTS[host], json.loads(credentials.read_text()))
    tables = _json(mapping) if mapping else {}
    options = dict(part.partition("=")[::2] for part in chosen)
    try:
        mapping_options.of(options)
    except ValueError as cause:
        raise Refused("option.unknown", f"An option is not known: {cause}.") from cause
    with complete() as settings:
        made = asyncio.run(
            _connect(settings, shop, HOSTS[host], name or HOSTS[host].label, fields, tables, options)
        )
    click.echo(str(made))


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


async def _connect(
    settings: Settings, shop: str, spec: HostSpec, name: str, fields: Mapping[str, str],
    tables: Mapping[str, Mapping[str, str]], options: Mapping[str, str],
) -> UUID:  # fmt: skip
    async with open_core(settings, database_size=2) as core:
        tenant, shop_id = await _shop(core, shop)
        chosen = uuid4()
        sealed = core.vault.seal(orjson.dumps(dict(fields)), tenant=tenant, purpose=CREDENTIALS)
        async with core.database.tenant(tenant) as tx:
            await connections.create(
                tx,
                tenant=tenant,
                id=chosen,
                shop=shop_id,
                host=spec.key,
                name=name,
                sealed_credentials=sealed,
                flows={"orders": True},
                options=options,
            )
            await connections.publish(tx, tenant=tenant, connection=chosen, tables=tables, by="command line")
            made = await connections.one(tx, tenant=tenant, connection=chosen)
        assert made is not None
        try:
            sides = await core.open_sides(made)
            health = await sides.ask(sides.host.check)
        except Exception:
            async with core.database.tenant(tenant) as tx:
                await connections.remove(tx, tenant=tenant, connection=chosen)
            raise
        click.echo(f"{spec.label} answers: {health.account}.", err=True)
        return chosen


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
        sides = await core.open_sides(connection)
        now = utc_now()
        # Stores date their orders to the second: one placed right after this must not look older than it.
        at = cut_over.replace(tzinfo=UTC) if cut_over else now.replace(microsecond=0)
        span = Span(
            since=now - first_contact.LOOK_BACK,
            until=max(at, now - first_contact.LOOK_BACK + timedelta(seconds=1)),
        )
        planned = [each async for each in first_contact.plan(sides, span, now=now)]
        _show(planned, at)
        if not yes:
            click.confirm("Go live?", abort=True, err=True)
        chosen = [
            p.key
            for p in planned
            if ("all" in approve or p.name in approve) and p.action in {"create", "adopt"}
        ]
        if not await first_contact.go_live(core.database, sides, at=at, approved=chosen):
            raise Refused("connection.live", "This connection is live already.")
        await core.queue.poke(connection.tenant, connection.shop)
    click.echo(f"live since {at.isoformat(timespec='seconds')}, {len(chosen)} older orders approved")


def _show(planned: list[Planned], at: datetime) -> None:
    counts: dict[str, int] = {}
    for each in planned:
        counts[each.action] = counts.get(each.action, 0) + 1
        click.echo(
            f"  {each.name:<12} {each.placed_at:%Y-%m-%d %H:%M}  {each.action:<7} {each.why}", err=True
        )
    summary = ", ".join(f"{count} to {action}" for action, count in sorted(counts.items())) or "none"
    click.echo(f"Orders of the last 7 days before {at:%Y-%m-%d %H:%M} UTC: {summary}.", err=True)


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


def checked(spec: HostSpec | StoreSpec, given: Mapping[str, str]) -> dict[str, str]:
    known = {field.name: field for field in spec.form}
    unknown, missing = (
        set(given) - set(known),
        {f.name for f in spec.form if f.required and not given.get(f.name)},
    )
    if unknown or missing:
        raise Misconfigured(
            "form.incomplete",
            f"{spec.label} needs {', '.join(sorted(known))}; missing: {sorted(missing)}, unknown: {sorted(unknown)}.",
        )
    defaults = {f.name: f.default for f in spec.form if f.default is not None}
    return defaults | dict(given)


def _json(path: Path) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = json.loads(path.read_text())
    return found


WORDS = (connect, go_live)
