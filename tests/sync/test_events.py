"""From the inbox to the ERP: repeats have no second effect, and what can't be read holds up nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import asyncpg
import orjson
import pytest

from app.domain.ids import StoreKey
from app.inbox import Event, Inbox
from tests.conftest import Addresses
from tests.fakes.orders import order
from tests.fakes.world import World
from tests.models.world import VAULT, Joined


@pytest.fixture
async def inbox(addresses: Addresses) -> AsyncIterator[Inbox]:
    async def unheard(*_: object) -> None:
        """Nobody is poked."""

    pool = await asyncpg.create_pool(addresses.intake, min_size=1, max_size=2)
    box = Inbox(pool, VAULT, wait=timedelta(seconds=20), poke=unheard)
    box.start()
    yield box
    await box.stop()
    await pool.close()


def event(shop: Joined, webhook: str = "", body: bytes = b"{}") -> Event:
    return Event(shop_domain=shop.domain, topic="orders/create", webhook_id=webhook or uuid4().hex, body=body)


def told(world: World, key: str = "1001") -> bytes:
    version = world.store.now(key).updated_at.isoformat()
    return orjson.dumps({"id": int(key), "updated_at": version, "total": "24.00"})


async def test_the_same_body_under_a_new_id_has_no_second_effect(world: World, inbox: Inbox) -> None:
    world.store.place(order())
    for n in range(4):
        await inbox.receive(event(world.joined, f"w{n}", body=told(world)))
        await world.drain()
    assert await world.state() == ("settled", None)
    assert [step.key for step in world.erp.sent] == ["create", "payment:t1"]
    assert await world.owner.fetchval("SELECT count(*) FROM inbox_event") == 4
    assert await world.owner.fetchval("SELECT count(*) FROM inbox_work") == 0


async def test_a_body_that_cannot_be_read_is_acknowledged_and_held_and_holds_up_nothing(
    world: World, inbox: Inbox
) -> None:
    world.store.place(order())
    deep = b'{"id": 1, "x": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"
    bad = [b"", b"nonsense", b"[]", b'{"id": "abc"}', b"\xff\xfe", b'{"id": 1, "updated_at": "never"}', deep]
    far = b'{"id": 1, "updated_at": "0001-01-01T00:00:00+14:00"}'
    for body in [*bad, far]:
        await inbox.receive(event(world.joined, body=body))
    await inbox.receive(event(world.joined, body=told(world)))
    await world.drain()
    assert await world.state() == ("settled", None)
    held = await world.owner.fetch("SELECT held_code FROM inbox_work")
    assert {row["held_code"] for row in held} == {"event.malformed"}
    assert len(held) >= len(bad)
    lines = await world.owner.fetch("SELECT code, facts FROM timeline WHERE kind = 'event'")
    assert len(lines) == len(held)
    await world.drain()
    assert len(await world.owner.fetch("SELECT * FROM inbox_work")) == len(held)


async def test_a_shop_without_a_connection_has_what_cannot_be_read_held_and_the_rest_done(
    world: World, inbox: Inbox
) -> None:
    await world.owner.execute("TRUNCATE connection CASCADE")
    await inbox.receive(event(world.joined, body=b"nonsense"))
    await inbox.receive(event(world.joined, body=b'{"id": 1}'))
    await world.drain()
    assert [row["held_code"] for row in await world.owner.fetch("SELECT held_code FROM inbox_work")] == [
        "event.malformed"
    ]


async def test_a_body_whose_key_is_gone_holds_up_nothing(world: World, inbox: Inbox) -> None:
    world.store.place(order())
    await inbox.receive(event(world.joined, body=told(world)))
    await world.owner.execute(
        "UPDATE inbox_event SET body = set_byte(body, 20, (get_byte(body, 20) + 1) % 256)"
    )
    await inbox.receive(event(world.joined, body=told(world)))
    await world.drain()
    assert await world.state() == ("settled", None)
    assert await world.owner.fetchval("SELECT count(*) FROM inbox_work WHERE held_code IS NOT NULL") == 1


async def test_what_was_sent_in_the_store_is_written_down_only_where_it_may_reach_the_erp(
    world: World, inbox: Inbox
) -> None:
    for number, owners in (
        (801, "{}"),
        (802, '{"fulfillments": "store"}'),
        (803, '{"fulfillments": "either"}'),
    ):
        await world.set(owners=owners)
        said = orjson.dumps({"id": number, "order_id": 1001, "updated_at": "2026-11-20T10:00:00+00:00"})
        sent = event(world.joined, body=said)
        await inbox.receive(replace(sent, topic="fulfillments/create"))
        await world.drain()
    rows = await world.owner.fetch("SELECT source_key FROM record WHERE kind = 'parcel' ORDER BY source_key")
    assert [row["source_key"] for row in rows] == ["802", "803"]
    assert await world.owner.fetchval("SELECT count(*) FROM inbox_work") == 0
    assert await world.state("802") == ("skipped", "host.no_fulfillments")


@pytest.mark.parametrize(("owners", "read"), [('{"fulfillments": "store"}', 1), ("{}", 0)])
async def test_what_was_sent_of_an_order_right_after_our_note_is_no_echo_where_the_store_sends(
    world: World, inbox: Inbox, owners: str, read: int
) -> None:
    """The parcel's own event may be lost: its order has to be read for it. What the ERP sent is told by us alone."""
    await world.set(owners=owners)
    world.store.place(order())
    before = orjson.loads(told(world))
    await inbox.receive(event(world.joined, body=orjson.dumps(before | {"fulfillments": []})))
    await world.drain()
    reads = len(world.store.reads)
    now = world.store.change(StoreKey("1001")).updated_at.isoformat()
    after = before | {"updated_at": now, "fulfillments": [{"id": 801, "updated_at": now}]}
    await inbox.receive(event(world.joined, body=orjson.dumps(after)))
    await world.drain()
    assert len(world.store.reads) - reads == read
