"""The bench's own client: what it counts as acknowledged, and that a slow answer holds nothing up."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from bench.bodies import signed_orders
from bench.open_loop import Sender, latencies, percentile

ORDERS = signed_orders(2, secret="s", seed=1)
SHOPS = ["a.myshopify.com"]


class Door:
    """A server that answers each request with the next of its statuses, or breaks the connection at 0."""

    def __init__(self, status: Callable[[int], int], *, wait: float = 0.0) -> None:
        self.status = status
        self.wait = wait
        self.seen: list[str] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                fields = dict(line.split(": ", 1) for line in head.split("\r\n")[1:-2])
                await reader.readexactly(int(fields["Content-Length"]))
                self.seen.append(fields["X-Shopify-Webhook-Id"])
                await asyncio.sleep(self.wait)
                status = self.status(len(self.seen))
                if not status:
                    break
                writer.write(f"HTTP/1.1 {status} X\r\ncontent-length: 0\r\n\r\n".encode())
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def opened(door: Door) -> AsyncIterator[Sender]:
    server = await asyncio.start_server(door.serve, "127.0.0.1", 0)
    sender = Sender(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", ORDERS, SHOPS, prefix="test-")
    try:
        yield sender
    finally:
        sender.close()
        server.close()


async def test_only_a_200_counts_as_acknowledged() -> None:
    door = Door(lambda number: [200, 503, 200, 0, 200][number - 1])
    async with opened(door) as sender:
        assert [await sender.deliver() for _ in range(5)] == [200, 503, 200, 0, 200]
    assert sender.answered == {door.seen[0], door.seen[2], door.seen[4]}
    assert sender.refused == 2


async def test_every_delivery_has_an_id_of_its_own() -> None:
    door = Door(lambda number: 200)
    async with opened(door) as sender:
        await asyncio.gather(*(sender.deliver() for _ in range(20)))
    assert len(set(door.seen)) == 20
    assert all(len(each) == 36 and each.startswith("test-") for each in door.seen)


async def test_a_slow_answer_does_not_hold_up_the_next_request() -> None:
    door = Door(lambda number: 200, wait=0.3)
    async with opened(door) as sender:
        began = asyncio.get_running_loop().time()
        took = await latencies(sender, rate=40, seconds=0.5, warm_up=0)
        whole = asyncio.get_running_loop().time() - began
    assert len(took) == 20
    assert took[0] >= 290
    assert whole < 20 * 0.3 / 2


async def test_nobody_there_is_refused() -> None:
    sender = Sender("http://127.0.0.1:1", ORDERS, SHOPS, prefix="test-")
    assert await sender.deliver() == 0
    assert (sender.answered, sender.refused) == (set(), 1)


def test_percentiles_are_of_the_ordered_values() -> None:
    ordered = [float(n) for n in range(100)]
    assert (percentile(ordered, 0.5), percentile(ordered, 0.99)) == (50.0, 99.0)
