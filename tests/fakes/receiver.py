"""A webhook's receiver on a real socket: it answers what it is told to, and keeps what came."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Posted:
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass(kw_only=True)
class FakeReceiver:
    """`status`: what it answers from now on; `silent`: it takes the request and says nothing."""

    port: int = 0
    status: int = 204
    headers: str = ""
    silent: bool = False
    posted: list[Posted] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook/secret-path"

    @property
    def endpoint(self) -> str:
        return f"127.0.0.1:{self.port}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while head := await reader.readuntil(b"\r\n\r\n"):
            first, *rest = head.decode().strip().split("\r\n")
            headers = {
                name.lower(): value.strip() for name, _, value in (line.partition(":") for line in rest)
            }
            body = await reader.readexactly(int(headers.get("content-length", "0")))
            self.posted.append(Posted(path=first.split(" ")[1], headers=headers, body=body))
            if self.silent:
                await asyncio.sleep(3_600)
            writer.write(f"HTTP/1.1 {self.status} x\r\ncontent-length: 0\r\n{self.headers}\r\n".encode())
            await writer.drain()


@asynccontextmanager
async def receiver() -> AsyncIterator[FakeReceiver]:
    """Listens on a port of its own until the block ends."""
    fake, tasks = FakeReceiver(), set[asyncio.Task[None]]()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        try:
            await fake.serve(reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    fake.port = server.sockets[0].getsockname()[1]
    try:
        yield fake
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
