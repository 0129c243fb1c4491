"""Write-back: 25 orders a call, each with what its run ended with; what is refused or changes meanwhile, and the echo."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from app.domain.ids import StoreKey
from app.errors import Retry, Unclear
from app.models import workers
from app.ports import Mark
from tests.fakes.orders import order
from tests.fakes.world import World
from tests.models.world import TABLES
from tests.patience import FAR


async def placed(world: World, count: int) -> None:
    for n in range(count):
        made = world.store.place(order(key=StoreKey(f"6{n:03}"), name=f"#6{n:03}"))
        await world.hear(made.key)


async def due(world: World) -> int:
    return int(await world.owner.fetchval("SELECT count(*) FROM record WHERE mark_due_at IS NOT NULL"))


async def store_effects(world: World) -> list[str]:
    rows = await world.owner.fetch(
        "SELECT state, payload FROM effect WHERE target = 'store' ORDER BY planned_at"
    )
    assert all(row["payload"] is None for row in rows if row["state"] in {"done", "unclear"})
    return [row["state"] for row in rows]


async def test_a_settled_order_says_its_number_and_state(world: World) -> None:
    await world.placed()
    note = world.marks.notes[StoreKey("1001")]
    assert (note.number, note.state, note.sentence) == ("SO1", "settled", None)
    assert await due(world) == 0
    assert await store_effects(world) == ["done"]


async def test_a_held_order_says_why(world: World) -> None:
    await world.publish({**TABLES, "taxes": {}})
    await world.placed()
    note = world.marks.notes[StoreKey("1001")]
    assert (note.number, note.state) == (None, "held")
    assert note.sentence == "The tax “VAT@0.2” is not mapped to anything in the ERP yet."


async def test_an_order_that_is_left_alone_or_waits_says_nothing(world: World) -> None:
    await world.placed(order(test=True))
    world.erp.fails_to_look(Retry("host.unreachable", "Away."))
    await world.placed(order(key=StoreKey("1002"), name="#1002"))
    assert world.marks.calls == []


async def test_twenty_five_go_into_one_call(world: World) -> None:
    await placed(world, 60)
    await world.drain()
    while await due(world):
        await world.drain()
    sizes = [len(call) for call in world.marks.calls]
    assert sum(sizes) == 60
    assert max(sizes) <= 25
    assert len(sizes) == 3
    assert len(world.marks.notes) == 60


async def test_the_effect_is_committed_as_sent_before_the_store_is_called(world: World) -> None:
    seen: list[str] = []

    async def look(marks: Sequence[Mark]) -> None:
        seen.append(await world.owner.fetchval("SELECT state FROM effect WHERE target = 'store'"))

    world.marks.inside = look
    await world.placed()
    assert seen == ["sent"]


async def test_one_refused_note_holds_up_no_other_and_is_tried_again_later(world: World) -> None:
    world.marks.refuses("6001")
    await placed(world, 3)
    await world.drain()
    assert set(world.marks.notes) == {"6000", "6002"}
    assert len(world.marks.calls) == 1
    await world.drain()
    assert len(world.marks.calls) == 1
    world.marks.refused.clear()
    await world.time_passes(world.timing.mark_again.total_seconds() + 1)
    await world.drain()
    assert [mark.key for mark in world.marks.calls[-1]] == ["6001"]
    assert await due(world) == 0


async def test_a_failed_call_is_made_again_after_a_while(world: World) -> None:
    world.marks.fails(Retry("shopify.away", "Away."), Unclear("shopify.no_answer", "Lost."))
    await placed(world, 2)
    await world.drain()
    await world.drain()
    assert len(world.marks.calls) == 1
    for _ in range(2):
        await world.time_passes(30)
        await world.drain()
    assert len(world.marks.calls) == 3
    assert len(world.marks.notes) == 2
    assert await store_effects(world) == ["unclear", "unclear", "done"]


async def test_a_call_that_never_answers_ends_at_its_deadline(world: World) -> None:
    async def hangs(marks: Sequence[Mark]) -> None:
        await asyncio.sleep(3_600)

    world.marks.inside = hangs
    world.hurries()
    async with asyncio.timeout(FAR):
        await world.placed()
    assert await due(world) == 1
    assert await world.state() == ("settled", None)


async def test_a_note_that_changed_while_it_was_written_is_written_again(world: World) -> None:
    async def meanwhile(marks: Sequence[Mark]) -> None:
        world.marks.inside = None
        world.store.cancel("1001")
        await world.hear()
        await world.drain(world.worker("two"))

    world.marks.inside = meanwhile
    await world.placed()
    await world.time_passes(60)
    await world.drain()
    assert world.marks.notes[StoreKey("1001")].state == "held"
    assert await due(world) == 0


async def test_the_same_news_is_not_written_twice(world: World) -> None:
    await world.placed()
    for _ in range(3):
        world.store.touch("1001")
        await world.hear()
        await world.drain()
    assert len(world.marks.calls) == 1


async def test_a_note_says_what_the_run_ended_with_though_another_is_under_way(world: World) -> None:
    world.marks.fails(Retry("shopify.away", "Away."))
    await world.placed()
    await world.hear()
    await world.time_passes(30)
    (claim,) = await world.claim("two")
    await world.drain(world.worker("three"))
    assert claim.before.value == "settled"
    assert world.marks.notes[StoreKey("1001")].state == "settled"


async def test_a_worker_that_dies_after_sending_leaves_the_notes_to_the_next(world: World) -> None:
    async def dies(marks: Sequence[Mark]) -> None:
        raise asyncio.CancelledError

    world.marks.inside = dies
    world.store.place(order())
    await world.hear()
    task = asyncio.create_task(world.drain())
    await asyncio.wait([task])
    assert task.cancelled()
    world.marks.inside = None
    await world.drain()
    assert world.marks.notes == {}
    await world.time_passes(120)
    await world.drain()
    assert world.marks.notes[StoreKey("1001")].state == "settled"


# --- the echo --------------------------------------------------------------------------------------------------------------


async def test_the_echo_of_our_own_note_raises_nothing(world: World) -> None:
    made = world.store.place(order())
    await world.hear(version=made.updated_at, fingerprint=b"a")
    await world.drain()
    reads = len(world.store.reads)
    wanted = await world.hear(version=datetime.now(UTC), fingerprint=b"a")
    await world.drain()
    assert (wanted.raised, wanted.echoes) == (0, 1)
    assert len(world.store.reads) == reads


async def test_a_real_change_raises_though_it_comes_right_after_our_note(world: World) -> None:
    made = world.store.place(order())
    await world.hear(version=made.updated_at, fingerprint=b"a")
    await world.drain()
    wanted = await world.hear(version=datetime.now(UTC), fingerprint=b"b")
    assert (wanted.raised, wanted.echoes) == (1, 0)


async def test_what_is_held_is_read_for_an_event_that_may_be_our_notes_or_a_changed_tag(world: World) -> None:
    """No body shows tags or risks, and a rule may have held it for one: a merchant reads the note and changes that."""
    await world.publish({**TABLES, "taxes": {}})
    made = world.store.place(order())
    await world.hear(version=made.updated_at, fingerprint=b"a")
    await world.drain()
    assert (await world.state())[0] == "held"
    notes = len(world.marks.calls)
    for event in range(1, 4):
        wanted = await world.hear(version=datetime.now(UTC) + timedelta(seconds=event), fingerprint=b"a")
        world.store.touch("1001")
        await world.time_passes(30)
        await world.drain()
        assert (wanted.raised, wanted.echoes) == (1, 0)
    assert len(world.marks.calls) == notes, "the same is not written again, so that there is no circle"


async def test_an_event_like_the_last_one_long_after_our_note_is_read(world: World) -> None:
    made = world.store.place(order())
    await world.hear(version=made.updated_at, fingerprint=b"a")
    await world.drain()
    wanted = await world.hear(version=datetime.now(UTC) + timedelta(seconds=121), fingerprint=b"a")
    assert wanted.raised == 1


async def test_without_a_note_of_ours_there_is_no_echo(world: World) -> None:
    made = world.store.place(order(test=True))
    await world.hear(version=made.updated_at, fingerprint=b"a")
    await world.drain()
    assert (await world.hear(version=datetime.now(UTC), fingerprint=b"a")).raised == 1


async def test_a_shop_is_not_drained_again_and_again_for_notes_that_may_not_be_written(world: World) -> None:
    world.marks.fails(Retry("shopify.away", "Away."))
    await world.placed()
    await world.time_passes(30)

    async def due_shops() -> int:
        return len(await workers.shops_with_work(world.database, missed_for=timedelta(0), most=9))

    assert await due_shops() == 1
    for name, stopped, runs in (("no_writes", True, False), ("state", "paused", "live")):
        await world.set(**{name: stopped})
        assert await due_shops() == 0
        await world.set(**{name: runs})
    assert await due_shops() == 1
