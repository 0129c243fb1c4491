"""How a simulated ERP's calls are served: counted, as slow as was asked for, and with the faults that are on the switch."""

from __future__ import annotations

import asyncio
import json
import time
from collections import deque
from collections.abc import Iterable, MutableMapping, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar, runtime_checkable

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sandbox.erps.faults import OF_PAGES, Fault, FaultSwitch, Traffic

T = TypeVar("T")
_MOST_BYTES = 16_000_000
_HUGE = 10_000_000
_FAULT = "stockbridge.fault"
_SPOILT = frozenset({Fault.HTML, Fault.TRUNCATED, Fault.WRONG_TYPES, Fault.HUGE})
_ANSWERED = _SPOILT | OF_PAGES | {Fault.SLOW}


class Manners(Protocol):
    """How this ERP says what every ERP says in its own way; each answer as on its vendor's wire."""

    def verb(self, method: str, path: str, body: bytes) -> tuple[str, bool]:
        """What a call is called here, and whether it writes. Look at the body where one path serves reads and writes."""
        ...

    def throttled(self, wait: float) -> Response:
        """Too many calls: in its own shape, with the wait where this ERP says one."""
        ...

    def broken(self) -> Response:
        """Its own 5xx."""
        ...

    def expired(self) -> Response:
        """The token that was sent is one no more."""
        ...

    def failed(self) -> Response:
        """A failure that looks like success: 200, with the error inside. An ERP that never does so answers with `broken()`."""
        ...


@runtime_checkable
class ByAddress(Protocol):
    """Manners of an ERP whose calls are told apart by more than their path: the address has the query behind it."""

    def verb_at(self, method: str, address: str, body: bytes) -> tuple[str, bool]: ...


def page_of(request: Request, rows: Sequence[T]) -> list[T]:
    """The rows of a page as they are answered: as they are, but for the two faults of pages. Its cursor stays as it was."""
    match request.scope.get(_FAULT):
        case Fault.REPEATED:
            return [row for row in rows for _ in range(2)]
        case Fault.MISSING:
            return []
        case _:
            return list(rows)


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What the vendor allows: so many calls at once, and so many within so many seconds. None: no such limit.

    A call over one is answered with `Manners.throttled`, counted, and never carried out. `queued`: so many more than
    `at_once` are not refused, but wait for their turn.
    """

    at_once: int | None = None
    queued: int = 0
    calls: int | None = None
    seconds: float = 60.0


@dataclass(kw_only=True)
class Calls:
    """The ASGI application around a simulator's own. `latency`: seconds that every call takes at least."""

    inner: ASGIApp
    manners: Manners
    limits: Limits = field(default_factory=Limits)
    latency: float = 0.0
    faults: FaultSwitch = field(default_factory=FaultSwitch)
    traffic: Traffic = field(default_factory=Traffic)
    late: set[asyncio.Task[None]] = field(default_factory=set)
    _recent: deque[float] = field(default_factory=deque)
    _turns: asyncio.Semaphore | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        assert scope["type"] == "http"
        request = Request(_seen_from_outside(scope), receive)
        body = await _bounded(request)
        verb, writes = self._called(request, body)
        with self.traffic.call(verb, writes=writes):
            answer = await self._served(request, body, verb, writes=writes)
        self.traffic.by_status[str(answer.status_code)] += 1
        await answer(scope, receive, send)

    async def _served(self, request: Request, body: bytes, verb: str, *, writes: bool) -> Response:
        wait = self._wait()
        if wait is not None:
            self.traffic.over_limit += 1
            return self.manners.throttled(wait)
        async with self._turn():
            await asyncio.sleep(self.latency)
            fault = self.faults.draw(verb, writes=writes)
            if fault is None:
                return await self._answer(request.scope, body)
            return await self._faulty(request, body, fault)

    def _called(self, request: Request, body: bytes) -> tuple[str, bool]:
        path, query = request.url.path, request.url.query
        if isinstance(self.manners, ByAddress):
            return self.manners.verb_at(request.method, f"{path}?{query}" if query else path, body)
        return self.manners.verb(request.method, path, body)

    def _turn(self) -> AbstractAsyncContextManager[object]:
        """Only where calls wait for their turn is there anything to wait for."""
        if self.limits.at_once is None or not self.limits.queued:
            return nullcontext()
        if self._turns is None:
            self._turns = asyncio.Semaphore(self.limits.at_once)
        return self._turns

    async def _faulty(self, request: Request, body: bytes, fault: Fault) -> Response:
        refusal = self._refused(fault)
        if refusal is not None:
            return refusal
        scope = {**request.scope, _FAULT: fault}
        if fault in _ANSWERED:
            await asyncio.sleep(self.faults.plan.slow if fault is Fault.SLOW else 0)
            answer = await self._answer(scope, body)
            return _spoilt(answer, fault) if fault in _SPOILT else answer
        if fault is Fault.LATE:
            self._later(scope, body, self.faults.random.uniform(0, self.faults.plan.late_most))
        elif fault in {Fault.TIMEOUT_AFTER, Fault.LOST_AFTER}:
            await self._answer(scope, body)
        if fault in {Fault.TIMEOUT_BEFORE, Fault.TIMEOUT_AFTER}:
            await _until_they_hang_up(request, self.faults.plan.hang)
        return Lost()

    def _refused(self, fault: Fault) -> Response | None:
        match fault:
            case Fault.ERROR:
                return self.manners.broken()
            case Fault.THROTTLE:
                return self.manners.throttled(self.faults.plan.retry_after)
            case Fault.EXPIRED:
                return self.manners.expired()
            case Fault.FAILED:
                return self.manners.failed()
            case _:
                return None

    def _wait(self) -> float | None:
        """Seconds until another call may come, where this one is over a limit."""
        limits, now = self.limits, time.monotonic()
        if limits.at_once is not None and self.traffic.now > limits.at_once + limits.queued:
            return 1.0
        if limits.calls is None:
            return None
        while self._recent and now - self._recent[0] >= limits.seconds:
            self._recent.popleft()
        if len(self._recent) >= limits.calls:
            return limits.seconds - (now - self._recent[0])
        self._recent.append(now)
        return None

    async def _answer(self, scope: MutableMapping[str, Any], body: bytes) -> Response:
        """The inner application's whole answer."""
        started: Message = {"status": 500, "headers": []}
        parts: list[bytes] = []
        told = iter(({"type": "http.request", "body": body, "more_body": False},))

        async def receive() -> Message:
            return next(told, {"type": "http.disconnect"})

        async def send(message: Message) -> None:
            if message["type"] == "http.response.start":
                started.update(message)
            else:
                parts.append(message.get("body", b""))

        await self.inner(scope, receive, send)
        answer = Response(b"".join(parts), started["status"])
        answer.raw_headers = list(started["headers"])
        return answer

    def _later(self, scope: MutableMapping[str, Any], body: bytes, seconds: float) -> None:
        async def commit() -> None:
            await asyncio.sleep(seconds)
            await self._answer(scope, body)

        task = asyncio.create_task(commit())
        self.late.add(task)
        task.add_done_callback(self.late.discard)


class Lost(Response):
    """An answer that never arrives whole: the connection closes inside it."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"1000")]})
        await send({"type": "http.response.body", "body": b"{", "more_body": True})


def _seen_from_outside(scope: Scope) -> MutableMapping[str, Any]:
    """As the caller addressed it: behind the demo's failing network, links in answers lead through that network too."""
    headers: Iterable[tuple[bytes, bytes]] = scope["headers"]
    outside = [value for name, value in headers if name == b"x-forwarded-host"]
    if not outside:
        return scope
    kept = [(name, value) for name, value in headers if name not in {b"host", b"x-forwarded-host"}]
    return {**scope, "headers": [(b"host", outside[0]), *kept]}


async def _bounded(request: Request) -> bytes:
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size <= _MOST_BYTES:
            parts.append(part)
    return b"".join(parts)


async def _until_they_hang_up(request: Request, most: float) -> None:
    try:
        async with asyncio.timeout(most):
            while (await request.receive())["type"] != "http.disconnect":
                pass
    except TimeoutError:
        pass


def _spoilt(answer: Response, fault: Fault) -> Response:
    """What it did is done; what it says can't be used."""
    body = bytes(answer.body)
    match fault:
        case Fault.HTML:
            return Response("<html><body>Down for maintenance</body></html>", 200, media_type="text/html")
        case Fault.TRUNCATED:
            body = body[: len(body) // 2]
        case Fault.HUGE:
            body = body + b" " * _HUGE
        case _:
            body = json.dumps(_other_types(json.loads(body or b"null"))).encode()
    return Response(body, answer.status_code, media_type="application/json")


def _other_types(value: Any) -> Any:
    """Every leaf as another type; lists and objects stay, so that it is found where it is looked for."""
    match value:
        case dict():
            return {name: _other_types(each) for name, each in value.items()}
        case list():
            return [_other_types(each) for each in value]
        case str():
            return [value]
        case _:
            return {"value": str(value)}
