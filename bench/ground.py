"""What our side stands on in a bench: durable embedded servers in a throw-away folder, migrated, with installed shops."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import asyncpg

from app.embedded import EmbeddedPostgres, EmbeddedValkey, temporary_home
from app.local import completed
from app.models import schema, shops
from app.models.database import Database

PROFILE = "short"
_NOTHING: Mapping[str, str] = {}
_OWN = (
    "DATABASE_",
    "REDIS_",
    "SHOPIFY_",
    "TIMING_",
    "PORT",
    "PROFILE",
    "APP_URL",
    "LOG_LEVEL",
    "CRASH_BARRIER",
)


@dataclass(frozen=True, kw_only=True)
class Ground:
    """`environment` is what our processes are started with; `shops` are installed domains."""

    home: Path
    postgres: EmbeddedPostgres
    valkey: EmbeddedValkey
    environment: Mapping[str, str]
    shops: Sequence[str]

    @property
    def secret(self) -> str:
        return self.environment["SHOPIFY_API_SECRET"]

    @property
    def owner(self) -> str:
        return self.environment["DATABASE_OWNER_URL"]


@contextmanager
def ground(*, shops_installed: int = 0, environment: Mapping[str, str] = _NOTHING) -> Iterator[Ground]:
    """The caller's own settings stay outside: a bench never touches a database that somebody uses. `environment`: what
    our processes are told besides.
    """
    with (
        temporary_home() as home,
        EmbeddedPostgres(home / "postgres") as postgres,
        EmbeddedValkey(home / "valkey") as valkey,
    ):
        outside = {name: value for name, value in os.environ.items() if not name.startswith(_OWN)}
        own = {
            "DATABASE_OWNER_URL": postgres.dsn("postgres"),
            "DATABASE_URL": postgres.dsn("stockbridge_web"),
            "DATABASE_INTAKE_URL": postgres.dsn("stockbridge_door"),
            "REDIS_URL": valkey.url(),
            "PROFILE": PROFILE,
            "LOG_LEVEL": "warning",
        }
        with completed(outside | own | dict(environment), home) as whole:
            made = asyncio.run(_prepared(whole, shops_installed))
            yield Ground(home=home, postgres=postgres, valkey=valkey, environment=whole, shops=made)


async def _prepared(environment: Mapping[str, str], count: int) -> list[str]:
    await schema.migrate(
        owner_url=environment["DATABASE_OWNER_URL"],
        app_url=environment["DATABASE_URL"],
        intake_url=environment["DATABASE_INTAKE_URL"],
    )
    domains = [f"bench-{number}.myshopify.com" for number in range(count)]
    database = await Database.open(environment["DATABASE_URL"], size=1)
    try:
        for domain in domains:
            tenant = uuid4()
            async with database.tenant(tenant) as tx:
                await shops.create(tx, tenant=tenant, domain=domain, platform="shopify", at=datetime.now(UTC))
    finally:
        await database.close()
    return domains


async def emptied(owner: str) -> None:
    """An empty inbox, so that every round meets the same tables."""
    connection = await asyncpg.connect(owner)
    try:
        await connection.execute("TRUNCATE inbox_seen, inbox_event, inbox_work")
        await connection.execute("CHECKPOINT")
    finally:
        await connection.close()


async def stored_ids(owner: str, prefix: str) -> set[str]:
    """The deliveries of a run that are in the table."""
    connection = await asyncpg.connect(owner)
    try:
        rows = await connection.fetch(
            "SELECT webhook_id FROM inbox_event WHERE starts_with(webhook_id, $1)", prefix
        )
        return {row["webhook_id"] for row in rows}
    finally:
        await connection.close()
