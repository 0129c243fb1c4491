"""What was acknowledged is durable: batches, repeats, bad rows, a database that stalls or is killed, shops not yet known."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import asyncpg
import orjson
import pytest

from app.embedded import EmbeddedPostgres, temporary_home
from app.errors import Retry
from app.inbox import PURPOSE, UNOWNED, Event, Inbox
from app.models import schema
from app.models.database import Database
from app.shopify.shop_rows import ShopRows
from app.shopify.tokens import TokenPair
from tests.conftest import Addresses
from tests.models.world import VAULT, Joined, join
from tests.patience import FAR

LONG = timedelta(seconds=20)


def event(
    shop: Joined | str, webhook: str = "", body: bytes = b'{"id": 1001}', topic: str = "orders/create"
) -> Event:
    return Event(
        shop_domain=shop if isinstance(shop, str) else shop.domain,
        topic=topic,
        webhook_id=webhook or uuid4().hex,
        body=body,
        triggered_at=datetime.now(UTC),
    )


class Pokes(list[tuple[UUID, str]]):
    async def __call__(self, tenant: UUID, domain: str) -> None:
        self.append((tenant, domain))


@contextlib.asynccontextmanager
async def opened(intake: str, *, wait: timedelta = LONG, poke: Pokes | None = None) -> AsyncIterator[Inbox]:
    pool = await asyncpg.create_pool(intake, min_size=1, max_size=4)
    batches: list[int] = []
    box = Inbox(
        pool,
        VAULT,
        wait=wait,
        poke=Pokes() if poke is None else poke,
        batched=lambda rows, seconds: batches.append(rows),
    )
    box.batches = batches  # type: ignore[attr-defined]
    box.start()
    try:
        yield box
    finally:
        await box.stop()
        pool.terminate()


@pytest.fixture
async def inbox(addresses: Addresses) -> AsyncIterator[Inbox]:
    async with opened(addresses.intake) as box:
        yield box


@pytest.fixture
async def eye(addresses: Addresses) -> AsyncIterator[asyncpg.Connection]:
    owner = await asyncpg.connect(addresses.owner)
    yield owner
    await owner.close()


async def counts(eye: asyncpg.Connection) -> tuple[int, int, int]:
    """Seen, bodies, work."""
    row = await eye.fetchrow(
        "SELECT (SELECT count(*) FROM inbox_seen) AS a, (SELECT count(*) FROM inbox_event) AS b,"
        " (SELECT count(*) FROM inbox_work) AS c"
    )
    assert row is not None
    return row["a"], row["b"], row["c"]


# --- storing -----------------------------------------------------------------------------------------------------------


async def test_an_event_is_committed_when_it_is_acknowledged_and_sealed_for_its_tenant(
    database: Database, inbox: Inbox, eye: asyncpg.Connection
) -> None:
    one = await join(database)
    await inbox.receive(event(one, body=b'{"email": "ada@example.com"}'))
    row = await eye.fetchrow("SELECT * FROM inbox_event")
    assert row is not None
    assert (row["tenant_id"], row["shop_domain"], row["topic"]) == (one.tenant, one.domain, "orders/create")
    assert b"ada" not in row["body"]
    assert VAULT.unpack(row["body"], tenant=one.tenant, purpose=PURPOSE) == b'{"email": "ada@example.com"}'
    assert await counts(eye) == (1, 1, 1)


async def test_events_at_once_share_statements(
    database: Database, inbox: Inbox, eye: asyncpg.Connection
) -> None:
    one = await join(database)
    await asyncio.gather(*(inbox.receive(event(one)) for _ in range(600)))
    batches: list[int] = inbox.batches  # type: ignore[attr-defined]
    assert await counts(eye) == (600, 600, 600)
    assert sum(batches) == 600
    assert len(batches) <= 12
    assert max(batches) <= 256


async def test_each_shop_of_a_batch_is_poked_once(addresses: Addresses, database: Database) -> None:
    one, two = await join(database), await join(database)
    pokes = Pokes()
    async with opened(addresses.intake, poke=pokes) as inbox:
        await asyncio.gather(
            *(inbox.receive(event(s)) for s in (one, two, "stranger.myshopify.com") for _ in range(20))
        )
        async with asyncio.timeout(FAR):
            while len(set(pokes)) < 2:  # noqa: ASYNC110  the pokes come from another task
                await asyncio.sleep(0.01)
    assert set(pokes) == {(one.tenant, one.domain), (two.tenant, two.domain)}
    assert len(pokes) <= 8


async def test_a_poke_that_fails_fails_no_delivery(addresses: Addresses, database: Database) -> None:
    one = await join(database)

    class Broken(Pokes):
        async def __call__(self, tenant: UUID, domain: str) -> None:
            raise ConnectionError

    async with opened(addresses.intake, poke=Broken()) as inbox:
        for _ in range(3):
            await inbox.receive(event(one))


@pytest.mark.parametrize("together", [True, False])
async def test_the_same_id_twice_is_acknowledged_twice_and_stored_once(
    database: Database, inbox: Inbox, eye: asyncpg.Connection, together: bool
) -> None:
    one = await join(database)
    twice = [event(one, "w1"), event(one, "w1", body=b"{}")]
    if together:
        await asyncio.gather(*map(inbox.receive, twice))
    else:
        for each in twice:
            await inbox.receive(each)
    assert await counts(eye) == (1, 1, 1)


async def test_one_id_in_two_shops_is_two_events(
    database: Database, inbox: Inbox, eye: asyncpg.Connection
) -> None:
    one, two = await join(database), await join(database)
    await asyncio.gather(inbox.receive(event(one, "w1")), inbox.receive(event(two, "w1")))
    assert await counts(eye) == (2, 2, 2)


async def test_several_processes_with_the_same_events_store_each_once(
    addresses: Addresses, database: Database, eye: asyncpg.Connection
) -> None:
    one, two = await join(database), await join(database)
    events = [event(shop, f"w{n}") for n in range(150) for shop in (one, two)]
    async with opened(addresses.intake) as first, opened(addresses.intake) as second:
        await asyncio.gather(
            *(first.receive(e) for e in events), *(second.receive(e) for e in reversed(events))
        )
    assert await counts(eye) == (300, 300, 300)


async def test_one_bad_row_never_fails_its_batch(
    database: Database, inbox: Inbox, eye: asyncpg.Connection
) -> None:
    one = await join(database)
    bad = [event(one, topic="orders/\0create"), event("bad\ud800.myshopify.com")]
    results = await asyncio.gather(
        *(
            inbox.receive(e)
            for e in [*(event(one) for _ in range(40)), *bad, *(event(one) for _ in range(40))]
        ),
        return_exceptions=True,
    )
    failed = [n for n, result in enumerate(results) if result is not None]
    assert failed == [40, 41]
    assert all(isinstance(results[n], Retry) for n in failed)
    assert await counts(eye) == (80, 80, 80)
    await inbox.receive(event(one))


# --- a database that does not keep up --------------------------------------------------------------------------------


async def test_a_stalled_database_is_told_within_the_wait_and_nothing_is_acknowledged(
    addresses: Addresses, database: Database, eye: asyncpg.Connection
) -> None:
    one = await join(database)
    async with opened(addresses.intake, wait=timedelta(seconds=0.5)) as inbox:
        await inbox.receive(event(one, "before"))
        held = eye.transaction()
        await held.start()
        await eye.execute("LOCK TABLE inbox_seen IN ACCESS EXCLUSIVE MODE")
        began = asyncio.get_running_loop().time()
        results = await asyncio.gather(
            *(inbox.receive(event(one)) for _ in range(50)), return_exceptions=True
        )
        took = asyncio.get_running_loop().time() - began
        await held.rollback()
        assert [type(result) for result in results] == [Retry] * 50
        assert took > 0.4
        await inbox.receive(event(one, "after"))
    assert (
        await eye.fetchval("SELECT count(*) FROM inbox_seen WHERE webhook_id IN ('before', 'after')")
    ) == 2


async def test_more_than_it_can_hold_is_refused_at_once(
    addresses: Addresses, database: Database, eye: asyncpg.Connection
) -> None:
    one = await join(database)
    async with opened(addresses.intake) as inbox:
        await inbox.receive(event(one))
        held = eye.transaction()
        await held.start()
        await eye.execute("LOCK TABLE inbox_seen IN ACCESS EXCLUSIVE MODE")
        one_event = event(one)
        waiting = [
            asyncio.create_task(inbox.receive(replace(one_event, webhook_id=f"w{n}"))) for n in range(5_200)
        ]
        await asyncio.sleep(0.2)
        refused = [task for task in waiting if task.done()]
        assert 500 < len(refused) < 1_500
        assert {type(task.exception()) for task in refused} == {Retry}
        await held.rollback()
        await asyncio.wait(waiting)
    assert all((task.exception() is None) is (task not in refused) for task in waiting)


async def test_stopping_writes_what_is_waiting_and_what_is_being_written(
    addresses: Addresses, database: Database, eye: asyncpg.Connection
) -> None:
    one = await join(database)
    async with opened(addresses.intake) as inbox:
        waiting = [asyncio.create_task(inbox.receive(event(one))) for _ in range(700)]
        await asyncio.sleep(0.01)
        await inbox.stop()
        async with asyncio.timeout(FAR):
            await asyncio.gather(*waiting)
    assert await counts(eye) == (700, 700, 700)


@pytest.fixture
def durable_postgres() -> Iterator[EmbeddedPostgres]:
    with temporary_home() as home, EmbeddedPostgres(Path(home) / "postgres", durable=True) as server:
        yield server


async def test_killing_postgres_under_load_keeps_every_acknowledged_event(
    durable_postgres: EmbeddedPostgres,
) -> None:
    server = durable_postgres
    owner, app, intake = (server.dsn(user) for user in ("postgres", "stockbridge_web", "stockbridge_door"))
    await schema.migrate(owner_url=owner, app_url=app, intake_url=intake)
    opened_database = await Database.open(app, size=2)
    shop = await join(opened_database)
    await opened_database.close()
    acknowledged: list[str] = []
    refused = 0
    body = orjson.dumps({"id": 1, "filling": "x" * 4_000})

    async def deliver(inbox: Inbox) -> None:
        nonlocal refused
        while refused < 8:
            sent = uuid4().hex
            try:
                await inbox.receive(event(shop, sent, body=body))
            except Retry:
                refused += 1
            else:
                acknowledged.append(sent)

    async with opened(intake, wait=timedelta(seconds=2)) as inbox:
        load = [asyncio.create_task(deliver(inbox)) for _ in range(40)]
        while len(acknowledged) < 2_000:  # noqa: ASYNC110  a count, not an event
            await asyncio.sleep(0.01)
        server.kill()
        async with asyncio.timeout(FAR):
            await asyncio.gather(*load)
    server.start()
    eye = await asyncpg.connect(owner)
    stored = {row["webhook_id"] for row in await eye.fetch("SELECT webhook_id FROM inbox_event")}
    work = await eye.fetchval("SELECT count(*) FROM inbox_work")
    await eye.close()
    assert set(acknowledged) - stored == set()
    assert work == len(stored) >= 2_000


# --- shops that nobody knows yet ---------------------------------------------------------------------------------------


def pair() -> TokenPair:
    now = datetime.now(UTC)
    return TokenPair(
        access_token="a",
        expires_at=now + timedelta(hours=1),
        refresh_token="r",
        refresh_expires_at=now + timedelta(days=90),
        scopes=frozenset({"read_orders"}),
    )


async def test_what_an_unknown_shop_sends_is_kept_unowned_and_becomes_its_own_at_install(
    database: Database, inbox: Inbox, eye: asyncpg.Connection
) -> None:
    domain = "early.myshopify.com"
    for n in range(3):
        await inbox.receive(event(domain, f"w{n}", body=b'{"id": %d}' % n))
    assert {row["tenant_id"] for row in await eye.fetch("SELECT tenant_id FROM inbox_event")} == {UNOWNED}
    rows = ShopRows(database=database, vault=VAULT)
    await rows.install(domain, pair(), at=datetime.now(UTC))
    tenant = await eye.fetchval("SELECT tenant_id FROM shop WHERE domain = $1", domain)
    owned = await eye.fetch("SELECT tenant_id, body FROM inbox_event ORDER BY id")
    assert [row["tenant_id"] for row in owned] == [tenant] * 3
    assert [VAULT.unpack(row["body"], tenant=tenant, purpose=PURPOSE) for row in owned] == [
        b'{"id": %d}' % n for n in range(3)
    ]
    work = await eye.fetch("SELECT tenant_id, due_at <= now() AS due FROM inbox_work")
    assert [(row["tenant_id"], row["due"]) for row in work] == [(tenant, True)] * 3
    # A repeat of what was replayed is still a repeat.
    await inbox.receive(event(domain, "w0"))
    assert await counts(eye) == (3, 3, 3)


async def test_installing_twice_replays_once(
    database: Database, inbox: Inbox, eye: asyncpg.Connection
) -> None:
    await inbox.receive(event("early.myshopify.com"))
    rows = ShopRows(database=database, vault=VAULT)
    await asyncio.gather(
        *(rows.install("early.myshopify.com", pair(), at=datetime.now(UTC)) for _ in range(3))
    )
    assert await counts(eye) == (1, 1, 1)
    assert await eye.fetchval("SELECT count(*) FROM shop") == 1
