"""A stream hears of what came in at another web process, also once Valkey is gone, and goes on where its client was cut off."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from app.cli.stage import ROOT, free_port
from app.crypto import SecretHash
from app.embedded import EmbeddedValkey
from app.models import api_tokens
from app.models.database import Database
from app.processes import Child, Supervisor
from app.wiring import utc_now
from tests.conftest import Addresses
from tests.models.world import Joined, join
from tests.patience import FAR
from tests.shopify.fakes import signature
from tests.stores.world import environment

WATCH = """
subscription ($after: String) { recordChanges(after: $after) { nodes { storeKey } pageInfo { endCursor } } }
"""


@dataclass(kw_only=True)
class Place:
    """Two web processes and a worker, each of them real, and a Valkey that may be ended."""

    doors: tuple[str, str]
    joined: Joined
    token: str
    client: httpx.AsyncClient

    async def event(self, door: int, order: int) -> int:
        """Shopify tells one of the web processes of a new order; the status of its answer."""
        body = json.dumps({"id": order, "updated_at": datetime.now(UTC).isoformat()}).encode()
        headers = {
            "X-Shopify-Hmac-Sha256": signature(body),
            "X-Shopify-Topic": "orders/create",
            "X-Shopify-Shop-Domain": self.joined.domain,
            "X-Shopify-API-Version": "2026-10",
            "X-Shopify-Webhook-Id": str(uuid4()),
            "X-Shopify-Event-Id": str(uuid4()),
            "X-Shopify-Triggered-At": datetime.now(UTC).isoformat(),
        }
        answer = await self.client.post(f"{self.doors[door]}/webhooks/orders", content=body, headers=headers)
        return answer.status_code

    @asynccontextmanager
    async def watching(self, door: int, after: str | None = None) -> AsyncIterator[Stream]:
        headers = {"Authorization": f"Bearer {self.token}", "Accept": "text/event-stream"}
        body = {"query": WATCH, "variables": {"after": after}}
        async with self.client.stream(
            "POST", f"{self.doors[door]}/graphql", json=body, headers=headers
        ) as answer:
            yield Stream(lines=answer.aiter_lines())


@dataclass(kw_only=True)
class Stream:
    """A client's end: `cursor` is the last that it was told."""

    lines: AsyncIterator[str]
    cursor: str = ""

    async def hears_of(self, *orders: int) -> list[str]:
        """The keys of all that comes until each of the orders was named."""
        heard: list[str] = []
        async with asyncio.timeout(FAR):
            while not {str(order) for order in orders} <= set(heard):
                heard += await self.page()
        return heard

    async def page(self) -> list[str]:
        async for line in self.lines:
            if line.startswith("data: {"):
                said: dict[str, Any] = json.loads(line.removeprefix("data: "))
                page = said["data"]["recordChanges"]
                self.cursor = page["pageInfo"]["endCursor"]
                return [node["storeKey"] for node in page["nodes"]]
        raise AssertionError("the stream ended")


@pytest.fixture
def own_valkey(server_home: Path) -> Iterator[EmbeddedValkey]:
    with EmbeddedValkey(server_home / "watched", durable=False) as server:
        yield server


@pytest.fixture
async def place(addresses: Addresses, own_valkey: EmbeddedValkey, tmp_path: Path) -> AsyncIterator[Place]:
    told = environment(
        addresses, own_valkey.url(), shopify_address="http://127.0.0.1:9/{shop}", endpoints=frozenset()
    )
    ports = free_port(), free_port()
    async with Supervisor(grace=8.0) as kept, httpx.AsyncClient(timeout=FAR, trust_env=False) as client:
        joined, token = await _tenant(addresses)
        for port in ports:
            await kept.start(_ours(tmp_path, told, "serve", "--port", str(port)))
        await kept.start(_ours(tmp_path, told, "worker"))
        doors = f"http://127.0.0.1:{ports[0]}", f"http://127.0.0.1:{ports[1]}"
        for door in doors:
            await _answers(client, door)
        yield Place(doors=doors, joined=joined, token=token, client=client)


async def test_what_comes_in_at_one_process_is_heard_at_the_other_and_without_valkey_too(
    place: Place, own_valkey: EmbeddedValkey
) -> None:
    async with place.watching(1) as stream:
        assert await stream.page() == [], "it has begun"
        assert await place.event(0, 5001) == 200
        await stream.hears_of(5001)
        own_valkey.kill()
        assert await place.event(0, 5002) == 200
        await stream.hears_of(5002)
        cursor = stream.cursor
    for order in (5003, 5004):
        assert await place.event(1, order) == 200
    async with place.watching(0, after=cursor) as stream:
        assert "5001" not in await stream.hears_of(5003, 5004), "it was told of that before it went away"
    async with place.watching(1, after=cursor) as stream:
        assert {"5003", "5004"} <= set(await stream.page()), "whichever process it comes back to"


def _ours(home: Path, told: dict[str, str], *words: str) -> Child:
    name = "-".join(words).replace("--", "")
    outside = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return Child(
        name=name,
        command=[sys.executable, "-P", "-m", "app.cli", *words],
        environment=outside | told | {"LOG_LEVEL": "warning"},
        folder=ROOT,
        log=home / f"{name}.log",
    )


async def _answers(client: httpx.AsyncClient, door: str) -> None:
    async with asyncio.timeout(FAR):
        while True:
            with suppress(httpx.TransportError):
                if (await client.get(f"{door}/healthz")).status_code == 200:
                    return
            await asyncio.sleep(0.1)


async def _tenant(addresses: Addresses) -> tuple[Joined, str]:
    """A live connection, and a token that may watch its records."""
    token = f"sb_{uuid4().hex}"
    database = await Database.open(addresses.app, size=2)
    try:
        joined = await join(database)
        async with database.tenant(joined.tenant) as tx:
            await api_tokens.create(
                tx,
                tenant=joined.tenant,
                token=uuid4(),
                name="tool",
                digest=SecretHash.of(token).digest,
                scopes=("read_records",),
                expires_at=utc_now().replace(year=utc_now().year + 1),
            )
    finally:
        await database.close()
    return joined, token
