"""What comes to the door after its caller's deadline leaves no more: an heir may have sent it by then."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from app.outbound import Outbound, open_http
from app.ports import Request


@asynccontextmanager
async def counting() -> AsyncIterator[tuple[str, list[bytes]]]:
    """A server that answers every request head and keeps it."""
    heads: list[bytes] = []

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                heads.append(await reader.readuntil(b"\r\n\r\n"))
                writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}")
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    try:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}", heads
    finally:
        server.close()


def write(address: str) -> Request:
    return Request(method="POST", url=f"http://{address}/orders")


async def swallowed(http: Outbound, address: str) -> None:
    """As asyncio.wait_for of Python 3.11 does where its answer comes in the same turn as the cancellation."""
    async with asyncio.timeout(0.02):
        try:
            await asyncio.sleep(5)
        except asyncio.CancelledError:
            await http.send(write(address))


async def stood_still(http: Outbound, address: str) -> None:
    async with asyncio.timeout(0.02):
        time.sleep(0.04)  # noqa: ASYNC251 - the whole process does
        await http.send(write(address))


async def test_a_deadline_that_somebody_swallowed_on_the_way_still_keeps_a_write_back() -> None:
    async with counting() as (address, heads), open_http(allowed=frozenset({address})) as http:
        with pytest.raises(TimeoutError):
            await swallowed(http, address)
    assert heads == []


async def test_a_process_that_stood_still_sends_nothing_after_its_deadline() -> None:
    async with counting() as (address, heads), open_http(allowed=frozenset({address})) as http:
        await http.send(write(address))
        with pytest.raises(TimeoutError):
            await stood_still(http, address)
    assert len(heads) == 1


async def test_a_call_that_was_given_up_leaves_the_door_fit_for_the_next() -> None:
    async with counting() as (address, heads), open_http(allowed=frozenset({address}), most=1) as http:
        for _ in range(3):
            with pytest.raises(TimeoutError):
                await stood_still(http, address)
        assert (await http.send(write(address))).status == 200
    assert len(heads) == 1
