"""A small client of our own: sends on a schedule whatever the answers do, and remembers which deliveries were answered."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Iterator, Sequence
from typing import cast
from urllib.parse import urlsplit

from bench.bodies import Signed
from bench.load import head

_LATE = 0.003
"""A timer may be a millisecond or two late; more than this is a wait that counts as the answer's."""
_CONNECTIONS = 64
_GONE = 0


class Door(asyncio.Protocol):
    """One kept connection with at most one request under way; its answer is a status, or 0 when the connection broke."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._answer: asyncio.Future[int] | None = None
        self.open = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self.open = True

    def data_received(self, data: bytes) -> None:
        self._told(int(data[9:12]))

    def connection_lost(self, exc: Exception | None) -> None:
        self.open = False
        self._told(_GONE)

    async def send(self, request: bytes) -> int:
        assert self._transport is not None
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return await self._answer

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def _told(self, status: int) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(status)


class Sender:
    """Deliveries, each under an id of its own, over connections that are opened as they are needed."""

    def __init__(self, url: str, orders: Sequence[Signed], shops: Sequence[str], *, prefix: str) -> None:
        parts = urlsplit(url)
        self._host, self._port = parts.hostname or "", parts.port or 80
        self._free: list[Door] = []
        self._ids = (f"{prefix}{number:0{36 - len(prefix)}d}" for number in itertools.count())
        self._requests = _requests(orders, shops, parts.netloc)
        self.answered: set[str] = set()
        self.refused = 0

    async def deliver(self) -> int:
        delivery = next(self._ids)
        front, back, body = next(self._requests)
        try:
            door = await self._door()
            status = await door.send(f"{front}{delivery}{back}".encode() + body)
        except OSError:
            status = _GONE
        else:
            if door.open:
                self._free.append(door)
        if status == 200:
            self.answered.add(delivery)
        else:
            self.refused += 1
        return status

    async def _door(self) -> Door:
        while self._free:
            door = self._free.pop()
            if door.open:
                return door
        _, door = await asyncio.get_running_loop().create_connection(Door, self._host, self._port)
        return door

    def close(self) -> None:
        for door in self._free:
            door.close()


async def latencies(sender: Sender, *, rate: float, seconds: float, warm_up: float) -> list[float]:
    """Milliseconds per delivery at a fixed rate, in order of size; the warm-up's are left out."""
    loop = asyncio.get_running_loop()
    took: list[float] = []
    began = loop.time()

    async def one(due: float) -> None:
        sent = loop.time()
        status = await sender.deliver()
        if due >= began + warm_up and status == 200:
            start = due if sent - due > _LATE else sent
            took.append((loop.time() - start) * 1000)

    under_way: set[asyncio.Task[None]] = set()
    for number in range(int(rate * (seconds + warm_up))):
        due = began + number / rate
        if (pause := due - loop.time()) > 0:
            await asyncio.sleep(pause)
        task = asyncio.create_task(one(due))
        under_way.add(task)
        task.add_done_callback(under_way.discard)
    await asyncio.gather(*under_way)
    return sorted(took)


async def pressed(sender: Sender, *, until: asyncio.Event) -> None:
    """As many deliveries at once as there are connections, until told to stop; a refusal waits a little."""

    async def one() -> None:
        while not until.is_set():
            if await sender.deliver() != 200:
                await asyncio.sleep(0.05)

    await asyncio.gather(*(one() for _ in range(_CONNECTIONS)))


def percentile(ordered: Sequence[float], part: float) -> float:
    return ordered[min(len(ordered) - 1, int(len(ordered) * part))] if ordered else float("nan")


def _requests(orders: Sequence[Signed], shops: Sequence[str], host: str) -> Iterator[tuple[str, str, bytes]]:
    """Heads with room for the id, which stands in one header only here; then the body."""
    made: list[tuple[str, str, bytes]] = []
    for number, order in enumerate(orders):
        front, _, back = head(order, shop=shops[number % len(shops)], host=host).partition("#" * 36)
        made.append((front, back.replace("#" * 36, f"event-{number}"), order.body))
    return itertools.cycle(made)
