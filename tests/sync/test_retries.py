"""When what fails is tried again, and when a person must know."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from app.sync.retries import RetryPolicy
from tests.fakes import erp
from tests.fakes.orders import order
from tests.fakes.world import TIMING, World

_LONG = TIMING.hold_after.total_seconds() + 60
_AWAY = erp.Retry("host.unreachable", "Away.")


async def _fails_once_more(world: World, *, after: float) -> None:
    await world.time_passes(after)
    await world.set(breaker_until=None)
    await world.drain()


async def test_failing_for_too_long_is_held_for_a_person_and_the_button_works(world: World) -> None:
    world.erp.fails_to_look(*[_AWAY for _ in range(9)])
    await world.placed()
    for _ in range(7):
        await _fails_once_more(world, after=900)
        assert await world.state() == ("waiting", "host.unreachable")
    await _fails_once_more(world, after=_LONG)
    assert await world.state() == ("held", "host.unreachable")
    await world.ask()
    await world.set(breaker_until=None)
    await world.drain()
    assert await world.state() == ("settled", None)


async def test_a_record_that_stood_in_a_long_line_is_not_held_for_having_failed_twice(world: World) -> None:
    world.erp.fails_to_look(*[_AWAY for _ in range(2)])
    await world.placed()
    await _fails_once_more(world, after=_LONG)
    assert await world.state() == ("waiting", "host.unreachable")
    await _fails_once_more(world, after=_LONG)
    assert await world.state() == ("settled", None)


async def test_a_step_that_the_erp_confirmed_starts_the_count_anew(world: World) -> None:
    world.erp.fails_to_look(*[_AWAY for _ in range(3)])
    await world.placed(order())
    for _ in range(2):
        await _fails_once_more(world, after=600)
    before = await world.record()
    assert before["attempts"] == 3
    world.erp.will(erp.works, erp.loses_the_answer)
    await _fails_once_more(world, after=600)
    after = await world.record()
    assert [step.key for step in world.erp.sent] == ["create", "payment:t1"]
    assert (after["state"], after["attempts"]) == ("waiting", 1)
    assert after["failing_since"] > before["failing_since"]


def test_both_time_and_failures_must_be_used_up() -> None:
    policy = RetryPolicy.of(TIMING)
    now = datetime(2026, 11, 1, tzinfo=UTC)
    long_ago = now - timedelta(seconds=_LONG)
    assert policy.is_over(long_ago, now, failures=policy.hold_least)
    assert not policy.is_over(long_ago, now, failures=policy.hold_least - 1)
    assert not policy.is_over(now - timedelta(seconds=1), now, failures=1000)
    assert not policy.is_over(None, now, failures=1000)
