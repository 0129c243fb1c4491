"""The account's limit is felt for: fewer calls after a refusal, one more after many answers, none more than allowed."""

from __future__ import annotations

import asyncio

import pytest

from app.errors import Throttled
from app.hosts.netsuite.gate import Gate


async def crowd(gate: Gate, calls: int) -> int:
    """So many calls at once; the most that were inside together."""
    inside = most = 0

    async def call() -> None:
        nonlocal inside, most
        async with gate.open():
            inside += 1
            most = max(most, inside)
            await asyncio.sleep(0)
            inside -= 1

    await asyncio.gather(*(call() for _ in range(calls)))
    return most


async def test_no_more_than_allowed_are_inside_and_all_come_in() -> None:
    gate = Gate(3)
    assert await crowd(gate, 20) == 3
    assert gate.busy == 0


async def test_a_refusal_leaves_room_for_those_that_were_taken_and_one_at_least() -> None:
    gate = Gate(5)
    async with gate.open(), gate.open(), gate.open():
        gate.refused()
    assert gate.width == 2
    assert await crowd(gate, 10) == 2
    async with gate.open():
        gate.refused()
    assert gate.width == 1
    assert await crowd(gate, 4) == 1


async def test_calm_widens_it_again_and_never_past_what_is_allowed() -> None:
    gate = Gate(2)
    async with gate.open(), gate.open():
        gate.refused()
    for _ in range(1_000):
        gate.answered()
    assert gate.width == 2
    assert await crowd(gate, 9) == 2


async def test_whoever_is_cancelled_while_waiting_keeps_no_place() -> None:
    gate = Gate(1)
    async with gate.open():
        waiting = asyncio.create_task(crowd(gate, 1))
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
    assert await crowd(gate, 3) == 1


async def test_whoever_waits_too_long_is_told_so_and_keeps_no_place() -> None:
    gate = Gate(1, patience=0.01)
    async with gate.open():
        with pytest.raises(Throttled):
            await crowd(gate, 1)
    assert await crowd(gate, 3) == 1
