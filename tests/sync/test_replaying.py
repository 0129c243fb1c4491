"""Replay: every stored event once more makes nothing new in the ERP, and a dry run says exactly what would be sent."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from app.domain.ids import StoreKey
from app.errors import Reason
from app.inbox import Inbox
from app.models import records, runs
from app.sync import flows
from app.sync.engine import Carrier
from app.sync.feeding import Pace
from app.sync.rehearsal import Rehearsed, differences, rehearse, unheard
from app.sync.replaying import Replaying
from app.sync.tasks import Tasks
from tests.conftest import Addresses
from tests.fakes.orders import order
from tests.fakes.world import World
from tests.models.world import TABLES, VAULT
from tests.patience import FAR
from tests.sync.test_events import event, told


@pytest.fixture
async def inbox(addresses: Addresses) -> AsyncIterator[Inbox]:
    async def unheard_of(*_: object) -> None:
        """Nobody is poked."""

    pool = await asyncpg.create_pool(addresses.intake, min_size=1, max_size=2)
    box = Inbox(pool, VAULT, wait=timedelta(seconds=20), poke=unheard_of)
    box.start()
    yield box
    await box.stop()
    await pool.close()


async def unpoked(tenant: UUID, shop: UUID) -> None:
    """Nobody listens."""


async def unpaused(tenant: UUID, connection: UUID, reason: Reason) -> None:
    """A pause nobody looks at."""


async def placed(world: World, inbox: Inbox, count: int) -> None:
    """Orders that came as events, are in the ERP and settled."""
    for n in range(1001, 1001 + count):
        world.store.place(order(key=StoreKey(str(n)), name=f"#{n}"))
        await inbox.receive(event(world.joined, body=told(world, str(n))))
    await world.drain()


async def replayed(world: World, **request: str) -> dict[str, Any]:
    """All events unless told otherwise, to the end; the run as it ended."""
    run, now = uuid4(), datetime.now(UTC)
    span = {
        "since": (now - timedelta(days=1)).isoformat(),
        "until": (now + timedelta(minutes=1)).isoformat(),
    }
    async with world.database.tenant(world.joined.tenant) as tx:
        await runs.begin(
            tx, tenant=world.joined.tenant, run=run, connection=world.joined.connection, flow="orders",
            kind="replay", started_by="me", request=span | request,
        )  # fmt: skip
    tasks = Tasks(
        database=world.database,
        carriers={"replay": Replaying(database=world.database, vault=VAULT, stores=world.stores)},
        open=world.sides,
        poke=unpoked,
        pause=unpaused,
        lease=timedelta(seconds=30),
        pace=Pace(look=0.02),
    )

    async def drains() -> None:
        while True:
            await world.drain()
            await asyncio.sleep(0.05)

    draining = asyncio.create_task(drains())
    try:
        async with asyncio.timeout(FAR):
            await tasks.due()
    finally:
        draining.cancel()
        await asyncio.gather(draining, return_exceptions=True)
    found = await world.owner.fetchrow("SELECT * FROM run WHERE id = $1", run)
    assert found is not None
    return dict(found)


async def rehearsed(world: World, key: str = "1001", *, replay: int = 0) -> Rehearsed:
    sides = await world.opened()
    async with world.database.tenant(world.joined.tenant) as tx:
        found = await records.peek(
            tx, tenant=world.joined.tenant, connection=world.joined.connection, kind="order", key=key
        )
    claim = found or unheard(sides.connection, kind="order", key=key, at=datetime.now(UTC))
    carrier = flows.engine(world.database, VAULT, lambda: datetime.now(UTC)).carriers["order"]
    assert isinstance(carrier, Carrier)
    return await rehearse(carrier, VAULT, replace(claim, replay=replay), sides)


async def forgotten(world: World) -> None:
    """All that we know of orders and of what was sent."""
    for table in ("attempt", "effect", "demand_line", "record"):
        await world.owner.execute(f"DELETE FROM {table}")


async def picture(world: World) -> list[Any]:
    """Every row that a run could touch."""
    tables = ("record", "effect", "attempt", "timeline", "run", "inbox_work", "cursor", "demand_line")
    return [await world.owner.fetch(f"SELECT * FROM {table} ORDER BY 1, 2") for table in tables]


async def test_replaying_every_event_sends_nothing_and_looks_at_every_order(
    world: World, inbox: Inbox
) -> None:
    await placed(world, inbox, 5)
    sent, reads = len(world.erp.sent), len(world.store.reads)
    run = await replayed(world)
    assert (run["state"], run["code"]) == ("done", None)
    assert len(world.erp.sent) == sent
    assert len(world.erp.documents) == 5
    assert len(world.store.reads) == reads + 5


async def test_it_is_the_told_set_and_adoption_that_make_it_so(world: World, inbox: Inbox) -> None:
    """The control: with neither our memory nor our key in the ERP the same replay doubles every document."""
    await placed(world, inbox, 3)
    await forgotten(world)
    await replayed(world)
    assert len(world.erp.documents) == 3
    await forgotten(world)
    world.erp.documents = [replace(each, external_id=None) for each in world.erp.documents]
    world.erp.references.clear()
    await replayed(world)
    assert len(world.erp.documents) == 6


async def test_a_record_keeps_the_mapping_it_was_sent_with_unless_another_is_named(
    world: World, inbox: Inbox
) -> None:
    await placed(world, inbox, 1)
    await world.publish({**TABLES, "items": {"TEA": "OTHER-ITEM"}})
    await replayed(world)
    assert await world.state() == ("settled", None)
    await replayed(world, mapping="2")
    state, code = await world.state()
    assert state == "held"
    assert code is not None
    assert len(world.erp.documents) == 1
    # The word counts once: the next run of its own goes by the order's own version again.
    assert (await world.record())["replay"] is None
    await world.ask()
    await world.drain()
    assert await world.state() == ("settled", None)


async def test_a_held_order_is_decided_anew_by_the_tables_of_today(world: World, inbox: Inbox) -> None:
    await world.publish({**TABLES, "taxes": {}})
    await placed(world, inbox, 1)
    assert (await world.state())[0] == "held"
    await world.hear()
    await world.drain()
    await world.publish(TABLES)
    assert (await world.state())[0] == "held"
    await replayed(world)
    assert await world.state() == ("settled", None)


async def test_one_event_or_one_topic_is_chosen_and_the_others_are_left_alone(
    world: World, inbox: Inbox
) -> None:
    await placed(world, inbox, 3)
    reads = len(world.store.reads)
    number = await world.owner.fetchval("SELECT min(id) FROM inbox_event")
    await replayed(world, event=str(number))
    assert world.store.reads[reads:] == ["1001"]
    await replayed(world, topic="orders/updated")
    assert world.store.reads[reads:] == ["1001"]


async def test_events_that_were_held_are_read_again_and_what_is_still_unreadable_stays(
    world: World, inbox: Inbox
) -> None:
    world.store.place(order())
    await inbox.receive(event(world.joined, body=told(world)))
    await inbox.receive(event(world.joined, body=b"nonsense"))
    await world.drain()
    await world.owner.execute(
        "INSERT INTO inbox_work (tenant_id, shop_domain, event_id, received_on, topic, held_code)"
        " SELECT tenant_id, shop_domain, id, received_on, topic, 'event.malformed' FROM inbox_event ORDER BY id LIMIT 1"
    )
    run = await replayed(world, held="true")
    assert '"unreadable": 1' in run["counts"]
    assert await world.owner.fetchval("SELECT count(*) FROM inbox_work") == 1


async def test_a_dry_run_writes_nothing_anywhere_and_shows_exactly_what_is_sent_then(
    world: World, inbox: Inbox
) -> None:
    world.store.place(order())
    await inbox.receive(event(world.joined, body=told(world)))
    before = await picture(world)
    found = await rehearsed(world)
    assert (found.action, found.step, found.reference, found.differs) == ("send", "create", "#1001", None)
    assert await picture(world) == before
    assert world.erp.sent == []
    await world.drain()
    assert dict(found.payload or {}) == dict(world.erp.sent[0].payload)
    after = await rehearsed(world)
    assert (after.action, after.payload, after.differs) == ("nothing", None, ())


async def test_a_dry_run_shows_how_another_mapping_would_tell_it(world: World, inbox: Inbox) -> None:
    await placed(world, inbox, 1)
    await world.publish({**TABLES, "payments": {"*": "CASH"}})
    same, other = await rehearsed(world), await rehearsed(world, replay=2)
    assert (same.action, same.differs, same.mapping) == ("nothing", (), 1)
    assert other.mapping == 2
    assert other.differs is not None


@pytest.mark.parametrize(
    ("columns", "action", "code"),
    [
        ({"owners": '{"orders": "host"}'}, "skip", "owner.refused"),
        ({"no_writes": True}, "wait", "connection.no_writes"),
        ({"go_live_at": datetime(2030, 1, 1, tzinfo=UTC)}, "skip", "order.before_go_live"),
    ],
)
async def test_a_dry_run_obeys_what_a_run_obeys(
    world: World, columns: dict[str, Any], action: str, code: str | None
) -> None:
    world.store.place(order())
    await world.set(**columns)
    found = await rehearsed(world)
    assert (found.action, found.reason.code if found.reason else None) == (action, code)
    assert world.erp.sent == []


async def test_a_dry_run_of_an_order_that_is_gone_says_so(world: World) -> None:
    await world.placed()
    world.store.delete("1001")
    await world.owner.execute("UPDATE record SET first_seen_at = now() - interval '1 hour'")
    assert (await rehearsed(world)).action == "gone"


def test_differences_are_told_field_by_field() -> None:
    was = {"lines": [{"sku": "A", "quantity": 1}, {"sku": "B"}], "total": "10.00", "gone": "x"}
    now = {"lines": [{"sku": "A", "quantity": 2}], "total": "10.00", "note": "new"}
    told_so = [(each.path, each.told, each.now) for each in differences(was, now)]
    assert told_so == [
        ("gone", "x", None),
        ("lines[0].quantity", "1", "2"),
        ("lines[1].sku", "B", None),
        ("note", None, "new"),
    ]
