"""A file read as it comes: piece by piece, with a deadline for each, and lost pieces told as any lost answer."""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta

import pytest

from app.errors import Misconfigured, Retry
from app.outbound import open_http
from app.ports import Request
from tests.test_outbound import answering, ask, door, hanging_up, serving

LONG = b"".join(b"line %d\n" % n for n in range(200_000))


def fetch(address: str, seconds: float = 60) -> Request:
    return ask(address, method="GET", body=None, writes=False, deadline=timedelta(seconds=seconds))


async def test_a_file_comes_in_pieces_and_is_never_whole() -> None:
    async with (
        serving(answering(LONG)) as address,
        door(address) as http,
        http.stream(fetch(address)) as download,
    ):
        sizes, seen = [], 0
        async for piece in download.pieces:
            assert piece == LONG[seen : seen + len(piece)]
            sizes.append(len(piece))
            seen += len(piece)
    assert (download.status, seen) == (200, len(LONG))
    assert max(sizes) < len(LONG) / 10


async def test_each_piece_has_the_deadline_and_the_whole_has_not() -> None:
    async def slowly(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n")
        for _ in range(20):
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.09)
        await asyncio.sleep(3_600)

    async with serving(slowly) as address, door(address) as http:
        began, seen = time.monotonic(), 0
        async with http.stream(fetch(address, 1.5)) as download:
            while seen < 20:
                seen += len(await anext(download.pieces))
            assert time.monotonic() - began > 1.6
            with pytest.raises(Retry) as broke:
                await anext(download.pieces)
    assert broke.value.code == "connection.no_answer"


async def test_a_file_that_stops_coming_is_given_up() -> None:
    async def stalling(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nsome")
        await writer.drain()
        await asyncio.sleep(3_600)

    async with serving(stalling) as address, door(address) as http:
        with pytest.raises(Retry):
            async with http.stream(fetch(address, 0.3)) as download:
                _ = [piece async for piece in download.pieces]


async def test_no_answer_at_all_is_told_before_any_piece() -> None:
    async with serving(hanging_up) as address, door(address) as http:
        with pytest.raises(Retry) as lost:
            async with http.stream(fetch(address)):
                pass
    assert lost.value.code == "connection.no_answer"


async def test_a_file_that_is_left_early_gives_its_connection_back() -> None:
    async with serving(answering(LONG)) as address, open_http(trusted=True, most=1) as http:
        for _ in range(3):
            async with http.stream(fetch(address)) as download:
                await anext(download.pieces)


async def test_files_come_from_guarded_addresses_alone() -> None:
    async with open_http() as http:
        with pytest.raises(Misconfigured):
            async with http.stream(Request(method="GET", url="http://127.0.0.1/file", writes=False)):
                pass
