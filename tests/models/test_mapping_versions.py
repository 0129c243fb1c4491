"""What was published stays as it is, whoever asks the database; one draft at most stands beside it."""

from __future__ import annotations

from uuid import uuid4

import asyncpg
import pytest

from app.models import connections, mapping_versions
from app.models.database import Database
from tests.conftest import Addresses
from tests.models.world import TABLES, Joined, join


@pytest.fixture
async def one(database: Database) -> Joined:
    """With version 1 retired, 2 in force, and a draft."""
    made = await join(database)
    async with database.tenant(made.tenant) as tx:
        await connections.publish(tx, tenant=made.tenant, connection=made.connection, tables=TABLES, by="me")
        assert await mapping_versions.begin(tx, tenant=made.tenant, connection=made.connection, by="me")
    return made


@pytest.mark.parametrize(
    "change",
    [
        "tables = '{}' WHERE number = 1",
        "tables = '{}' WHERE number = 2",
        "rules = '{\"a\": 1}' WHERE number = 2",
        "note = 'another' WHERE number = 2",
        "number = 7 WHERE number = 2",
        "published_at = now() WHERE number = 1",
        "made_by = 'somebody' WHERE number = 1",
        "state = 'published' WHERE number = 1",
        "state = 'retired' WHERE number = 0",
    ],
)
async def test_what_was_published_is_changed_by_nobody_not_even_by_the_tables_owner(
    addresses: Addresses, one: Joined, change: str
) -> None:
    owner = await asyncpg.connect(addresses.owner)
    try:
        with pytest.raises((asyncpg.RestrictViolationError, asyncpg.CheckViolationError)):
            await owner.execute(f"UPDATE mapping_version SET {change}")
        # The eye that sees it refused sees a draft changed.
        assert await owner.execute("UPDATE mapping_version SET note = 'mine' WHERE number = 0") == "UPDATE 1"
    finally:
        await owner.close()


@pytest.mark.parametrize("number", [1, 2])
async def test_what_was_published_is_deleted_by_nobody_while_its_connection_is_there(
    addresses: Addresses, database: Database, one: Joined, number: int
) -> None:
    delete = "DELETE FROM mapping_version WHERE number = $1"
    owner = await asyncpg.connect(addresses.owner)
    try:
        with pytest.raises(asyncpg.RestrictViolationError):
            await owner.execute(delete, number)
        with pytest.raises(asyncpg.RestrictViolationError):
            async with database.tenant(one.tenant) as tx:
                await tx.run(delete, number)
        assert await owner.fetchval("SELECT count(*) FROM mapping_version") == 3
        assert await owner.execute(delete, 0) == "DELETE 1"
    finally:
        await owner.close()


async def test_a_connection_that_was_never_live_goes_with_its_versions_and_one_that_was_keeps_all(
    addresses: Addresses, database: Database, one: Joined
) -> None:
    new = await join(database, live=False)
    for joined, gone in ((one, False), (new, True)):
        async with database.tenant(joined.tenant) as tx:
            about = {"tenant": joined.tenant, "connection": joined.connection}
            assert await connections.remove(tx, **about) is gone
            assert (await mapping_versions.in_force(tx, **about)) == (0 if gone else 2)
            assert (await connections.one(tx, **about) is None) is gone


async def test_there_is_one_draft_and_no_record_could_name_it(addresses: Addresses, one: Joined) -> None:
    owner = await asyncpg.connect(addresses.owner)
    insert = (
        "INSERT INTO mapping_version (tenant_id, connection_id, number, state, tables, made_by)"
        " VALUES ($1, $2, $3, 'draft', '{}', 'me')"
    )
    try:
        with pytest.raises(asyncpg.UniqueViolationError):
            await owner.execute(insert, one.tenant, one.connection, 0)
        with pytest.raises(asyncpg.CheckViolationError):
            await owner.execute(insert, one.tenant, one.connection, 9)
    finally:
        await owner.close()


async def test_a_published_version_takes_over_the_rules_and_says_what_it_followed(
    database: Database, one: Joined
) -> None:
    about = {"tenant": one.tenant, "connection": one.connection}
    async with database.tenant(one.tenant) as tx:
        await mapping_versions.publish(tx, **about, tables={}, rules={"fields": []}, note="Rules.", by="me")
        number = await connections.publish(tx, **about, tables=TABLES, by="you")
        made = await mapping_versions.one(tx, **about, number=number)
    assert made is not None
    assert (made.head.number, made.head.based_on, made.rules) == (4, 3, {"fields": []})
    assert (made.head.made_by, made.head.published_by, made.head.state) == ("you", "you", "published")


async def test_a_draft_is_saved_and_thrown_away_only_as_it_was_seen(database: Database, one: Joined) -> None:
    about = {"tenant": one.tenant, "connection": one.connection}
    what = {"tables": {}, "rules": {}, "note": "", "based_on": 2, "by": "me"}
    async with database.tenant(one.tenant) as tx:
        draft = await mapping_versions.one(tx, **about, number=mapping_versions.DRAFT)
        assert draft is not None
        assert await mapping_versions.save(tx, **about, **what, revision=uuid4()) is None
        made = await mapping_versions.save(tx, **about, **what, revision=draft.head.revision)
        assert made not in {None, draft.head.revision}
        assert not await mapping_versions.discard(tx, **about, revision=draft.head.revision)
        assert made is not None
        assert await mapping_versions.discard(tx, **about, revision=made)
