"""Records: coalescing by counters, leases by the database's clock, epochs, and many writers at once without a deadlock."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from app.domain.ids import StoreKey
from app.errors import Reason, Verdict
from app.models import demand, records
from app.models.database import Database
from app.models.records import TRANSITIONS, Claim, End, State
from app.ports import Flow, Hint
from tests.conftest import Addresses
from tests.fakes.orders import order
from tests.fakes.world import World, new_world
from tests.patience import FAR

SETTLED = End(state=State.SETTLED)


@pytest.fixture
async def world(database: Database, addresses: Addresses) -> AsyncIterator[World]:
    async with new_world(database, addresses) as made:
        yield made


async def finish(world: World, claim: Claim, end: End = SETTLED) -> bool:
    async with world.database.tenant(world.joined.tenant) as tx:
        return await records.finish(tx, claim, end)


async def give_back(world: World, *claims: Claim) -> None:
    async with world.database.tenant(world.joined.tenant) as tx:
        await records.give_back(tx, claims)


async def want(world: World, keys: list[str]) -> None:
    hints = [Hint(flow=Flow.ORDERS, key=StoreKey(key)) for key in keys]
    async with world.database.tenant(world.joined.tenant) as tx:
        await demand.want(
            tx,
            tenant=world.joined.tenant,
            connection=world.joined.connection,
            shop=world.joined.shop,
            kind="order",
            hints=hints,
            echo_within=timedelta(0),
        )


# --- counters ------------------------------------------------------------------------------------------------------------


async def test_many_hints_become_one_run(world: World) -> None:
    for _ in range(5):
        await world.hear()
    (claim,) = await world.claim()
    assert claim.wanted == 5
    assert await finish(world, claim)
    row = await world.record()
    assert (row["wanted"], row["done"], row["due_at"]) == (5, 5, None)


async def test_what_is_wanted_during_a_run_is_due_after_it(world: World) -> None:
    await world.hear()
    (claim,) = await world.claim()
    await world.hear()
    await world.hear()
    assert await world.claim() == []
    await finish(world, claim)
    row = await world.record()
    assert (row["wanted"], row["done"]) == (3, 1)
    (again,) = await world.claim()
    assert again.wanted == 3


async def test_hints_from_many_transactions_at_once_are_all_counted(world: World) -> None:
    await asyncio.gather(*(world.hear() for _ in range(40)))
    assert (await world.record())["wanted"] == 40


async def test_batches_in_any_order_at_once_meet_no_deadlock(world: World) -> None:
    keys = [str(n) for n in range(60)]
    luck = random.Random(3)
    shuffled = [luck.sample(keys, 60) for _ in range(24)]
    async with asyncio.timeout(FAR):
        await asyncio.gather(*(want(world, batch) for batch in shuffled))
    rows = await world.owner.fetch("SELECT wanted FROM record")
    assert [row["wanted"] for row in rows] == [24] * 60


async def test_a_run_that_waits_is_due_at_its_time_or_at_once_when_more_is_wanted(world: World) -> None:
    await world.hear()
    (claim,) = await world.claim()
    later = datetime.now(UTC) + timedelta(hours=1)
    await finish(world, claim, End(state=State.WAITING, again_at=later, failed=True))
    row = await world.record()
    assert (row["due_at"], row["attempts"]) == (later, 1)
    assert row["failing_since"] is not None
    await world.hear()
    assert len(await world.claim()) == 1


async def test_one_version_of_a_batch_is_not_lost_to_a_hint_without_one(world: World) -> None:
    newest = datetime(2026, 11, 20, 12, tzinfo=UTC)
    hints = [
        Hint(flow=Flow.ORDERS, key=StoreKey("1001"), version=newest, fingerprint=b"a"),
        Hint(flow=Flow.ORDERS, key=StoreKey("1001")),
        Hint(flow=Flow.ORDERS, key=StoreKey("1001"), version=newest - timedelta(hours=1), fingerprint=b"b"),
    ]
    async with world.database.tenant(world.joined.tenant) as tx:
        await demand.want(
            tx,
            tenant=world.joined.tenant,
            connection=world.joined.connection,
            shop=world.joined.shop,
            kind="order",
            hints=hints,
            echo_within=timedelta(0),
        )
    assert (await world.record())["min_version"] == newest


# --- leases ----------------------------------------------------------------------------------------------------------------


async def test_each_take_has_a_new_epoch_and_only_the_newest_may_end_it(world: World) -> None:
    await world.hear()
    (first,) = await world.claim("one", lease=5)
    assert await world.claim("two") == []
    await world.time_passes(6)
    (second,) = await world.claim("two")
    assert second.epoch == first.epoch + 1
    assert not await finish(world, first)
    assert (await world.record())["state"] == "running"
    assert await finish(world, second)
    assert not await finish(world, first)
    assert (await world.record())["state"] == "settled"


async def test_a_lease_is_counted_by_the_databases_clock(world: World) -> None:
    await world.hear()
    await world.claim("one", lease=0.4)
    assert await world.claim("two") == []
    await asyncio.sleep(0.5)
    assert len(await world.claim("two")) == 1


async def test_many_claimants_share_out_the_due_records_once(world: World) -> None:
    await want(world, [str(n) for n in range(50)])
    found: list[Claim] = []
    while len(found) < 50:
        for claims in await asyncio.gather(*(world.claim(f"w{n}", most=7) for n in range(5))):
            found += claims
    assert len({claim.record for claim in found}) == len(found) == 50
    assert {claim.epoch for claim in found} == {1}


async def test_the_ones_that_wait_longest_are_taken_first(world: World) -> None:
    """Exactly by twos of the size asked for: within them the order of ids keeps several workers from waiting in rows."""
    for n in range(8):
        await world.hear(str(n))
        await world.owner.execute(
            "UPDATE record SET due_at = now() - make_interval(secs => $2) WHERE source_key = $1",
            str(n),
            10.0 * n,
        )
    assert {claim.source_key for claim in await world.claim(most=2)} <= {"7", "6", "5", "4"}


async def test_what_was_given_back_is_as_it_was_and_taken_at_once(world: World) -> None:
    await world.placed()
    await world.hear()
    (claim,) = await world.claim()
    await give_back(world, claim)
    row = await world.record()
    assert (row["state"], row["lease_until"], row["epoch"]) == ("settled", None, claim.epoch)
    (again,) = await world.claim("two")
    assert (again.before, again.epoch) == (State.SETTLED, claim.epoch + 1)


async def test_what_something_was_sent_for_is_not_given_back(world: World) -> None:
    await world.hear()
    (claim,) = await world.claim()
    await world.owner.execute(
        "INSERT INTO effect (tenant_id, connection_id, record_id, target, key, kind, state, payload_hash, epoch)"
        " VALUES ($1, $2, $3, 'host', 'k', 'create', 'sent', 'x', $4)",
        claim.tenant,
        claim.connection,
        claim.record,
        claim.epoch,
    )
    await give_back(world, claim)
    assert (await world.record())["state"] == "running"


async def test_an_heir_keeps_what_an_old_holder_gives_back(world: World) -> None:
    await world.hear()
    (old,) = await world.claim("one", lease=5)
    await world.time_passes(6)
    (new,) = await world.claim("two")
    await give_back(world, old)
    row = await world.record()
    assert (row["lease_owner"], row["epoch"]) == ("two", new.epoch)


@pytest.mark.parametrize("state", ["setup", "paused"])
async def test_records_of_a_connection_that_may_not_run_are_left(world: World, state: str) -> None:
    await world.hear()
    await world.set(state=state)
    assert await world.claim() == []
    await world.set(state="live")
    assert len(await world.claim()) == 1


# --- ends --------------------------------------------------------------------------------------------------------------------


async def test_an_end_changes_only_what_it_says(world: World) -> None:
    await world.placed(order())
    before = await world.record()
    await world.hear()
    (claim,) = await world.claim()
    await finish(world, claim)
    after = await world.record()
    kept = ("reference", "external_id", "sink_key", "sink_number", "told", "mapping_version", "content_hash")
    assert {name: after[name] for name in kept} == {name: before[name] for name in kept}
    assert all(before[name] is not None for name in kept)


async def test_a_reason_goes_with_the_next_end_unless_it_is_kept(world: World) -> None:
    reason = Reason(code="x.y", sentence="Why.", verdict=Verdict.NEVER, facts={"a": "b"})
    for end, code in (
        (End(state=State.HELD, reason=reason), "x.y"),
        (End(state=State.HELD, keep_reason=True), "x.y"),
        (SETTLED, None),
    ):
        await world.hear()
        (claim,) = await world.claim()
        await finish(world, claim, end)
        assert (await world.record())["reason_code"] == code


def test_only_a_claim_starts_a_run_and_only_its_end_leads_on() -> None:
    assert set(TRANSITIONS) == set(State)
    assert all(State.RUNNING in TRANSITIONS[state] for state in State if state is not State.RUNNING)
    assert State.RUNNING not in TRANSITIONS[State.RUNNING]


async def test_done_never_passes_wanted(world: World) -> None:
    await world.hear()
    with pytest.raises(asyncpg.CheckViolationError):
        await world.owner.execute("UPDATE record SET done = wanted + 1")


async def test_one_document_is_linked_to_one_record(world: World) -> None:
    for key in ("1001", "1002"):
        await world.hear(key)
    first, second = await world.claim()
    await finish(world, first, End(state=State.SETTLED, sink_key="D1"))
    with pytest.raises(asyncpg.UniqueViolationError):
        await finish(world, second, End(state=State.SETTLED, sink_key="D1"))
