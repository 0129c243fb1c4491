"""No write happens twice and none is forgotten: effect rows, deadlines, zombies, cancellations, and every kind of answer."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from itertools import pairwise

import asyncpg
import orjson
import pytest

from app.domain.order import MoneyState
from app.ports import Fence, Step
from app.sync.sending import EFFECT
from tests.conftest import Addresses
from tests.fakes import erp
from tests.fakes.orders import order, paid
from tests.fakes.world import World
from tests.models.world import TABLES, VAULT

DEADLINE, SETTLE = 1.0, 70.0
"""Seconds after which a call is surely over, and after which nothing of it can land any more."""

FENCES = [Fence.UNIQUE, Fence.DRAFT, Fence.NONE]
SLOW_FENCES = [Fence.DRAFT, Fence.NONE]


# --- before the first byte ---------------------------------------------------------------------------------------------


async def test_the_effect_is_committed_as_sent_before_the_erp_is_called(
    world: World, addresses: Addresses
) -> None:
    seen: list[tuple[str, str, bool, bool]] = []

    async def look(step: Step) -> None:
        other = await asyncpg.connect(addresses.owner)
        row = await other.fetchrow(
            "SELECT e.state, e.key, e.deadline_at > now() AS open, r.lease_until >= e.deadline_at + interval '25 seconds'"
            " AS leased FROM effect e JOIN record r ON r.id = e.record_id WHERE e.key LIKE '%/' || $1",
            step.key,
        )
        await other.close()
        seen.append((row["key"], row["state"], row["open"], row["leased"]) if row else ("", "", False, False))

    world.erp.inside = look
    await world.placed()
    assert seen == [
        ("order:1001/create", "sent", True, True),
        ("order:1001/payment:t1", "sent", True, True),
    ]
    assert await world.state() == ("settled", None)
    assert {row["state"] for row in (await world.effects()).values()} == {"done"}


async def test_no_transaction_is_open_while_the_erp_is_called(world: World) -> None:
    idle: list[int] = []

    async def look(step: Step) -> None:
        idle.append(
            await world.owner.fetchval(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                " AND state LIKE 'idle in transaction%'"
            )
        )

    world.erp.inside = look
    await world.placed()
    assert idle == [0, 0]


# --- lost answers --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fence", FENCES)
@pytest.mark.parametrize("lost", [erp.loses_the_answer, erp.answers_too_late, erp.answers_nonsense])
async def test_what_was_committed_before_the_answer_was_lost_is_found_and_adopted(
    world: World, fence: Fence, lost: erp.Behaviour
) -> None:
    world.erp.fence = fence
    world.hurries()
    world.erp.will(lost)
    await world.placed()
    assert (await world.state())[0] == "waiting"
    assert (await world.effects())["order:1001/create"]["state"] == "unclear"
    await world.time_passes(DEADLINE + 10)
    await world.drain()
    assert await world.state() == ("settled", None)
    assert len(world.erp.real) == 1
    assert len(world.erp.steps("create")) == 1
    assert (await world.record())["sink_key"] == world.erp.real[0].sink_key


@pytest.mark.parametrize("fence", SLOW_FENCES)
async def test_without_a_unique_key_nothing_is_sent_again_before_it_can_have_settled(
    world: World, fence: Fence
) -> None:
    world.erp.fence = fence
    world.erp.will(erp.commits_late)
    await world.placed()
    for _ in range(3):
        await world.time_passes(15)
        await world.hear()
        await world.ask()
        await world.drain()
        assert (await world.state())[0] == "waiting"
        assert len(world.erp.steps("create")) == 1
    world.erp.the_late_one_lands()
    await world.time_passes(SETTLE)
    await world.drain()
    assert await world.state() == ("settled", None)
    assert (len(world.erp.real), len(world.erp.steps("create"))) == (1, 1)


@pytest.mark.parametrize("fence", SLOW_FENCES)
async def test_what_never_landed_is_sent_again_once_it_can_have_settled(world: World, fence: Fence) -> None:
    world.erp.fence = fence
    world.hurries()
    world.erp.will(erp.hangs)
    await world.placed()
    await world.time_passes(SETTLE)
    await world.drain()
    assert await world.state() == ("settled", None)
    assert (len(world.erp.real), len(world.erp.steps("create"))) == (1, 2)


async def test_with_a_unique_key_it_is_sent_again_after_the_deadline(world: World) -> None:
    world.erp.will(erp.commits_late)
    await world.placed()
    await world.time_passes(DEADLINE + 10)
    await world.drain()
    world.erp.the_late_one_lands()
    assert await world.state() == ("settled", None)
    assert (len(world.erp.real), len(world.erp.steps("create"))) == (1, 2)


async def test_with_a_unique_key_nothing_is_sent_again_before_the_deadline(world: World) -> None:
    gate = world.erp.holds_one()
    world.store.place(order())
    await world.hear()
    first = asyncio.create_task(world.drain())
    await gate.reached.wait()
    # The lease is taken away as if it had run out while the call is still open.
    await world.owner.execute("UPDATE record SET lease_until = now() - interval '1 second'")
    await world.owner.execute("UPDATE effect SET deadline_at = now() + interval '20 seconds'")
    await world.drain(world.worker("two"))
    assert len(world.erp.steps("create")) == 1
    gate.opens.set()
    await first
    assert len(world.erp.real) == 1


async def test_the_next_look_is_due_when_the_first_request_can_have_settled(world: World) -> None:
    world.erp.fence = Fence.NONE
    world.hurries()
    world.erp.will(erp.hangs)
    await world.placed()
    await world.time_passes(10)
    await world.drain()
    row, effect = await world.record(), (await world.effects())["order:1001/create"]
    assert row["due_at"] == effect["settle_at"]


async def test_an_absence_seen_by_a_look_that_began_too_early_does_not_count(world: World) -> None:
    """The look began before the settle time and ends after it: what landed in between was not seen by it."""
    world.erp.fence = Fence.NONE
    world.erp.will(erp.commits_late)
    await world.placed()
    await world.time_passes(10)
    looked = world.erp.find

    async def slow_look(*asked: object, **more: object) -> object:
        found = await looked(*asked, **more)  # type: ignore[arg-type]
        await world.time_passes(SETTLE)
        return found

    world.erp.find = slow_look  # type: ignore[method-assign,assignment]
    await world.drain()
    assert len(world.erp.steps("create")) == 1
    world.erp.find = looked  # type: ignore[method-assign]
    world.erp.the_late_one_lands()
    await world.time_passes(SETTLE)
    await world.drain()
    assert (len(world.erp.real), len(world.erp.steps("create"))) == (1, 1)


async def test_after_a_takeover_without_a_fence_one_more_look_is_made_for_doubles(world: World) -> None:
    world.erp.fence = Fence.NONE
    world.erp.will(erp.commits_late)
    await world.placed()
    await world.time_passes(SETTLE)
    await world.drain()
    assert await world.state() == ("settled", None)
    row = await world.record()
    assert row["doubles_due_at"] == row["due_at"] is not None
    # Against its word, the first one lands after the settle time.
    world.erp.the_late_one_lands()
    await world.time_passes(SETTLE)
    await world.drain()
    assert await world.state() == ("held", "document.duplicate_in_erp")


# --- what is sent again ----------------------------------------------------------------------------------------------------


async def test_a_repeat_sends_the_frozen_payload_byte_for_byte_though_the_mapping_changed(
    world: World,
) -> None:
    world.hurries()
    world.erp.will(erp.hangs)
    await world.placed()
    frozen = (await world.effects())["order:1001/create"]
    await world.publish({**TABLES, "items": {"TEA": "OTHER-TEA"}, "taxes": {"*": "OTHER-TAX"}})
    await world.time_passes(SETTLE)
    await world.drain()
    one, two = world.erp.steps("create")
    assert orjson.dumps(one.payload, option=orjson.OPT_SORT_KEYS) == orjson.dumps(
        two.payload, option=orjson.OPT_SORT_KEYS
    )
    again = (await world.effects())["order:1001/create"]
    assert again["payload"] == frozen["payload"]
    assert again["payload_hash"] == frozen["payload_hash"]
    opened = VAULT.unpack(frozen["payload"], tenant=world.joined.tenant, purpose=EFFECT)
    assert orjson.loads(opened) == one.payload
    assert await world.state() == ("settled", None)


async def test_after_a_refusal_a_mended_mapping_makes_a_new_payload(world: World) -> None:
    world.erp.will(erp.refuses("item.unknown"))
    await world.placed()
    assert await world.state() == ("held", "item.unknown")
    assert (await world.effects())["order:1001/create"]["state"] == "refused"
    await world.publish({**TABLES, "items": {"TEA": "10-TEA"}})
    await world.ask()
    await world.drain()
    assert await world.state() == ("settled", None)
    assert [step.payload["lines"][0][0] for step in world.erp.steps("create")] == ["TEA", "10-TEA"]  # type: ignore[index]
    assert (await world.payload())["lines"][0][0] == "10-TEA"


async def test_what_was_surely_not_sent_is_sent_anew_without_waiting(world: World) -> None:
    world.erp.fence = Fence.NONE
    world.erp.will(erp.is_away())
    await world.placed()
    assert (await world.effects())["order:1001/create"]["state"] == "planned"
    await world.time_passes(10)
    await world.drain()
    assert await world.state() == ("settled", None)
    assert await world.attempts() == ["retry", "done", "done"]


async def test_a_repeat_that_was_surely_not_sent_says_nothing_of_the_first(world: World) -> None:
    """The first request may still land, so that the second one's clear failure must not clear the way for a third."""
    world.erp.fence = Fence.NONE
    world.hurries()
    world.erp.will(erp.hangs, erp.is_away())
    await world.placed()
    await world.time_passes(SETTLE)
    await world.drain()
    assert (await world.effects())["order:1001/create"]["state"] == "unclear"
    await world.time_passes(20)
    await world.drain()
    assert len(world.erp.steps("create")) == 2


# --- answers that mean something -----------------------------------------------------------------------------------------


async def test_every_try_leaves_its_evidence(world: World) -> None:
    world.erp.will(erp.is_away(), erp.loses_the_answer, erp.refuses())
    await world.placed()
    for _ in range(2):
        await world.time_passes(SETTLE)
        await world.drain()
    assert await world.attempts() == ["retry", "unclear", "refused"]
    rows = await world.owner.fetch("SELECT code, epoch FROM attempt ORDER BY id")
    assert [row["code"] for row in rows] == ["host.unreachable", "host.no_answer", "host.refused"]
    assert [row["epoch"] for row in rows] == sorted({row["epoch"] for row in rows})


async def test_evidence_is_sealed_and_opens_only_for_its_tenant(world: World) -> None:
    await world.placed()
    sealed = await world.owner.fetchval("SELECT evidence FROM attempt ORDER BY id LIMIT 1")
    opened = orjson.loads(VAULT.unpack(sealed, tenant=world.joined.tenant, purpose="attempt"))
    assert opened["response"] == {"ok": True}
    assert b"1001" not in sealed


async def test_a_throttled_call_is_no_attempt_of_the_retry_policy(world: World) -> None:
    world.erp.will(erp.is_busy(), erp.is_busy())
    await world.placed()
    row = await world.record()
    assert (row["state"], row["attempts"], row["failing_since"]) == ("waiting", 0, None)
    assert (await world.connection())["breaker_failures"] == 0
    for _ in range(2):
        await world.time_passes(5)
        await world.drain()
    assert await world.state() == ("settled", None)


async def test_what_was_surely_not_sent_again_and_again_is_sent_without_waiting_for_it_to_settle(
    world: World,
) -> None:
    """And until something was sent, the order is as free as before."""
    world.erp.will(*[erp.is_busy() for _ in range(4)])
    await world.placed()
    for _ in range(3):
        await world.time_passes(5)
        await world.drain()
    assert await world.owner.fetchval("SELECT state FROM effect") == "planned"
    assert await world.state() == ("waiting", "host.busy")
    await world.time_passes(5)
    await world.drain()
    assert await world.state() == ("settled", None)


async def test_one_that_may_have_been_sent_stays_unclear_whatever_comes_of_a_later_one(world: World) -> None:
    world.erp.will(erp.commits_late, erp.is_busy(), erp.is_busy())
    await world.placed()
    for _ in range(2):
        await world.time_passes(SETTLE)
        await world.drain()
    assert await world.owner.fetchval("SELECT state FROM effect") == "unclear"


async def test_waits_grow_with_each_failure(world: World) -> None:
    world.erp.fails_to_look(*[erp.Retry("host.unreachable", "Away.") for _ in range(4)])
    await world.placed()
    waits = []
    for _ in range(4):
        row = await world.record()
        waits.append((row["due_at"] - row["state_since"]).total_seconds())
        await world.time_passes(waits[-1] + 1)
        await world.set(breaker_until=None)
        await world.drain()
    assert all(later > earlier * 1.4 for earlier, later in pairwise(waits))
    assert 4 < waits[0] < 7


async def test_a_later_capture_sends_only_what_is_missing(world: World) -> None:
    await world.placed(order(money_state=MoneyState.AUTHORISED))
    assert [step.key for step in world.erp.sent] == ["create"]
    world.store.change("1001", money_state=MoneyState.PAID, payments=(paid("24.00", key="t9"),))
    await world.hear()
    await world.drain()
    assert [step.key for step in world.erp.sent] == ["create", "payment:t9"]
    assert await world.state() == ("settled", None)
    assert (await world.record())["told"] is not None


async def test_the_lease_reaches_past_the_deadline_and_not_past_the_settle_time(world: World) -> None:
    spans: list[tuple[timedelta, timedelta]] = []

    async def look(step: Step) -> None:
        row = await world.owner.fetchrow(
            "SELECT r.lease_until - e.deadline_at AS past, e.settle_at - r.lease_until AS before FROM record r"
            " JOIN effect e ON e.record_id = r.id ORDER BY e.sent_at DESC LIMIT 1"
        )
        assert row is not None
        spans.append((row["past"], row["before"]))

    world.erp.inside = look
    await world.placed()
    assert all(past > timedelta(0) and before > timedelta(0) for past, before in spans)
    assert len(spans) == 2
