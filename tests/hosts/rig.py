"""What the contract suite needs of an ERP under test, and the tools it works with."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from typing import Protocol

import pytest

from app.domain.document import FoundDocument, SalesDocument
from app.errors import Reason, Unclear
from app.outbound import Outbound, open_http
from app.ports import Answer, Fence, Found, Host, HostSpec, Http, Request, Sink, Step
from tests.examples import EXAMPLES

OURS = frozenset({"memory", "tryton", "netsuite", "odoo", "businesscentral", "rest"})
"""ERPs that are known to do what one that is only begun may not do."""


class HostUnderTest(Protocol):
    """A running ERP server. To put another one under the contract: implement this, add a line in `conftest.py`."""

    name: str
    spec: HostSpec
    fence: Fence
    credentials: Mapping[str, str]
    """What opens a connection to it."""
    wrong_key: Mapping[str, str]
    """The same with a key, password or user that the server refuses."""
    secrets: tuple[str, ...]
    """What must never occur in an error or in evidence."""
    endpoint: str
    """Its host:port, for the operator's list of allowed private endpoints."""
    unknown_item: str
    """The code of an item that the server does not have."""

    def at(self, endpoint: str) -> Mapping[str, str]:
        """Credentials that lead to another endpoint (a hostile server)."""
        ...

    def adapt(self, document: SalesDocument) -> SalesDocument:
        """The example with this host's own codes for items, taxes and payment methods."""
        ...

    def cannot(self, example: str) -> str | None:
        """Why the host can't express this example of `tests.examples.EXAMPLES`, None when it can."""
        ...

    async def real_documents(self, external_id: str) -> int:
        """Asks the server, past the adapter: how many documents that are no draft and not cancelled carry the key."""
        ...

    async def cancel(self, sink_key: str) -> None:
        """A person cancels the document in the ERP."""
        ...

    async def ship(self, sink_key: str) -> None:
        """The goods of the document leave the ERP's warehouse."""
        ...

    priced: tuple[str, str, str]
    """An item, what it costs everybody, and in which currency."""

    async def sell(self, sku: str, title: str, *, price: str, active: bool = True) -> None:
        """A person changes what is sold under a SKU, or ends it."""
        ...

    async def receives(self, item: str, units: int) -> bool:
        """So many more come into the warehouse that documents take from; False: nobody here can make them."""
        ...

    async def quotes(self, rates: Sequence[tuple[date, str, str]]) -> None:
        """A person enters rates: from each day on one of the company's currency, the euro, buys so much of this one."""
        ...

    async def goes_wrong(self, verb: str, fault: str, *, times: int = 1) -> bool:
        """The next calls of the verb get a fault of `sandbox.erps.faults`, on the wire; False: this server can't be made to."""
        ...

    async def is_well(self) -> None:
        """No fault is left over."""
        ...

    async def under_way(self) -> int:
        """How many changes have yet to appear whose callers were lost."""
        ...

    stocked: tuple[str, str, int]
    """An item that it stocks, the warehouse its documents take it from, and how many there are before any order."""


class StateInMemory:
    """Implements `HostState`."""

    def __init__(self) -> None:
        self._values: dict[str, tuple[str, int]] = {}

    async def read(self, name: str) -> tuple[str, int] | None:
        return self._values.get(name)

    async def write(self, name: str, value: str, *, version: int) -> bool:
        if self._values.get(name, ("", 0))[1] != version:
            return False
        self._values[name] = value, version + 1
        return True


class LosingHttp:
    """A network that loses the answer of the next `lose` writes: the server has done them, the caller never hears."""

    def __init__(self, inner: Http) -> None:
        self._inner = inner
        self.lose = 0

    async def send(self, request: Request) -> Answer:
        answer = await self._inner.send(request)
        if request.writes and self.lose:
            self.lose -= 1
            raise Unclear("connection.no_answer", "The answer was lost.")
        return answer


class PatientHttp:
    """A network whose caller waits longer than the adapter would: the machine of a test may stand still for half a minute."""

    def __init__(self, inner: Http) -> None:
        self._inner = inner

    async def send(self, request: Request) -> Answer:
        return await self._inner.send(replace(request, deadline=6 * request.deadline))


class HurriedHttp:
    """A network whose caller waits three seconds for a change at most, whatever the adapter would have waited."""

    def __init__(self, inner: Http) -> None:
        self._inner = inner

    async def send(self, request: Request) -> Answer:
        hurried = replace(request, deadline=timedelta(seconds=3)) if request.writes else request
        return await self._inner.send(hurried)


class NoHttp:
    """No network at all: proves that what is called pure is pure."""

    async def send(self, request: Request) -> Answer:
        raise AssertionError(f"{request.method} was sent by something that is said to be pure")


@cache
def certificates() -> ssl.SSLContext:
    """Read once for all tests: reading them takes a tenth of a second."""
    return ssl.create_default_context()


def door(under: HostUnderTest, *more: str) -> Outbound:
    return open_http(allowed=frozenset({under.endpoint, *more}), tls=certificates())


def opened(under: HostUnderTest, http: Http, credentials: Mapping[str, str] | None = None) -> Host:
    return under.spec.open(credentials or under.credentials, PatientHttp(http), StateInMemory())


def orders(host: Host) -> Sink[SalesDocument]:
    assert hasattr(host.orders, "find"), "the contract suite is about hosts that take orders"
    return host.orders


def example(under: HostUnderTest, name: str) -> SalesDocument:
    """One of `tests.examples.EXAMPLES` in this host's codes; skips where it can't express it."""
    if why := under.cannot(name):
        pytest.skip(why)
    return under.adapt(EXAMPLES[name]())


async def converge(
    sink: Sink[SalesDocument], document: SalesDocument, *, most: int = 20
) -> tuple[FoundDocument, list[Step]]:
    """What the engine does: find, next step, do, until nothing is missing. Gives the document and the steps done."""
    done: list[Step] = []
    for _ in range(most):
        found = await sink.find(document)
        step = sink.next_step(document, found)
        if step is None:
            return the_real_one(found), done
        assert isinstance(step, Step), f"{step.code}: {step.sentence}"
        await sink.do(step)
        done.append(step)
    raise AssertionError(f"still not done after {[step.key for step in done]}")


async def verdict(sink: Sink[SalesDocument], document: SalesDocument) -> Reason:
    """The reason why a person must decide; the test fails when there is none."""
    reason = sink.next_step(document, await sink.find(document))
    assert isinstance(reason, Reason), f"no reason but {reason}"
    return reason


def the_real_one(found: Found) -> FoundDocument:
    real = [d for d in found.documents if d.state.value in {"open", "posted"}]
    assert len(real) == 1, f"{len(real)} documents"
    return real[0]


@asynccontextmanager
async def hostile(answer: bytes) -> AsyncIterator[str]:
    """A server that answers everything with these bytes; gives its host:port."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(answer)
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    try:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
