"""Where alerts go in the bench: a receiver that refuses each message once, takes it the next time, and keeps what it heard."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

_DELIVERY = "stockbridge-delivery"


@dataclass(kw_only=True)
class Hearing:
    """`refused`, `taken`: how often, by the id of the message."""

    address: str = ""
    refused: Counter[str] = field(default_factory=Counter)
    taken: Counter[str] = field(default_factory=Counter)

    @property
    def netloc(self) -> str:
        return self.address.split("/")[2]

    async def hear(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")[1:]
            said = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head)}
            await reader.readexactly(int(said.get("content-length", "0")))
            message = said.get(_DELIVERY, "")
            fine = message in self.refused
            (self.taken if fine else self.refused)[message] += 1
            answer = "200 OK" if fine else "503 Service Unavailable"
            writer.write(f"HTTP/1.1 {answer}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n".encode())
            await writer.drain()
        writer.close()


@contextlib.asynccontextmanager
async def hearing() -> AsyncIterator[Hearing]:
    made = Hearing()
    server = await asyncio.start_server(made.hear, "127.0.0.1", 0)
    made.address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/alerts"
    try:
        yield made
    finally:
        server.close()
