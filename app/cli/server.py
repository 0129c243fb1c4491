"""Words that run and look after processes: serve, worker, migrate, doctor."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import click
import uvloop

from app.cli.surroundings import complete, from_environment
from app.errors import Misconfigured
from app.job_queue import redis_answers
from app.models import schema
from app.models.database import Database
from app.models.health import durability, look_first
from app.settings import Settings


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", type=int, help="Default: PORT, else 3000.")
def serve(host: str, port: int | None) -> None:
    """Serves webhooks, installs and the page. Start as many as you like on one port."""
    from app import main as web  # noqa: PLC0415  (what processes that stay import is a third of the start of every other word)

    settings = from_environment()
    uvloop.run(web.serve(settings, host=host, port=settings.port if port is None else port))


@click.command()
def worker() -> None:
    """Does the syncing. Start as many as you like."""
    from app.jobs import serve as jobs  # noqa: PLC0415  (as above)

    uvloop.run(jobs.work(from_environment()))


@click.command()
def migrate() -> None:
    """Brings the database to this version; safe to run twice and from several places."""
    with complete() as settings:
        done = asyncio.run(migrated(settings))
    click.echo(f"applied {', '.join(done)}" if done else "nothing to apply")


@click.command()
@click.option("--after-restore", is_flag=True, help="Look before every first send until all is reconciled.")
def doctor(after_restore: bool) -> None:
    """Checks settings, database, row-level security, durability and Redis, and says what to do."""
    with complete() as settings:
        problems = asyncio.run(_examine(settings, after_restore=after_restore))
    for problem in problems:
        click.echo(f"✗ {problem}", err=True)
    if problems:
        raise SystemExit(1)
    click.echo("Everything is in order.")


async def migrated(settings: Settings) -> list[str]:
    """Applies what is missing, as the owner."""
    if settings.database_owner_url is None:
        raise Misconfigured("settings.no_owner", "DATABASE_OWNER_URL is missing: migrate runs as the owner.")
    return await schema.migrate(
        owner_url=settings.database_owner_url,
        app_url=settings.database_url,
        intake_url=settings.database_intake_url,
    )


async def _examine(settings: Settings, *, after_restore: bool) -> list[str]:
    problems: list[str] = []
    if settings.database_owner_url is not None:
        done = await migrated(settings)
        click.echo(f"✓ schema is current{f' ({len(done)} migrations applied)' if done else ''}")
    database = await Database.open(settings.database_url, size=2)
    try:
        click.echo("✓ the database user is bound by row-level security")
        if not await schema.is_current(database):
            problems.append("The schema is older than this program: run `stockbridge migrate`.")
        problems += await durability(database)
        if after_restore:
            count = await look_first(database, for_at_least=timedelta(hours=24))
            click.echo(f"✓ {count} connections look before they send")
    finally:
        await database.close()
    problems += await _redis(settings)
    return problems


async def _redis(settings: Settings) -> list[str]:
    if await redis_answers(settings.redis_url):
        click.echo("✓ Redis answers")
        return []
    return ["Redis does not answer. Work goes on from PostgreSQL, more slowly."]


WORDS = (serve, worker, migrate, doctor)
