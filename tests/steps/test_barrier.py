"""The bench's barrier: who holds, who goes, and who is not there."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import orjson
import pytest

from app import steps
from app.steps import barrier
from tests.jobs.crew import until


@pytest.fixture(autouse=True)
def _free_steps_afterwards() -> Iterator[None]:
    yield
    steps.install(None)


class Bench:
    """Notes who came, and answers with the words it was given; then closes."""

    def __init__(self) -> None:
        self.met: list[dict[str, object]] = []
        self.words: asyncio.Queue[bytes | None] = asyncio.Queue()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.met.append(orjson.loads(await reader.readline()))
        while (word := await self.words.get()) is not None:
            writer.write(word + b"\n")
            if word == b"go":
                break
        writer.close()


@pytest.fixture
def socket_path(tmp_path: Path) -> str:
    return str(tmp_path / "bench.sock")


@pytest.fixture
async def bench(socket_path: str) -> AsyncIterator[Bench]:
    bench = Bench()
    server = await asyncio.start_unix_server(bench.serve, socket_path)
    yield bench
    server.close()


async def test_step_tells_its_name_and_process_and_goes_when_told(bench: Bench, socket_path: str) -> None:
    barrier.install(socket_path)
    passing = asyncio.create_task(steps.step("order.sent"))
    await until(lambda: len(bench.met) == 1)
    assert bench.met == [{"pid": os.getpid(), "name": "order.sent"}]
    assert not passing.done()
    await bench.words.put(b"go")
    await passing


async def test_held_step_waits_for_go(bench: Bench, socket_path: str) -> None:
    barrier.install(socket_path)
    passing = asyncio.create_task(steps.step("order.answered"))
    await bench.words.put(b"hold")
    await until(lambda: len(bench.met) == 1)
    await asyncio.sleep(0.05)
    assert not passing.done()
    await bench.words.put(b"go")
    await passing


async def test_bench_that_goes_away_lets_go(bench: Bench, socket_path: str) -> None:
    barrier.install(socket_path)
    passing = asyncio.create_task(steps.step("order.done"))
    await bench.words.put(None)
    await passing


async def test_missing_bench_stops_nobody(socket_path: str) -> None:
    barrier.install(socket_path)
    await steps.step("order.sent")


async def test_without_the_setting_steps_are_free(bench: Bench) -> None:
    barrier.install(None)
    await steps.step("order.sent")
    assert bench.met == []
