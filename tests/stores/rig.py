"""What the contract suite needs of a store under test, and the stores that are: each a server in a process of its own."""

from __future__ import annotations

import json
import secrets
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, Protocol
from uuid import UUID

import httpx

from app.cli.entered import add
from app.domain.ids import StoreKey
from app.outbound import open_http
from app.ports import Http, Store, StoreAccess, StoreSpec
from app.wiring import Core
from tests.hosts.rig import certificates
from tests.patience import FAR
from tests.shopify.fakes import Pace
from tests.stores.event_stream.spec import EVENT_STREAM
from tests.stores.memory_store.spec import MEMORY_STORE
from tests.stores.servers import event_stream as stream
from tests.stores.servers import memory_store as shelf

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, kw_only=True)
class Placed:
    """What the store itself says of an order: the truth that the adapter is measured by."""

    key: StoreKey
    name: str
    total: Decimal
    tax: Decimal
    currency: str


class StoreUnderTest(Protocol):
    """A running shop of a platform. To put another one under the contract: implement this, add a line in `conftest.py`."""

    spec: StoreSpec
    tick: float
    """Seconds after which a change has another version for certain."""
    page: int
    """How many the longest page of a list holds."""
    unknown: StoreKey

    def access(self, http: Http) -> StoreAccess: ...

    async def place(self, count: int = 1, *, days_ago: float = 0, paid: float = 1) -> Sequence[Placed]:
        """Orders are placed, paid or not."""
        ...

    async def touch(self, key: StoreKey) -> None:
        """Something of the order changes that is none of our doing."""
        ...

    async def lag(self, on: bool) -> None:
        """While on, the lists do not show what happens now; everything is shown once it is off."""
        ...

    async def told(self) -> Sequence[tuple[str, bytes]]:
        """Topics and bodies of every event so far, nothing being under way."""
        ...

    async def marked(self, key: StoreKey) -> Sequence[str]:
        """What the store's own people see of our marks on an order."""
        ...

    async def join(self, core: Core) -> tuple[UUID, UUID]:
        """Makes the shop known, in the platform's own way; its organisation and its id."""
        ...

    async def send_events_to(self, address: str | None) -> None:
        """To a server of ours, as whoever sets the platform up would say."""
        ...


@contextmanager
def process(module: str) -> Iterator[str]:
    """Runs a server of this folder; gives its address."""
    command = [sys.executable, "-m", f"tests.stores.servers.{module}"]
    running = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert running.stdout is not None
        yield str(json.loads(running.stdout.readline())["address"])
    finally:
        running.kill()
        running.wait()
        assert running.stdout is not None
        running.stdout.close()


def opened(under: StoreUnderTest, http: Http, *, pad: float = 900) -> Store:
    found = under.access(http)
    return under.spec.open(replace(found, settings={**found.settings, "pad_seconds": str(pad)}))


async def unguarded() -> AsyncIterator[Http]:
    async with open_http(trusted=True, tls=certificates()) as http:
        yield http


@cache
def _client() -> httpx.Client:
    return httpx.Client(timeout=FAR, verify=certificates(), trust_env=False)


@dataclass
class Entered:
    """What shops of platforms with a form have in common: an address, a form filled in, a control desk."""

    address: str
    name: str
    spec: StoreSpec
    credentials: Mapping[str, str]
    page: int
    unknown: StoreKey
    tick: float = 0.002

    def access(self, http: Http) -> StoreAccess:
        return StoreAccess(
            shop=f"{self.spec.key}:{self.name}", http=http, limiter=Pace(), credentials=self.credentials
        )

    def ask(self, method: str, path: str, body: object = None) -> Any:
        answer = _client().request(method, f"{self.address}/control{path}", json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def touch(self, key: StoreKey) -> None:
        self.ask("POST", f"/touch/{key}")

    async def lag(self, on: bool) -> None:
        self.ask("PUT", "/lag", on)

    async def join(self, core: Core) -> tuple[UUID, UUID]:
        return await add(core, self.spec, self.name, self.credentials)


class MemoryStoreUnderTest(Entered):
    async def place(self, count: int = 1, *, days_ago: float = 0, paid: float = 1) -> Sequence[Placed]:
        made = self.ask("POST", "/orders", {"count": count, "days_ago": days_ago, "paid": paid})
        return [
            Placed(
                key=StoreKey(str(order["no"])),
                name=f"M{order['no']}",
                total=Decimal(order["sum"]) / 100,
                tax=Decimal(order["vat"]) / 100,
                currency=order["cur"],
            )
            for order in made
        ]

    async def told(self) -> Sequence[tuple[str, bytes]]:
        return ()

    async def marked(self, key: StoreKey) -> Sequence[str]:
        return ()

    async def send_events_to(self, address: str | None) -> None:
        """It sends none."""


class EventStreamUnderTest(Entered):
    async def place(
        self, count: int = 1, *, days_ago: float = 0, paid: float = 1, pending: bool = False
    ) -> Sequence[Placed]:
        asked = {"count": count, "days_ago": days_ago, "paid": paid, "pending": pending}
        return [
            Placed(
                key=StoreKey(order["id"]),
                name=order["id"],
                total=Decimal(order["gross"]),
                tax=Decimal(order["tax"]),
                currency=order["currency"],
            )
            for order in self.ask("POST", "/orders", asked)
        ]

    async def pay(self, key: StoreKey) -> None:
        self.ask("POST", f"/pay/{key}")

    async def told(self) -> Sequence[tuple[str, bytes]]:
        return [(event["event"], json.dumps(event).encode()) for event in self.ask("GET", "")["events"]]

    async def marked(self, key: StoreKey) -> Sequence[str]:
        return list(self.ask("GET", "")["confirmed"].get(key, ()))

    async def send_events_to(self, address: str | None) -> None:
        url = f"{address}/events/{self.spec.key}/{self.name}" if address else None
        self.ask("PUT", "/subscriber", url)

    async def answers(self) -> list[int]:
        """What its events were answered with."""
        return list(self.ask("GET", "")["answers"])


def memory_store(address: str) -> MemoryStoreUnderTest:
    """A shop without orders on the server at this address, called as no other test's."""
    name = f"corner-{secrets.token_hex(4)}"
    credentials = {"address": address, "key": shelf.KEY}
    under = MemoryStoreUnderTest(
        address, name, MEMORY_STORE, credentials, page=shelf.PAGE, unknown=StoreKey("987654")
    )
    under.ask("POST", "/reset")
    return under


def event_stream(address: str) -> EventStreamUnderTest:
    """The same on the event stream's server."""
    name = f"bazaar-{secrets.token_hex(4)}"
    credentials = {"address": address, "key": stream.KEY, "secret": stream.SECRET}
    under = EventStreamUnderTest(
        address, name, EVENT_STREAM, credentials, page=25, unknown=StoreKey("E-987654")
    )
    under.ask("POST", "/reset")
    return under
