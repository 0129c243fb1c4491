"""Another tenant's ids are refused at every door there is; beside each refusal the same door opens for the owner."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import cast
from uuid import UUID, uuid4

import asyncpg
import pytest

from app.cli.connections import one_connection
from app.crypto import SecretHash
from app.errors import Bug, Refused
from app.models import (
    api_tokens,
    connections,
    cursors,
    demand,
    effects,
    events,
    marks,
    records,
    shops,
    timeline,
    workers,
)
from app.models.database import Database
from app.models.host_state import StateRows
from app.shopify.privacy import Person
from app.shopify.shop_rows import ShopRows
from app.wiring import Core
from tests.conftest import Addresses
from tests.fakes.orders import order
from tests.fakes.world import World, new_world
from tests.models.world import VAULT
from tests.test_inbox import pair


@dataclass(frozen=True, kw_only=True)
class Two:
    """Two organisations that know nothing of each other, each with an order that waits."""

    mine: World
    theirs: World

    @property
    def tenant(self) -> UUID:
        return self.mine.joined.tenant


@pytest.fixture
async def two(database: Database, addresses: Addresses) -> AsyncIterator[Two]:
    async with new_world(database, addresses) as mine, new_world(database, addresses) as theirs:
        for world in (mine, theirs):
            await world.placed(order(), runs=False)
        yield Two(mine=mine, theirs=theirs)


async def state_of(world: World) -> str:
    return str(
        await world.owner.fetchval("SELECT state FROM record WHERE tenant_id = $1", world.joined.tenant)
    )


async def test_a_drain_with_another_tenants_shop_does_nothing(two: Two) -> None:
    worker = two.mine.worker()
    assert not await worker.drain(two.tenant, two.theirs.joined.shop)
    assert not await worker.drain(two.theirs.joined.tenant, two.mine.joined.shop)
    assert (await state_of(two.mine), await state_of(two.theirs)) == ("waiting", "waiting")
    await worker.drain(two.tenant, two.mine.joined.shop)
    assert (await state_of(two.mine), await state_of(two.theirs)) == ("settled", "waiting")
    assert two.theirs.erp.sent == []


async def test_records_of_another_tenant_can_be_neither_claimed_asked_for_nor_ended(two: Two) -> None:
    other = two.theirs.joined
    record = await two.theirs.owner.fetchval("SELECT id FROM record WHERE tenant_id = $1", other.tenant)
    (claim,) = await two.theirs.claim()
    end = records.End(state=records.State.SETTLED)
    async with two.mine.database.tenant(two.tenant) as tx:
        assert await demand.ask(tx, tenant=other.tenant, records=[record]) == 0
        assert await demand.ask(tx, tenant=two.tenant, records=[record]) == 0
        assert not await records.finish(tx, claim, end)
        assert (await effects.of_record(tx, claim)).by_key == {}
        for shop in (other.shop, two.mine.joined.shop):
            taken = await records.claim(
                tx,
                tenant=other.tenant,
                shop=shop,
                worker="w",
                lease=timedelta(seconds=30),
                most=9,
                kinds=["order"],
            )
            assert taken == []
        assert (
            await demand.approve(
                tx, tenant=other.tenant, connection=other.connection, kind="order", keys=["1001"]
            )
            == 0
        )
    async with two.theirs.database.tenant(other.tenant) as tx:
        assert await records.finish(tx, claim, end)
        assert await demand.ask(tx, tenant=other.tenant, records=[record]) == 1


async def test_connections_of_another_tenant_can_be_neither_read_nor_changed(two: Two) -> None:
    other = two.theirs.joined
    async with two.mine.database.tenant(two.tenant) as tx:
        for tenant in (other.tenant, two.tenant):
            assert await connections.one(tx, tenant=tenant, connection=other.connection) is None
            assert await connections.of_shop(tx, tenant=tenant, shop=other.shop) == []
            assert not await connections.resume(tx, tenant=tenant, connection=other.connection)
            assert await connections.mapping(tx, tenant=tenant, connection=other.connection, number=1) is None
            assert await shops.read(tx, tenant=tenant, shop=other.shop) is None
            assert await cursors.read(tx, tenant=tenant, connection=other.connection, name="orders") is None
        assert await connections.one(tx, tenant=two.tenant, connection=two.mine.joined.connection) is not None
        assert await shops.read(tx, tenant=two.tenant, shop=two.mine.joined.shop) is not None


async def test_rows_cannot_be_made_under_another_tenant_nor_joined_to_its_own(two: Two) -> None:
    mine, other = two.mine.joined, two.theirs.joined

    async def publishes(tenant: UUID, connection: UUID) -> None:
        async with two.mine.database.tenant(mine.tenant) as tx:
            await connections.publish(tx, tenant=tenant, connection=connection, tables={}, by="me")

    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await publishes(other.tenant, other.connection)
    with pytest.raises(asyncpg.ForeignKeyViolationError):
        await publishes(mine.tenant, other.connection)
    await publishes(mine.tenant, mine.connection)
    with pytest.raises(asyncpg.ForeignKeyViolationError):
        async with two.mine.database.tenant(mine.tenant) as tx:
            await cursors.move(tx, tenant=mine.tenant, connection=other.connection, name="orders", value="x")


async def test_events_marks_and_timelines_of_another_tenant_stay_unseen(two: Two) -> None:
    await two.theirs.drain()
    other = two.theirs.joined
    record = await two.theirs.owner.fetchval("SELECT id FROM record WHERE tenant_id = $1", other.tenant)
    async with two.mine.database.tenant(two.tenant) as tx:
        for tenant in (other.tenant, two.tenant):
            assert await timeline.of_record(tx, tenant=tenant, record=record) == []
            assert await events.take(tx, tenant=tenant, domain=other.domain, most=9) == []
            assert (
                await marks.take(
                    tx,
                    tenant=tenant,
                    connection=other.connection,
                    kind="order",
                    most=9,
                    lease=timedelta(seconds=1),
                )
                == []
            )
    async with two.theirs.database.tenant(other.tenant) as tx:
        assert len(await timeline.of_record(tx, tenant=other.tenant, record=record)) > 3


async def test_tokens_of_another_tenant_are_neither_listed_nor_revoked(two: Two) -> None:
    other = two.theirs.joined
    digest, token = SecretHash.of("their-token").digest, uuid4()
    async with two.theirs.database.tenant(other.tenant) as tx:
        await api_tokens.create(
            tx,
            tenant=other.tenant,
            token=token,
            name="theirs",
            digest=digest,
            scopes=["read_status"],
            expires_at=None,
        )
    async with two.mine.database.tenant(two.tenant) as tx:
        assert await api_tokens.listed(tx, tenant=other.tenant) == []
        assert not await api_tokens.revoke(tx, tenant=other.tenant, token=token)
        assert not await api_tokens.revoke(tx, tenant=two.tenant, token=token)
    assert (await api_tokens.owner(two.mine.database, digest) or ())[:1] == (other.tenant,)
    async with two.theirs.database.tenant(other.tenant) as tx:
        assert await api_tokens.revoke(tx, tenant=other.tenant, token=token)


async def test_what_one_tenant_sealed_opens_for_no_other(two: Two) -> None:
    other = two.theirs.joined
    theirs = StateRows(
        database=two.theirs.database, vault=VAULT, tenant=other.tenant, connection=other.connection
    )
    crossed = StateRows(
        database=two.mine.database, vault=VAULT, tenant=two.tenant, connection=other.connection
    )
    assert await theirs.write("session", "their-cookie", version=0)
    assert await theirs.read("session") == ("their-cookie", 1)
    assert await crossed.read("session") is None
    sealed = await two.theirs.owner.fetchval("SELECT sealed FROM host_state")
    with pytest.raises(Bug):
        VAULT.open(sealed, tenant=two.tenant, purpose="host_state")
    assert VAULT.open(sealed, tenant=other.tenant, purpose="host_state") == b"their-cookie"


async def test_a_redaction_that_names_another_shops_orders_erases_only_ones_own(two: Two) -> None:
    for world in (two.mine, two.theirs):
        await world.drain()
    rows = ShopRows(database=two.mine.database, vault=VAULT)
    person = Person(customer_key=None, email=None, phone=None, order_keys=(order().key,))

    async def kept(world: World) -> int:
        return int(
            await world.owner.fetchval(
                "SELECT count(*) FROM effect WHERE tenant_id = $1 AND target = 'host' AND payload IS NOT NULL",
                world.joined.tenant,
            )
        )

    before = await kept(two.theirs)
    await rows.erase_customer(two.mine.joined.domain, person)
    assert (await kept(two.mine), await kept(two.theirs)) == (0, before)
    assert before > 0


async def test_erasing_or_uninstalling_one_shop_leaves_the_other(two: Two) -> None:
    rows = ShopRows(database=two.mine.database, vault=VAULT)
    for world in (two.mine, two.theirs):
        await rows.install(world.joined.domain, pair(), at=datetime.now(UTC))
    mine, other = [await rows.current(w.joined.domain) for w in (two.mine, two.theirs)]
    assert mine is not None
    assert other is not None
    await rows.uninstall(two.mine.joined.domain, installed_at=mine.installed_at)
    await rows.erase_shop(two.mine.joined.domain)
    assert await rows.current(two.mine.joined.domain) is None
    assert await rows.current(two.theirs.joined.domain) == other
    await two.theirs.drain()
    assert await state_of(two.theirs) == "settled"


async def test_questions_that_cross_tenants_give_ids_and_nothing_else(two: Two) -> None:
    found = await workers.shops_with_work(two.mine.database, missed_for=timedelta(0), most=9)
    assert set(found) == {(w.joined.tenant, w.joined.shop) for w in (two.mine, two.theirs)}
    async with two.mine.database.across() as tx:
        for table in ("shop", "connection", "record", "effect", "inbox_event", "api_token", "tenant"):
            assert await tx.rows(f"SELECT * FROM {table}") == []


async def test_no_task_sees_the_tenant_of_another(two: Two) -> None:
    async def names(world: World) -> set[str]:
        seen: set[str] = set()
        for _ in range(15):
            async with world.database.tenant(world.joined.tenant) as tx:
                seen |= {row["domain"] for row in await tx.rows("SELECT domain FROM shop")}
                await asyncio.sleep(0)
        return seen

    mine, theirs = await asyncio.gather(names(two.mine), names(two.theirs))
    assert (mine, theirs) == ({two.mine.joined.domain}, {two.theirs.joined.domain})


async def test_a_failed_transaction_leaves_no_tenant_behind_on_its_connection(two: Two) -> None:
    for _ in range(10):
        with contextlib.suppress(asyncpg.PostgresError):
            async with two.mine.database.tenant(two.tenant) as tx:
                await tx.run("SELECT 1 / 0")
        async with two.mine.database.across() as tx:
            assert await tx.rows("SELECT * FROM shop") == []


@dataclass(frozen=True)
class DatabaseAlone:
    """What a word of the command needs of the core to find a connection."""

    database: Database


async def test_a_word_for_one_shop_refuses_the_connection_of_another(two: Two) -> None:
    core = cast("Core", DatabaseAlone(two.mine.database))
    mine, other = two.mine.joined, two.theirs.joined
    for wanted in (str(other.connection), str(UUID(int=7)), "", "' OR true --"):
        with pytest.raises(Refused) as refused:
            await one_connection(core, mine.domain, wanted)
        assert refused.value.code == "connection.which"
    with pytest.raises(Refused):
        await one_connection(core, "nobody.myshopify.com", None)
    for wanted in (None, str(mine.connection)):
        assert (await one_connection(core, mine.domain, wanted)).id == mine.connection


async def test_a_retry_by_word_reaches_only_ones_own_orders(two: Two) -> None:
    await two.theirs.drain()
    other = two.theirs.joined

    async def found(tenant: UUID, connection: UUID) -> int:
        async with two.mine.database.tenant(two.tenant) as tx:
            asked = await demand.to_retry(
                tx, tenant=tenant, connection=connection, names=["#1001"], code=None, most=9
            )
        return len(asked)

    assert await found(other.tenant, other.connection) == 0
    assert await found(two.tenant, other.connection) == 0
    assert await found(two.tenant, two.mine.joined.connection) == 0
    await two.mine.drain()
    assert await found(two.tenant, two.mine.joined.connection) == 1
