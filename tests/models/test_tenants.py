"""Tenants can't see each other: by code and by row-level security that is really on."""

from __future__ import annotations

import asyncpg
import pytest

from app.errors import Bug, Misconfigured
from app.models import connections
from app.models.database import Database
from tests.conftest import Addresses
from tests.models.world import join

# Tables without a tenant hold no tenant's data; the partitions' parents carry their policies.
OPEN_TABLES = {"application_setting", "worker_beat", "worker_shard", "tortoise_migrations"}


async def test_every_table_with_tenants_has_forced_row_security(addresses: Addresses) -> None:
    owner = await asyncpg.connect(addresses.owner)
    rows = await owner.fetch(
        "SELECT c.relname, c.relrowsecurity AND c.relforcerowsecurity AS on FROM pg_class c"
        " JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p')"
    )
    await owner.close()
    open_tables = {row["relname"] for row in rows if not row["on"]}
    assert open_tables == OPEN_TABLES
    assert len(rows) > 20


async def test_partitions_are_granted_to_nobody(addresses: Addresses) -> None:
    owner = await asyncpg.connect(addresses.owner)
    rows = await owner.fetch(
        "SELECT c.relname FROM pg_class c, unnest(ARRAY['stockbridge_app', 'stockbridge_intake', 'stockbridge_across']) AS role"
        " WHERE c.relispartition AND c.relkind = 'r' AND has_table_privilege(role, c.oid, 'SELECT, INSERT, UPDATE, DELETE')"
    )
    partitions = await owner.fetchval("SELECT count(*) FROM pg_class WHERE relispartition AND relkind = 'r'")
    await owner.close()
    assert rows == []
    assert partitions >= 28


async def test_without_a_tenant_nothing_is_seen(database: Database) -> None:
    one = await join(database)
    async with database.across() as tx:
        unseen = await tx.rows("SELECT * FROM connection")
    async with database.tenant(one.tenant) as tx:
        seen = await tx.rows("SELECT * FROM connection")
    assert (len(unseen), len(seen)) == (0, 1)


async def test_another_tenants_rows_can_be_neither_read_nor_changed_nor_made(database: Database) -> None:
    mine, theirs = await join(database), await join(database)
    async with database.tenant(mine.tenant) as tx:
        assert await connections.one(tx, tenant=mine.tenant, connection=mine.connection) is not None
        assert await connections.one(tx, tenant=theirs.tenant, connection=theirs.connection) is None
        assert await tx.run("UPDATE connection SET name = 'mine now' WHERE id = $1", theirs.connection) == 0
        assert await tx.run("DELETE FROM mapping_version WHERE connection_id = $1", theirs.connection) == 0
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with database.tenant(mine.tenant) as tx:
            await tx.run("INSERT INTO member (tenant_id, shop_id, staff_key, role) VALUES ($1, $2, '1', 'owner')",
                         theirs.tenant, theirs.shop)  # fmt: skip


async def test_a_foreign_key_cannot_cross_tenants(database: Database) -> None:
    mine, theirs = await join(database), await join(database)
    with pytest.raises(asyncpg.ForeignKeyViolationError):
        async with database.tenant(mine.tenant) as tx:
            await tx.run("INSERT INTO member (tenant_id, shop_id, staff_key, role) VALUES ($1, $2, '1', 'owner')",
                         mine.tenant, theirs.shop)  # fmt: skip


async def test_a_tenants_scope_inside_another_is_refused(database: Database) -> None:
    mine, theirs = await join(database), await join(database)
    with pytest.raises(Bug):
        async with database.tenant(mine.tenant), database.tenant(theirs.tenant):
            pass


async def test_what_moves_between_tenants_stands_in_one_at_a_time_and_sees_its_rows_alone(
    database: Database,
) -> None:
    mine, theirs = await join(database), await join(database)
    async with database.moving(mine.tenant) as moving:
        assert await (await moving.into(mine.tenant)).rows("SELECT id FROM shop") == [(mine.shop,)]
        assert await (await moving.into(theirs.tenant)).rows("SELECT id FROM shop") == [(theirs.shop,)]
    async with database.moving(mine.tenant) as moving:
        tx = await moving.into(theirs.tenant)
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await tx.run("INSERT INTO member (tenant_id, shop_id, staff_key, role) VALUES ($1, $2, '1', 'owner')",
                         mine.tenant, mine.shop)  # fmt: skip
    with pytest.raises(Bug):
        async with database.moving(mine.tenant), database.tenant(theirs.tenant):
            pass
    async with database.across() as tx:
        assert await tx.rows("SELECT id FROM shop") == []


async def test_the_tenant_is_forgotten_with_its_transaction(database: Database) -> None:
    one = await join(database)
    for _ in range(12):
        async with database.tenant(one.tenant):
            pass
        async with database.across() as tx:
            assert await tx.value("SELECT current_setting('app.tenant', true)") in {None, ""}


async def test_a_superuser_is_refused_at_the_door(addresses: Addresses) -> None:
    with pytest.raises(Misconfigured) as refused:
        await Database.open(addresses.owner, size=1)
    assert refused.value.code == "database.user_too_powerful"


async def test_the_intake_can_store_but_not_read_what_it_stored(
    addresses: Addresses, database: Database
) -> None:
    await join(database)
    door = await asyncpg.connect(addresses.intake)
    for table in ("inbox_event", "inbox_work", "connection", "shop", "record"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await door.fetch(f"SELECT * FROM {table}")
    assert await door.fetch("SELECT * FROM inbox_seen") == []
    await door.close()


async def test_append_only_tables_refuse_changes_by_the_app(database: Database) -> None:
    one = await join(database)
    for statement in (
        "UPDATE timeline SET sentence = 'other'",
        "UPDATE attempt SET outcome = 'done'",
        "UPDATE audit_log SET action = 'x'",
        "UPDATE inbox_event SET topic = 'x'",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with database.tenant(one.tenant) as tx:
                await tx.run(statement)
