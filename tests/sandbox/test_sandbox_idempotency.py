"""Idempotency keys: the first answer again, other variables, in flight, failed before, and answers that get lost."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from sandbox.idempotency import KEPT_SECONDS, KeyBook
from tests.sandbox.stock_words import SET, book, codes, level, pair, wanted, write


async def test_the_same_key_and_variables_answer_the_same_and_write_once(store: Any) -> None:
    found = await level(store)
    first = await write(store, pair(found, 5), key="k")
    await store.control("PATCH", f"/shops/{store.shop}/stock", levels=[{"sku": "SKU-0001", "available": 77}])
    assert await write(store, pair(found, 5), key="k") == first
    assert (await level(store))["available"] == 77
    assert len(await book(store, by="app")) == 2


async def test_the_same_key_with_other_variables_is_refused(store: Any) -> None:
    found = await level(store)
    await write(store, pair(found, 5), key="k")
    again = pair(found, 6, changeFromQuantity=5)
    assert await codes(store, again, key="k") == ["IDEMPOTENCY_KEY_PARAMETER_MISMATCH"]
    assert (await level(store))["available"] == 5


async def test_a_key_whose_attempt_was_refused_is_used_up(store: Any) -> None:
    stale = pair(await level(store), 5, changeFromQuantity=1)
    assert await codes(store, stale, key="k") == ["CHANGE_FROM_QUANTITY_STALE"]
    assert await codes(store, stale, key="k") == ["IDEMPOTENCY_PREVIOUS_ATTEMPT_FAILED"]
    assert await codes(store, stale | {"changeFromQuantity": 1000}, key="k2") == []


async def test_an_attempt_that_broke_down_uses_its_key_up_and_wrote_nothing(store: Any) -> None:
    await store.control("POST", "/faults/next", where="graphql", kind="failed", document="Set")
    wanted_pair = pair(await level(store), 5)
    assert await store.codes(SET, input=wanted(wanted_pair), key="k") == ["INTERNAL_SERVER_ERROR"]
    assert (await level(store))["available"] == 1000
    assert await codes(store, wanted_pair, key="k") == ["IDEMPOTENCY_PREVIOUS_ATTEMPT_FAILED"]
    assert await codes(store, wanted_pair, key="k2") == []


async def test_a_key_in_flight_is_refused_and_answers_afterwards(store: Any) -> None:
    await store.control("POST", "/faults/next", where="graphql", kind="slow", document="Set", seconds=0.3)
    wanted_pair = pair(await level(store), 5)
    slow = asyncio.create_task(write(store, wanted_pair, key="k"))
    await asyncio.sleep(0.1)
    assert await codes(store, wanted_pair, key="k") == ["IDEMPOTENCY_CONCURRENT_REQUEST"]
    first = await slow
    assert first["userErrors"] == []
    assert await write(store, wanted_pair, key="k") == first


@pytest.mark.parametrize("kind", ["after", "lost"])
async def test_an_answer_lost_after_the_write_is_found_again_under_its_key(store: Any, kind: str) -> None:
    await store.control("POST", "/faults/next", where="graphql", kind=kind, document="Set", seconds=0.05)
    wanted_pair = pair(await level(store), 5)
    assert (await store.send(SET, input=wanted(wanted_pair), key="k")).status_code == 502
    assert (await level(store))["available"] == 5
    assert await codes(store, wanted_pair, key="k") == []
    assert await codes(store, wanted_pair, key="other") == ["CHANGE_FROM_QUANTITY_STALE"]


async def test_an_error_before_the_write_leaves_the_key_free(store: Any) -> None:
    await store.control("POST", "/faults/next", where="graphql", kind="before", document="Set")
    wanted_pair = pair(await level(store), 5)
    assert (await store.send(SET, input=wanted(wanted_pair), key="k")).status_code == 502
    assert (await level(store))["available"] == 1000
    assert await codes(store, wanted_pair, key="k") == []


async def test_a_late_commit_happens_within_its_time_and_its_key_is_taken_until_then(store: Any) -> None:
    await store.control("POST", "/faults/next", where="graphql", kind="late", document="Set", seconds=0.3)
    wanted_pair = pair(await level(store), 5)
    assert (await store.send(SET, input=wanted(wanted_pair), key="k")).status_code == 502
    assert (await level(store))["available"] == 1000
    assert await codes(store, wanted_pair, key="k") == ["IDEMPOTENCY_CONCURRENT_REQUEST"]
    await asyncio.sleep(0.4)
    assert (await level(store))["available"] == 5
    assert await codes(store, wanted_pair, key="k") == []
    assert len(await book(store, by="app")) == 2


async def test_late_commits_can_be_drawn_and_only_strike_writes(store: Any) -> None:
    await store.control("PATCH", "/faults", seed=3, api_late=1.0, api_late_seconds=0.1)
    assert (await store.send("{ shop { id } }")).status_code == 200
    wanted_pair = pair(await level(store), 5)
    assert (await store.send(SET, input=wanted(wanted_pair), key="k")).status_code == 502
    await asyncio.sleep(0.3)
    assert (await level(store))["available"] == 5


def test_a_key_is_forgotten_after_a_day() -> None:
    moment = [0.0]
    keys = KeyBook(clock=lambda: moment[0])
    keys.note("k", "set", {"a": 1}, {"userErrors": []})
    assert keys.known("k", "set", {"a": 1}, frozenset()) == {"userErrors": []}
    moment[0] = KEPT_SECONDS + 1
    assert keys.known("k", "set", {"a": 2}, frozenset()) is None
