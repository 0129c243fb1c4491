"""A line between the browser and the app that can be cut: everything goes through, until somebody pulls the plug."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field


@dataclass(kw_only=True)
class Relay:
    address: str
    lines: set[asyncio.StreamWriter] = field(default_factory=set)

    def cut(self) -> None:
        """Every open connection breaks off in the middle of what it carries; new ones are let through."""
        for writer in self.lines:
            writer.transport.abort()


@asynccontextmanager
async def relayed(port: int, *, at: int = 0) -> AsyncIterator[Relay]:
    """To `port` of this machine; `at`: the port to listen on, else any."""
    relay = Relay(address="")

    async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", port)
        ends = {writer, back}
        relay.lines |= ends
        try:
            await asyncio.gather(_pump(reader, back), _pump(there, writer))
        finally:
            relay.lines -= ends
            for end in ends:
                end.close()

    server = await asyncio.start_server(carry, "127.0.0.1", at)
    relay.address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield relay
    finally:
        server.close()
        relay.cut()


async def _pump(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await source.read(65_536):
            target.write(data)
            await target.drain()
    with suppress(OSError):
        target.write_eof()
