"""Transactions: what commits, what is rolled back, and that a connection comes back clean."""

from __future__ import annotations

import asyncio
from uuid import UUID

import asyncpg
import pytest

from app.errors import Bug
from app.models.database import Database
from app.models.entities import Shop
from tests.models.world import Joined, join


async def _name(database: Database, tenant: UUID) -> object:
    async with database.tenant(tenant) as tx:
        return await tx.value("SELECT name FROM tenant WHERE id = $1", tenant)


async def _rename(database: Database, joined: Joined, name: str) -> None:
    async with database.tenant(joined.tenant) as tx:
        await tx.run("UPDATE tenant SET name = $2 WHERE id = $1", joined.tenant, name)


async def test_a_clean_exit_commits(database: Database) -> None:
    joined = await join(database)
    await _rename(database, joined, "new")
    assert await _name(database, joined.tenant) == "new"


async def test_an_error_rolls_back_and_leaves_the_connection_usable(database: Database) -> None:
    joined = await join(database)

    async def fail() -> None:
        async with database.tenant(joined.tenant) as tx:
            await tx.run("UPDATE tenant SET name = 'lost' WHERE id = $1", joined.tenant)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    assert await _name(database, joined.tenant) != "lost"


async def test_a_cancelled_transaction_rolls_back(database: Database) -> None:
    joined = await join(database)
    inside = asyncio.Event()

    async def hang() -> None:
        async with database.tenant(joined.tenant) as tx:
            await tx.run("UPDATE tenant SET name = 'lost' WHERE id = $1", joined.tenant)
            inside.set()
            await tx.value("SELECT pg_sleep(30)")

    task = asyncio.create_task(hang())
    await inside.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await _name(database, joined.tenant) != "lost"


async def test_a_failed_statement_rolls_back_what_came_before_it(database: Database) -> None:
    joined = await join(database)

    async def fail() -> None:
        async with database.tenant(joined.tenant) as tx:
            await tx.run("UPDATE tenant SET name = 'lost' WHERE id = $1", joined.tenant)
            await tx.value("SELECT 1 / 0")

    with pytest.raises(asyncpg.DivisionByZeroError):
        await fail()
    assert await _name(database, joined.tenant) != "lost"


async def test_a_tenant_ends_with_its_transaction(database: Database) -> None:
    """The same connections, one after the other: nothing of one tenant is left for the next user."""
    joined = await join(database)
    for _ in range(25):
        async with database.tenant(joined.tenant) as tx:
            assert await tx.value("SELECT count(*) FROM shop") == 1
        async with database.across() as tx:
            assert await tx.value("SELECT count(*) FROM shop") == 0


async def test_a_model_reads_inside_the_transaction(database: Database) -> None:
    joined = await join(database)
    async with database.tenant(joined.tenant) as tx:
        await tx.run("UPDATE shop SET state_sentence = 'seen' WHERE id = $1", joined.shop)
        shop = await Shop.get(id=joined.shop).using_db(tx.orm)
        assert shop.state_sentence == "seen"


async def test_another_tenant_inside_a_tenant_is_a_bug(database: Database) -> None:
    one, other = await join(database), await join(database)
    with pytest.raises(Bug):
        async with database.tenant(one.tenant), database.tenant(other.tenant):
            pass
