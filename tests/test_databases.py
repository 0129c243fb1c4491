"""A database that one test had is for the next one as if it were new, or is not given to it."""

from __future__ import annotations

import asyncpg
import pytest

from app.embedded import EmbeddedPostgres
from app.models.database import Database
from tests.conftest import Template, cloned
from tests.models.world import join


async def test_what_a_test_leaves_behind_is_gone_for_the_next_one(
    postgres: EmbeddedPostgres, template: Template
) -> None:
    async with cloned(postgres, template) as one:
        database = await Database.open(one.app, size=1)
        joined = await join(database)
        await database.close()
        left_open = await asyncpg.connect(one.app)
        owner = await asyncpg.connect(one.owner)
        assert (
            await owner.fetchval("SELECT count(*) FROM connection WHERE tenant_id = $1", joined.tenant) == 1
        )
        first = await filled(owner)
        await owner.close()
    assert left_open.is_closed()
    async with cloned(postgres, template) as other:
        assert other.name == one.name
        owner = await asyncpg.connect(other.owner)
        assert await owner.fetchval("SELECT count(*) FROM tenant") == 0
        new = await filled(owner)
        again = await Database.open(other.app, size=1)
        await join(again)
        await again.close()
        assert await filled(owner) == first
        assert new < first
        await owner.close()


async def filled(owner: asyncpg.Connection) -> set[tuple[str, int]]:
    """Every table with something in it, and every sequence that was drawn from."""
    tables = await owner.fetch(
        "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
    )
    counts = {(row[0], await owner.fetchval(f'SELECT count(*) FROM "{row[0]}"')) for row in tables}
    drawn = await owner.fetch(
        "SELECT sequencename, last_value FROM pg_sequences WHERE last_value IS NOT NULL"
    )
    return {each for each in counts if each[1]} | {(row[0], row[1]) for row in drawn}


@pytest.mark.parametrize(
    "change",
    [
        "CREATE TABLE another (id int)",
        "ALTER TABLE record ADD COLUMN another int",
        "DROP POLICY IF EXISTS nothing ON record; CREATE INDEX another ON record (kind)",
        "ALTER TABLE record DISABLE TRIGGER USER",
        "GRANT DELETE ON record TO stockbridge_door",
        "DELETE FROM tortoise_migrations",
        "INSERT INTO tenant (id, name) SELECT gen_random_uuid(), repeat('x', 900) FROM generate_series(1, 9000)",
    ],
)
async def test_one_that_was_changed_is_thrown_away(
    postgres: EmbeddedPostgres, template: Template, change: str
) -> None:
    async with cloned(postgres, template) as one:
        owner = await asyncpg.connect(one.owner)
        await owner.execute(change)
        await owner.close()
    async with cloned(postgres, template) as other:
        assert other.name != one.name
    there = await template.superuser.fetch("SELECT datname FROM pg_database WHERE datname LIKE 'test_%'")
    assert one.name not in {row[0] for row in there}
