"""The bench's side of the crash points: a process that meets one tells the bench and does as it is told.

Installed only when the setting names a socket. A bench that is not there, or goes away, never stops a process.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable

import orjson

from app.steps import points

GO = b"go"


def install(path: str | None) -> None:
    """Puts the barrier before every named step of this process; None leaves the steps free."""
    if path is not None:
        points.install(barrier(path))


def barrier(path: str) -> Callable[[str], Awaitable[None]]:
    async def meet(name: str) -> None:
        try:
            reader, writer = await asyncio.open_unix_connection(path)
        except OSError:
            return
        try:
            writer.write(orjson.dumps({"pid": os.getpid(), "name": name}) + b"\n")
            await writer.drain()
            await _told_to_go(reader)
        except OSError:
            return
        finally:
            writer.close()

    return meet


async def _told_to_go(reader: asyncio.StreamReader) -> None:
    """Any other word (`hold`) means to wait for the next one; the end of the stream means to go."""
    while (word := await reader.readline()) and word.strip() != GO:
        pass
