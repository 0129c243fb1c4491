"""Migrations: makes the roles, then applies what is missing, once, under a lock."""

from __future__ import annotations

from importlib import resources
from typing import cast
from urllib.parse import unquote, urlsplit

import asyncpg
from tortoise import Tortoise
from tortoise.backends.asyncpg.client import AsyncpgDBClient
from tortoise.migrations.executor import MigrationExecutor

from app.errors import Misconfigured
from app.models.addresses import place
from app.models.database import ENTITIES, Database, credentials

MIGRATIONS = "app.models.migrations"
_LOCK = 7_201_845
_GROUPS = ("stockbridge_app", "stockbridge_intake", "stockbridge_across")


async def migrate(*, owner_url: str, app_url: str, intake_url: str) -> list[str]:
    """Applies every missing migration and answers with their names. Safe to run twice and from several places at once."""
    lock = await asyncpg.connect(**place(owner_url))
    try:
        await lock.execute("SELECT pg_advisory_lock($1)", _LOCK)
        await _make_roles(lock, app_url=app_url, intake_url=intake_url)
        return await _apply(owner_url)
    finally:
        await lock.close()


async def is_current(database: Database) -> bool:
    """Whether the newest migration of this program has been applied (for /readyz)."""
    async with database.across() as tx:
        applied = {row["name"] for row in await tx.rows("SELECT name FROM tortoise_migrations")}
    return set(names()) <= applied


def names() -> list[str]:
    """The migrations this program knows, in order."""
    files = resources.files(MIGRATIONS).iterdir()
    return sorted(
        f.name.removesuffix(".py") for f in files if f.name[:1].isdigit() and f.name.endswith(".py")
    )


async def _apply(owner_url: str) -> list[str]:
    apps = {"models": {"models": [ENTITIES], "default_connection": "default", "migrations": MIGRATIONS}}
    engine = {"engine": "tortoise.backends.asyncpg", "credentials": credentials(owner_url, 2)}
    context = await Tortoise.init(
        config={"connections": {"default": engine}, "apps": apps, "use_tz": True, "timezone": "UTC"}
    )
    try:
        client = cast(AsyncpgDBClient, context.connections.get("default"))
        done: list[str] = []
        await MigrationExecutor(client, apps).migrate(
            progress=lambda event, _app, name: done.append(name) if event == "apply_done" else None
        )
        return done
    finally:
        await context.close_connections()


async def _make_roles(owner: asyncpg.Connection, *, app_url: str, intake_url: str) -> None:
    """Group roles carry the grants; the login roles of the two addresses are members of them."""
    for group in _GROUPS:
        await _make_role(owner, group, "NOLOGIN")
    await owner.execute("GRANT stockbridge_across TO CURRENT_USER")
    await owner.execute("GRANT CREATE ON SCHEMA public TO stockbridge_across")
    for url, group in ((app_url, "stockbridge_app"), (intake_url, "stockbridge_intake")):
        parts = urlsplit(url)
        user = unquote(parts.username or "")
        if not user:
            raise Misconfigured("database.no_user", f"The address for {group} names no user.")
        await _make_role(owner, user, "LOGIN", password=unquote(parts.password) if parts.password else None)
        await owner.execute(f"GRANT {group} TO {_quoted(user)}")


async def _make_role(owner: asyncpg.Connection, name: str, kind: str, *, password: str | None = None) -> None:
    if await owner.fetchval("SELECT 1 FROM pg_roles WHERE rolname = $1", name):
        return
    secret = " PASSWORD '" + password.replace("'", "''") + "'" if password else ""
    try:
        await owner.execute(f"CREATE ROLE {_quoted(name)} {kind} NOBYPASSRLS{secret}")
    except (asyncpg.DuplicateObjectError, asyncpg.UniqueViolationError):
        # Roles belong to the server, so another database's migration may have been faster.
        return


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
