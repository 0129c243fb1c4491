"""Changing a connection and having it go on, on the whole product: what is wrong changes nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import asyncpg
import orjson
import pytest

from app.domain.document import DocumentKind
from app.errors import AccessLost, Misconfigured, Reason, Refused
from app.mapping.options import Policy
from app.models import connections
from app.models.connections import Connection
from app.operations import changing, connecting
from app.operations.changing import Change
from app.wiring import Core
from tests.conftest import Addresses
from tests.hosts.memory.rig import MemoryUnderTest, running
from tests.stores.conftest import STORES
from tests.stores.rig import MemoryStoreUnderTest, memory_store, process
from tests.stores.world import Joined, joined, settings


@pytest.fixture(scope="module")
def erp(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MemoryUnderTest]:
    with running(tmp_path_factory.mktemp("erp") / "erp.sqlite", items="any") as under:
        yield under


@pytest.fixture
def shop() -> Iterator[MemoryStoreUnderTest]:
    with process("memory_store") as address:
        yield memory_store(address)


@pytest.fixture
async def world(
    shop: MemoryStoreUnderTest, erp: MemoryUnderTest, addresses: Addresses, valkey_url: str
) -> AsyncIterator[Joined]:
    endpoints = frozenset({erp.endpoint, shop.address.removeprefix("http://")})
    made = settings(addresses, valkey_url, shopify_address="http://127.0.0.1:9/{shop}", endpoints=endpoints)
    owner = await asyncpg.connect(addresses.owner)
    async with joined(shop, erp, made, owner, STORES) as found:
        yield found
    await owner.close()


async def test_tables_that_are_changed_have_what_waited_for_them_run_again(world: Joined) -> None:
    connection = await world.found()
    ids = [
        await world.owner.fetchval(
            "INSERT INTO record (tenant_id, connection_id, shop_id, kind, source_key, state, reason_code)"
            " VALUES ($1, $2, $3, 'order', $4, 'held', 'mapping.payment_missing') RETURNING id",
            connection.tenant,
            connection.id,
            connection.shop,
            f"9{n}",
        )
        for n in range(2)
    ]
    for record, value in zip(ids, ("Barter", "Other"), strict=True):
        await world.owner.execute(
            "INSERT INTO unmapped (tenant_id, connection_id, record_id, table_name, key, value, code)"
            " VALUES ($1, $2, $3, 'payments', lower($4), $4, 'mapping.payment_missing')",
            connection.tenant,
            connection.id,
            record,
            value,
        )
    now = connecting.tables_of(connection)
    payments = {**{key: code for key, code in now["payments"].items() if key != "*"}, "barter": "SWAP"}
    done = await changing.change(
        world.core, connection, Change(tables={**now, "payments": payments}), by="test"
    )
    assert done.told[1] == "what waited for them and runs again: 1"
    due = await world.owner.fetch("SELECT id FROM record WHERE wanted > done AND state = 'held'")
    assert [row["id"] for row in due] == [ids[0]]


async def paused(world: Joined, code: str) -> None:
    connection = await world.found()
    async with world.core.database.tenant(connection.tenant) as tx:
        await connections.pause(
            tx,
            tenant=connection.tenant,
            connection=connection.id,
            reason=Reason(code=code, sentence="Something is wrong with the set-up."),
        )


async def change(core: Core, connection: Connection, wish: Change) -> list[str]:
    return list((await changing.change(core, connection, wish, by="test")).told)


async def test_tables_options_and_the_switch_are_changed_together(world: Joined) -> None:
    before = await world.found()
    wish = Change(tables={"payments": {"*": "CASH"}}, options={"paid_document": "sales_order"}, writes=False)
    told = await change(world.core, before, wish)
    after = await world.found()
    assert after.tables.number == before.tables.number + 1
    assert after.tables.payments == {"*": "CASH"}
    assert after.options.paid_document is DocumentKind.SALES_ORDER
    assert after.no_writes
    assert after.sealed_credentials == before.sealed_credentials
    assert told == ["the look-up tables are version 2", "paid_document is sales_order", "writes are off"]


async def test_an_option_is_laid_over_those_there_are(world: Joined) -> None:
    await change(world.core, await world.found(), Change(options={"unknown_sku": "fallback"}))
    await change(world.core, await world.found(), Change(options={"no_sku": "fallback"}))
    options = (await world.found()).options
    assert (options.unknown_sku, options.no_sku) == (Policy.FALLBACK, Policy.FALLBACK)


@pytest.mark.parametrize(
    "wish",
    [
        Change(tables={"payments": {"*": "CASH"}}, options={"wings": "two"}),
        Change(tables={"wings": {}}, writes=False),
    ],
)
async def test_what_is_not_known_changes_nothing(wish: Change, world: Joined) -> None:
    before = await world.found()
    with pytest.raises(Refused, match=r"option\.unknown"):
        await change(world.core, before, wish)
    assert await world.found() == before


async def test_credentials_are_kept_only_when_the_erp_lets_them_in(world: Joined) -> None:
    before = await world.found()
    with pytest.raises(AccessLost):
        await change(
            world.core, before, Change(credentials={**world.erp.credentials, "key": "wrong"}, writes=False)
        )
    with pytest.raises(Misconfigured, match=r"form\.incomplete"):
        await change(world.core, before, Change(credentials={"key": "alone"}))
    assert await world.found() == before
    await change(world.core, before, Change(credentials=dict(world.erp.credentials)))
    after = await world.found()
    assert after.sealed_credentials != before.sealed_credentials
    assert world.core.credentials(after)["key"] == world.erp.credentials["key"]


async def test_a_connection_paused_for_its_set_up_goes_on_when_it_is_told_to(world: Joined) -> None:
    await paused(world, "address.not_found")
    await changing.resume(world.core, await world.found())
    after = await world.found()
    assert (after.state, after.paused_code) == ("live", None)
    with pytest.raises(Refused, match=r"connection\.not_paused"):
        await changing.resume(world.core, after)


async def test_a_connection_stays_paused_while_the_erp_does_not_let_us_in(world: Joined) -> None:
    await paused(world, "address.not_found")
    connection = await world.found()
    wrong = {**world.erp.credentials, "key": "wrong"}
    sealed = world.core.vault.seal(orjson.dumps(wrong), tenant=connection.tenant, purpose="credentials")
    async with world.core.database.tenant(connection.tenant) as tx:
        await connections.alter(
            tx,
            tenant=connection.tenant,
            connection=connection.id,
            sealed_credentials=sealed,
            options={},
            no_writes=None,
        )
    with pytest.raises(AccessLost):
        await changing.resume(world.core, await world.found())
    assert (await world.found()).state == "paused"
