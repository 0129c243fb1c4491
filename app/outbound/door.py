"""The only door to other people's servers: HTTP with a total deadline, bounded answers and a guarded address.

Adapters get it as `ports.Http`. What a lost answer means is decided here, by whether the request had left us.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import cache
from types import TracebackType
from typing import Self, TypeAlias

import httpcore
import httpx

from app.errors import Misconfigured, Retry, StockbridgeError, Unclear
from app.outbound.guard import Guard
from app.ports import Answer, Download, Request

Resolve: TypeAlias = Callable[[str, int], Awaitable[Sequence[str]]]
"""From a host name and port to every address it stands for, as text."""

_IDLE_SECONDS = 4.0
"""Shorter than the keep-alive of common servers (5 s), so that a request rarely meets a connection being closed."""


def open_http(
    *,
    allowed: frozenset[str] = frozenset(),
    trusted: bool = False,
    most: int = 200,
    resolve: Resolve | None = None,
    tls: ssl.SSLContext | None = None,
) -> Outbound:
    """The door to ERPs: https and public addresses only, but for the `allowed` `host:port` pairs.

    `trusted`: the door to the store, whose address is the operator's own setting; nothing is guarded there.
    """
    guard = None if trusted else Guard(allowed)
    return Outbound(guard, _Pool(_Network(guard, resolve or _resolve), tls or _authorities(), most))


@cache
def _authorities() -> ssl.SSLContext:
    """Whose certificates are believed; all doors of a process share it, as reading them takes longer than a request."""
    return httpx.create_ssl_context()


class Outbound:
    """Implements `ports.Http` on one connection pool. No cookie, proxy or redirect is ever followed."""

    def __init__(self, guard: Guard | None, pool: _Pool) -> None:
        self._guard = guard
        self._pool = pool

    async def send(self, request: Request) -> Answer:
        """Sends once; see `ports.Http.send` for what it raises."""
        prepared, sent = self._ready(request)
        try:
            async with asyncio.timeout(request.deadline.total_seconds()):
                return await self._exchange(prepared, request.most_bytes)
        except _LOST as cause:
            raise _lost(cause, sent=sent.is_set(), request=request, host=prepared.url.host) from cause

    @asynccontextmanager
    async def stream(self, request: Request) -> AsyncIterator[Download]:
        """See `ports.Http.stream`. The file comes as it is: packed ones are not asked for."""
        prepared, sent = self._ready(request)
        prepared.headers["accept-encoding"] = "identity"
        each = request.deadline.total_seconds()

        async def pieces(response: httpx.Response) -> AsyncIterator[bytes]:
            coming = aiter(response.stream)  # type: ignore[arg-type]
            while True:
                try:
                    async with asyncio.timeout(each):
                        piece = await anext(coming, None)
                except _LOST as cause:
                    raise _lost(cause, sent=True, request=request, host=prepared.url.host) from cause
                if piece is None:
                    return
                yield piece

        try:
            async with asyncio.timeout(each):
                response = await self._pool.handle_async_request(prepared)
        except _LOST as cause:
            raise _lost(cause, sent=sent.is_set(), request=request, host=prepared.url.host) from cause
        try:
            yield Download(
                status=response.status_code, headers=dict(response.headers), pieces=pieces(response)
            )
        finally:
            await response.aclose()

    def _ready(self, request: Request) -> tuple[httpx.Request, asyncio.Event]:
        """The request, its address checked, and whether it has left us."""
        prepared, sent = _prepared(request), asyncio.Event()
        if self._guard:
            self._guard.check_url(prepared.url.scheme, prepared.url.host, _port(prepared.url))
        prepared.extensions["trace"] = _watch(sent)
        return prepared, sent

    async def _exchange(self, request: httpx.Request, most: int) -> Answer:
        response = await self._pool.handle_async_request(request)
        try:
            body = await _body(response, most)
        finally:
            await response.aclose()
        return Answer(status=response.status_code, headers=dict(response.headers), body=body)

    async def close(self) -> None:
        await self._pool.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()


class _Network(httpcore.AsyncNetworkBackend):
    """Resolves a name once, has every address checked, and connects to one of just those."""

    def __init__(self, guard: Guard | None, resolve: Resolve) -> None:
        self._guard = guard
        self._resolve = resolve
        self._inner = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        try:
            addresses = await self._resolve(host, port)
        except OSError as cause:
            raise httpcore.ConnectError(f"{host} has no address") from cause
        if self._guard:
            self._guard.check_addresses(host, port, addresses)
        failure: Exception = httpcore.ConnectError(f"{host} has no address")
        for address in addresses:
            try:
                return await self._inner.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class _Pool(httpx.AsyncHTTPTransport):
    """The transport without a client above it: a client would keep cookies of one merchant for the next."""

    def __init__(self, network: _Network, tls: ssl.SSLContext, most: int) -> None:
        super().__init__(verify=tls, trust_env=False)
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=tls,
            max_connections=most,
            max_keepalive_connections=most,
            keepalive_expiry=_IDLE_SECONDS,
            network_backend=network,
        )


async def _resolve(host: str, port: int) -> Sequence[str]:
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def _prepared(request: Request) -> httpx.Request:
    try:
        url = httpx.URL(request.url)
        if url.scheme not in {"http", "https"} or not url.host or url.userinfo:
            raise httpx.InvalidURL("not an address of a server")
        headers = {"accept-encoding": "gzip", "user-agent": "Stockbridge", **request.headers}
        return httpx.Request(request.method, url, headers=headers, content=request.body)
    except (httpx.InvalidURL, UnicodeError) as cause:
        raise Misconfigured("address.malformed", "The address is not one of a web server.") from cause


def _port(url: httpx.URL) -> int:
    return url.port or (443 if url.scheme == "https" else 80)


def _watch(sent: asyncio.Event) -> Callable[[str, Mapping[str, object]], Awaitable[None]]:
    async def trace(name: str, _info: Mapping[str, object]) -> None:
        if name.endswith("send_request_headers.started"):
            await _still_wanted()
            sent.set()

    return trace


async def _still_wanted() -> None:
    """A process that stood still may come here long after the caller's deadline, when an heir has sent the same thing.

    The loop turns twice, so that deadlines that passed meanwhile cancel this call before a byte leaves. A cancellation that
    was swallowed on the way is still counted: asyncio.wait_for of Python 3.11 does so when its answer comes in the same turn.
    """
    for _ in range(2):
        await asyncio.sleep(0)
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


class _TooLarge(Exception):
    """The answer is longer than the caller takes."""


_LOST = (TimeoutError, httpx.TransportError, httpx.DecodingError, zlib.error, _TooLarge)
"""How an answer fails to come."""


async def _body(response: httpx.Response, most: int) -> bytes:
    """The answer's bytes, unpacked within the bound: a small packed answer can't grow over it either."""
    unpack = _unpacker(response.headers.get("content-encoding", "identity"))
    parts, size = [], 0
    async for chunk in response.stream:  # type: ignore[union-attr]
        part = unpack(chunk, most + 1 - size)
        size += len(part)
        if size > most:
            raise _TooLarge
        parts.append(part)
    return b"".join(parts)


def _unpacker(encoding: str) -> Callable[[bytes, int], bytes]:
    match encoding.strip().lower():
        case "identity" | "":
            return lambda chunk, _most: chunk
        case "gzip" | "x-gzip" | "deflate":
            return zlib.decompressobj(wbits=47).decompress
        case other:
            raise httpx.DecodingError(f"an answer packed as {other[:20]} was not asked for")


def _lost(cause: Exception, *, sent: bool, request: Request, host: str) -> StockbridgeError:
    """What the absence of an answer means: nothing happened when nothing was sent, else who knows."""
    if _certificate(cause):
        return Misconfigured(
            "address.certificate", f"The certificate of {host} is not valid.", facts={"host": host}
        )
    if not sent:
        return Retry("connection.unreachable", f"{host} could not be reached.", facts={"host": host})
    code, sentence = "connection.no_answer", f"{host} took the request but gave no complete answer in time."
    if isinstance(cause, _TooLarge):
        code, sentence = "connection.answer_too_large", f"{host} gave an answer that is too large."
    return (Unclear if request.writes else Retry)(code, sentence, facts={"host": host})


def _certificate(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return True
        error = error.__cause__ or error.__context__
    return False
