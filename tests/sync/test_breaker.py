"""A breaker per connection: it opens after failures in a row, lets one order through to ask, and closes on an answer."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime

from app.domain.document import SalesDocument
from app.domain.ids import StoreKey
from app.errors import Retry
from app.models import workers
from app.ports import Found
from app.sync.engine import Carrier, Engine
from app.sync.order_flow import OrderFlow
from app.sync.sending import Sender
from tests.fakes import erp
from tests.fakes.orders import order
from tests.fakes.world import TIMING, World
from tests.models.world import VAULT

LONG_ENOUGH = TIMING.breaker_open.total_seconds() + 10


def away(times: int) -> list[Exception]:
    return [Retry("host.unreachable", "The ERP does not answer.") for _ in range(times)]


async def placed(world: World, count: int) -> None:
    for n in range(count):
        made = world.store.place(order(key=StoreKey(f"3{n:03}"), name=f"#3{n:03}"))
        await world.hear(made.key)


async def failing(world: World, count: int) -> None:
    """So many orders in a row that the ERP did not answer for."""
    world.erp.fails_to_look(*away(count))
    await placed(world, count)
    await world.drain(world.worker(slots=4))


async def counted(world: World, state: str) -> int:
    return int(await world.owner.fetchval("SELECT count(*) FROM record WHERE state = $1", state))


async def test_four_failures_in_a_row_leave_it_closed(world: World) -> None:
    await failing(world, 4)
    row = await world.connection()
    assert (row["breaker_failures"], row["breaker_until"]) == (4, None)


async def test_the_fifth_failure_in_a_row_opens_it_and_nothing_runs_or_is_marked_failed(world: World) -> None:
    await failing(world, 5)
    row = await world.connection()
    assert row["breaker_failures"] == 5
    assert row["breaker_until"] is not None
    assert row["state"] == "live"
    looks = world.erp.looks
    await world.time_passes(10)
    await placed(world, 8)
    await world.drain()
    assert world.erp.looks == looks
    assert await counted(world, "held") == 0
    assert await workers.shops_with_work(world.database, missed_for=TIMING.sweep_every, most=8) == []


async def test_many_calls_that_one_silence_fails_open_it_once(world: World) -> None:
    """Else a moment's silence under forty calls would close the way for as long as an hour of it."""
    await placed(world, 40)
    world.erp.fails_to_look(*away(40))
    await world.drain(world.worker(slots=160))
    row = await world.connection()
    assert row["breaker_failures"] == 5
    span = await world.owner.fetchval("SELECT breaker_until - now() FROM connection")
    assert span <= TIMING.breaker_open


async def test_a_success_between_failures_starts_the_count_anew(world: World) -> None:
    for _ in range(3):
        await failing(world, 4)
        await world.placed(order(key=StoreKey("4000"), name="#4000"))
        assert (await world.connection())["breaker_failures"] == 0


async def test_a_success_within_the_same_slice_starts_the_count_anew(world: World) -> None:
    await placed(world, 12)
    looked = world.erp.find

    async def not_for_every_other(record: SalesDocument, *, likely: bool = False) -> Found:
        if int(record.external_id[-1]) % 2:
            raise Retry("host.unreachable", "The ERP does not answer.")
        return await looked(record, likely=likely)

    world.erp.find = not_for_every_other  # type: ignore[method-assign]
    await world.drain(world.worker(slots=4))
    assert await counted(world, "settled") == 6
    assert (await world.connection())["breaker_failures"] < 5


async def test_half_open_it_lets_one_order_through(world: World) -> None:
    await failing(world, 5)
    await world.time_passes(LONG_ENOUGH)
    looks = world.erp.looks
    world.erp.fails_to_look(*away(1))
    await asyncio.gather(*(world.drain(world.worker(f"w{n}")) for n in range(4)))
    assert world.erp.looks == looks + 1
    row = await world.connection()
    assert row["breaker_failures"] == 6
    assert row["breaker_until"] is not None


async def test_while_the_one_is_on_its_way_no_other_goes(world: World) -> None:
    await failing(world, 5)
    await world.time_passes(LONG_ENOUGH)
    first = await world.claim("one")
    assert len(first) == 1
    assert await world.claim("two") == []


async def test_one_that_never_ends_makes_room_for_another_when_its_lease_is_over(world: World) -> None:
    await failing(world, 5)
    await world.time_passes(LONG_ENOUGH)
    await world.claim("one", lease=30)
    await world.time_passes(40)
    assert len(await world.claim("two")) == 1


async def test_one_that_asks_the_erp_nothing_leaves_its_place_to_the_next(world: World) -> None:
    """Else every record that is left alone, or waits for another, would keep the way closed for as long as a lease."""
    await failing(world, 5)
    await world.time_passes(LONG_ENOUGH)
    for n in range(3):
        await world.hear(world.store.place(order(key=StoreKey(f"500{n}"), test=True)).key)
    await world.owner.execute(
        "UPDATE record SET due_at = due_at - interval '1 hour' WHERE source_key LIKE '500_'"
    )
    for _ in range(4):
        await world.drain()
    assert (await world.connection())["breaker_failures"] == 0
    assert (await counted(world, "skipped"), await counted(world, "settled")) == (3, 5)


async def test_an_answer_closes_it_and_the_rest_follows(world: World) -> None:
    await failing(world, 5)
    await world.time_passes(LONG_ENOUGH)
    await world.drain()
    row = await world.connection()
    assert (row["breaker_failures"], row["breaker_until"]) == (0, None)
    await world.drain()
    assert await counted(world, "settled") == 5


async def test_it_stays_open_longer_each_time(world: World) -> None:
    await failing(world, 5)
    spans = []
    for _ in range(3):
        await world.time_passes(600)
        world.erp.fails_to_look(*away(1))
        await world.drain()
        spans.append(
            await world.owner.fetchval(
                "SELECT extract(epoch FROM breaker_until - now())::float FROM connection"
            )
        )
    assert spans[0] * 1.8 < spans[1]
    assert spans[1] * 1.8 < spans[2]


async def test_an_order_that_never_reaches_the_erp_says_nothing_about_it(world: World) -> None:
    await failing(world, 5)
    await world.owner.execute("UPDATE record SET due_at = NULL")
    await world.time_passes(LONG_ENOUGH)
    await world.placed(order(key=StoreKey("5000"), name="#5000", test=True))
    assert await world.state("5000") == ("skipped", "order.test")
    assert (await world.connection())["breaker_failures"] == 5


async def test_a_refusal_is_an_answer(world: World) -> None:
    await failing(world, 4)
    world.erp.will(erp.refuses())
    await world.placed(order(key=StoreKey("5000"), name="#5000"))
    assert await world.state("5000") == ("held", "host.refused")
    assert (await world.connection())["breaker_failures"] == 0


async def test_the_stores_failures_are_not_the_erps(world: World) -> None:
    await placed(world, 6)
    world.store.fails(*[Retry("shopify.away", "Shopify does not answer.") for _ in range(6)])
    await world.drain(world.worker(slots=4))
    assert (await world.connection())["breaker_failures"] == 0


async def test_unclear_answers_count_too(world: World) -> None:
    await placed(world, 5)
    world.erp.will(*[erp.loses_the_answer] * 5)
    await world.drain(world.worker(slots=4))
    assert (await world.connection())["breaker_until"] is not None


async def test_an_answer_to_what_is_only_read_in_the_erp_closes_it_too(world: World) -> None:
    """Records that go to the store: nothing of them is ever looked up in the ERP."""
    await failing(world, 5)
    await world.time_passes(LONG_ENOUGH)
    await world.set(owners='{"orders": "host"}')
    backwards = Carrier(
        flow=OrderFlow(vault=VAULT, database=world.database, to="store"),
        database=world.database,
        sender=Sender(database=world.database, vault=VAULT),
        now=lambda: datetime.now(UTC),
    )
    worker = world.worker()
    running = replace(worker.running, engine=Engine(carriers={"order": backwards}))
    await world.drain(replace(worker, running=running))
    row = await world.connection()
    assert (row["breaker_failures"], row["breaker_until"]) == (0, None)
