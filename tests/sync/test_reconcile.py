"""What no event told is found by the lists: the store's, page by page behind its cursor, and the ERP's, by sets of ids."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from app.domain.ids import StoreKey
from app.models import cursors, schedules
from app.ports import Fence
from app.sync.reconcile import Reconcile
from tests.fakes.orders import order
from tests.fakes.store import minutes_ago
from tests.fakes.world import World

LONG_PAST = 3_600.0


def reconcile(world: World) -> Reconcile:
    return Reconcile(database=world.database, now=lambda: datetime.now(UTC))


async def run(world: World) -> int:
    return await reconcile(world).run(await world.opened())


async def cursor(world: World) -> str | None:
    async with world.database.tenant(world.joined.tenant) as tx:
        return await cursors.read(
            tx, tenant=world.joined.tenant, connection=world.joined.connection, name="orders"
        )


def place(world: World, *numbers: int) -> None:
    for n in numbers:
        world.store.place(order(key=StoreKey(str(n)), name=f"#{n}"), at=minutes_ago(60 - n % 50))


async def test_an_order_that_no_event_told_of_is_found_and_sent(world: World) -> None:
    place(world, 1001, 1002, 1003)
    assert await run(world) == 3
    await world.drain()
    assert len(world.erp.real) == 3


async def test_what_a_run_has_read_is_not_read_again(world: World) -> None:
    await world.placed()
    place(world, 1002)
    assert await run(world) == 1
    await world.drain()
    reads = len(world.store.reads)
    for _ in range(3):
        assert await run(world) == 0
        await world.drain()
    assert len(world.store.reads) == reads


async def test_a_change_that_no_event_told_of_is_found(world: World) -> None:
    await world.placed()
    await run(world)
    await world.time_passes(60)
    world.store.cancel("1001")
    assert await run(world) == 1
    await world.drain()
    assert await world.state() == ("held", "order.cancelled")


async def test_the_cursor_moves_with_its_page_and_only_then(world: World) -> None:
    place(world, 1001, 1002, 1003, 1004, 1005)
    seen: list[tuple[str | None, int]] = []

    async def look(page: int) -> None:
        if page == 2:
            raise ConnectionResetError
        wanted = await world.owner.fetchval("SELECT count(*) FROM record")
        seen.append((await cursor(world), wanted))

    world.store.on_page = look
    with pytest.raises(ConnectionResetError):
        await run(world)
    (first, none), (second, two) = seen
    assert (first, none, two) == (None, 0, 2)
    assert second is not None
    assert await world.owner.fetchval("SELECT count(*) FROM record") == 4
    # The next pass goes on from the last page that was kept, and misses nothing.
    world.store.on_page = None
    assert await run(world) == 1
    assert await world.owner.fetchval("SELECT count(*) FROM record") == 5


async def test_an_order_that_the_list_shows_late_is_found_when_it_does(world: World) -> None:
    place(world, 1001)
    world.store.unlisted.add(StoreKey("1001"))
    assert await run(world) == 0
    world.store.unlisted.clear()
    assert await run(world) == 1


async def changed_with_our_note(world: World, *, echo: bool) -> None:
    """Our note moved the order's version, and its echo came or was lost."""
    made = world.store.place(order())
    await world.hear(version=made.updated_at, fingerprint=b"a")
    await world.drain()
    assert world.marks.notes
    noted = world.store.touch("1001")
    if echo:
        assert (await world.hear(version=noted.updated_at, fingerprint=b"a")).echoes == 1


@pytest.mark.parametrize("echo", [True, False])
async def test_the_echo_of_our_own_note_is_not_taken_for_a_change(world: World, echo: bool) -> None:
    await changed_with_our_note(world, echo=echo)
    assert await run(world) == 0


async def test_once_the_echo_has_come_the_order_is_never_read_for_it(world: World) -> None:
    await changed_with_our_note(world, echo=True)
    await world.time_passes(60)
    assert await run(world) == 0


async def test_a_change_right_after_our_note_whose_event_was_lost_is_found_in_the_end(world: World) -> None:
    await world.placed()
    marked = await world.owner.fetchval("SELECT mark_sent_at FROM record")
    world.store.cancel("1001")
    world.store.change("1001", updated_at=marked + timedelta(seconds=1))
    assert await run(world) == 0
    # Half a minute later the note's echo would have come.
    for column in ("mark_sent_at", "read_version", "min_version"):
        await world.owner.execute(f"UPDATE record SET {column} = {column} - interval '31 seconds'")
    world.store.change("1001", updated_at=marked - timedelta(seconds=30))
    await world.owner.execute("DELETE FROM cursor")
    assert await run(world) == 1
    await world.drain()
    assert await world.state() == ("held", "order.cancelled")


async def test_one_worker_reconciles_a_connection_and_then_not_before_it_is_due(world: World) -> None:
    async def claimed() -> bool:
        every = timedelta(minutes=15)
        async with world.database.tenant(world.joined.tenant) as tx:
            turn = await schedules.claim(
                tx, tenant=world.joined.tenant, connection=world.joined.connection, flow="orders",
                usual=every, lease=every,
            )  # fmt: skip
            if turn is not None:
                await schedules.end(tx, turn, usual=every, soon=None)
        return turn is not None

    async def due() -> list[tuple[UUID, UUID]]:
        return await schedules.due(world.database, flow="orders", writes=False, most=5)

    assert [await claimed() for _ in range(3)] == [True, False, False]
    assert await due() == []
    await world.time_passes(901)
    assert await due() == [(world.joined.tenant, world.joined.connection)]
    assert await claimed()


# --- the ERP's list ------------------------------------------------------------------------------------------------------


async def compared(world: World) -> int:
    await world.time_passes(LONG_PAST)
    raised = await reconcile(world).compare(await world.opened())
    await world.drain()
    return raised


async def test_as_long_as_both_sides_agree_nothing_runs(world: World) -> None:
    await world.placed()
    assert await compared(world) == 0


async def test_a_document_that_a_person_removed_is_noticed_and_not_made_again(world: World) -> None:
    await world.placed()
    world.erp.a_person_removes()
    assert await compared(world) == 1
    assert await world.state() == ("held", "document.changed_in_erp")
    assert world.erp.documents == []


async def test_a_document_that_a_person_cancelled_is_noticed(world: World) -> None:
    await world.placed()
    world.erp.a_person_cancels()
    assert await compared(world) == 1
    assert await world.state() == ("held", "document.cancelled_in_erp")


async def test_a_second_document_is_noticed(world: World) -> None:
    world.erp.fence = Fence.NONE
    await world.placed()
    world.erp.someone_copies()
    assert await compared(world) == 1
    assert await world.state() == ("held", "document.duplicate_in_erp")


async def test_an_order_that_may_still_be_on_its_way_is_not_compared(world: World) -> None:
    await world.placed()
    world.erp.a_person_removes()
    assert await reconcile(world).compare(await world.opened()) == 0


async def test_what_is_compared_stands_in_the_orders_timeline(world: World) -> None:
    await world.placed()
    world.erp.a_person_cancels()
    await compared(world)
    assert "reconciled" in await world.told_of()


async def test_the_erps_list_is_asked_twice_a_day_at_most(world: World) -> None:
    await world.placed()
    await world.owner.execute("UPDATE record SET read_soon = false")
    world.erp.a_person_cancels()
    await world.time_passes(LONG_PAST)
    assert await run(world) == 1
    await world.owner.execute("UPDATE record SET state = 'settled'")
    assert await run(world) == 0
    await world.time_passes(12 * 3_600 + 1)
    assert await run(world) == 1
