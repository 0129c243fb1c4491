"""The door to other servers, against real local ones that drip, cut off, redirect, hang up and answer too much."""

from __future__ import annotations

import asyncio
import gzip
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import Misconfigured, Retry, Unclear
from app.outbound import Outbound, failure_of, is_public, open_http
from app.ports import Request

Script = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def serving(script: Script) -> AsyncIterator[str]:
    """A server that reads one request head per connection and then does what the script says; gives its host:port."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.readuntil(b"\r\n\r\n")
            await script(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    try:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()


def answering(body: bytes, head: str = "HTTP/1.1 200 OK") -> Script:
    async def script(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(f"{head}\r\ncontent-length: {len(body)}\r\n\r\n".encode() + body)
        await writer.drain()

    return script


async def dripping(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n")
    while True:
        writer.write(b"x")
        await writer.drain()
        await asyncio.sleep(0.05)


async def hanging_up(_reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    """Closes after the request was read, without a word."""


def ask(address: str, **changes: object) -> Request:
    settings: dict[str, object] = {"method": "POST", "url": f"http://{address}/orders", "body": b"{}"}
    return Request(**{**settings, **changes})  # type: ignore[arg-type]


def door(address: str) -> Outbound:
    return open_http(allowed=frozenset({address}))


async def test_an_answer_comes_back_whole() -> None:
    async with serving(answering(b'{"id": 7}')) as address, door(address) as http:
        answer = await http.send(ask(address))
    assert (answer.status, answer.body, answer.headers["content-length"]) == (200, b'{"id": 7}', "9")


@pytest.mark.parametrize(("writes", "error"), [(True, Unclear), (False, Retry)])
async def test_a_dripping_answer_ends_at_the_deadline(writes: bool, error: type[Exception]) -> None:
    async with serving(dripping) as address, door(address) as http:
        with pytest.raises(error):
            await http.send(ask(address, writes=writes, deadline=timedelta(seconds=0.4)))


@pytest.mark.parametrize(("writes", "error"), [(True, Unclear), (False, Retry)])
async def test_a_connection_closed_after_the_request_is_unclear_for_a_write(
    writes: bool, error: type[Exception]
) -> None:
    async with serving(hanging_up) as address, door(address) as http:
        with pytest.raises(error) as raised:
            await http.send(ask(address, writes=writes))
    assert raised.value.code == "connection.no_answer"  # type: ignore[attr-defined]


async def test_a_refused_port_is_certain_not_to_have_happened() -> None:
    async with serving(hanging_up) as address:
        pass
    async with door(address) as http:
        with pytest.raises(Retry) as raised:
            await http.send(ask(address, writes=True))
    assert raised.value.code == "connection.unreachable"


async def test_a_deadline_that_ends_before_sending_is_certain_too() -> None:
    async def never(_host: str, _port: int) -> Sequence[str]:
        await asyncio.sleep(3_600)
        return []

    async with open_http(resolve=never) as http:
        with pytest.raises(Retry):
            await http.send(
                Request(
                    method="POST", url="https://erp.example", deadline=timedelta(seconds=0.2), writes=True
                )
            )


async def test_cancelling_a_call_stays_a_cancellation() -> None:
    async with serving(dripping) as address, door(address) as http:
        call = asyncio.create_task(http.send(ask(address)))
        await asyncio.sleep(0.2)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call


async def test_a_huge_answer_is_cut_off() -> None:
    sent = 0

    async def pouring(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 10000000\r\n\r\n")
        for _ in range(1000):
            writer.write(b"x" * 10_000)
            await writer.drain()
            sent += 10_000

    async with serving(pouring) as address, door(address) as http:
        with pytest.raises(Retry) as raised:
            await http.send(ask(address, writes=False, most_bytes=50_000))
        await asyncio.sleep(0.05)
    assert raised.value.code == "connection.answer_too_large"
    assert sent < 10_000_000


async def test_a_small_packed_answer_cannot_grow_over_the_bound() -> None:
    bomb = gzip.compress(b"\0" * 50_000_000)
    head = "HTTP/1.1 200 OK\r\ncontent-encoding: gzip"
    async with serving(answering(bomb, head)) as address, door(address) as http:
        with pytest.raises(Unclear) as raised:
            await http.send(ask(address, most_bytes=100_000))
    assert raised.value.code == "connection.answer_too_large"


async def test_a_packed_answer_is_unpacked() -> None:
    head = "HTTP/1.1 200 OK\r\ncontent-encoding: gzip"
    async with serving(answering(gzip.compress(b'{"a": 1}'), head)) as address, door(address) as http:
        assert (await http.send(ask(address))).body == b'{"a": 1}'


async def test_cookies_of_one_answer_are_not_sent_with_the_next_request() -> None:
    heads: list[bytes] = []

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for _ in range(2):
            heads.append(await reader.readuntil(b"\r\n\r\n"))
            writer.write(
                b"HTTP/1.1 200 OK\r\nset-cookie: session=of-another-shop\r\ncontent-length: 0\r\n\r\n"
            )
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    address = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server, door(address) as http:
        for _ in range(2):
            await http.send(ask(address, body=None, method="GET"))
    assert len(heads) == 2
    assert not any(b"cookie" in head.lower() for head in heads)


# --- addresses -------------------------------------------------------------------------------------------------------


async def test_a_redirect_is_an_answer_and_its_target_is_never_called() -> None:
    called = asyncio.Event()

    async def target(_reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        called.set()

    async with serving(target) as private:
        head = f"HTTP/1.1 302 Found\r\nlocation: http://{private}/"
        async with serving(answering(b"", head)) as address, door(address) as http:
            answer = await http.send(ask(address))
        await asyncio.sleep(0.05)
    assert answer.status == 302
    assert isinstance(failure_of(answer, writes=True), Misconfigured)
    assert not called.is_set()


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.0.0.1:8069", "localhost", "0.0.0.0", "10.1.2.3", "192.168.1.1", "172.16.0.9",
        "169.254.169.254", "[::1]", "[::]", "[fe80::1]", "[fd00:ec2::254]", "[::ffff:10.0.0.1]", "[64:ff9b::a00:1]",
        "[2002:a00:1::]", "127.1", "2130706433", "0x7f.1", "100.100.100.200", "168.63.129.16", "224.0.0.1",
    ],
)  # fmt: skip
async def test_a_private_address_is_refused_however_it_is_written(address: str) -> None:
    async with open_http() as http:
        with pytest.raises(Misconfigured) as raised:
            await http.send(Request(method="GET", url=f"https://{address}/", deadline=timedelta(seconds=60)))
    assert raised.value.code == "address.not_allowed"


@pytest.mark.parametrize(
    "addresses",
    [["127.0.0.1"], ["93.184.215.14", "10.0.0.1"], ["::ffff:192.168.0.1"], ["93.184.215.14", "fd00::1"]],
)
async def test_a_name_that_stands_for_a_private_address_is_refused(addresses: list[str]) -> None:
    async def resolve(_host: str, _port: int) -> Sequence[str]:
        return addresses

    async with open_http(resolve=resolve) as http:
        with pytest.raises(Misconfigured) as raised:
            await http.send(Request(method="GET", url="https://erp.example/"))
    assert raised.value.code == "address.not_allowed"


async def test_the_checked_address_is_the_one_that_is_called_and_the_name_is_asked_once() -> None:
    asked: list[str] = []
    heads: list[bytes] = []

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
        await writer.drain()
        writer.close()

    async def resolve(host: str, _port: int) -> Sequence[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["192.0.2.1"]

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, open_http(allowed=frozenset({f"erp.example:{port}"}), resolve=resolve) as http:
        answer = await http.send(Request(method="GET", url=f"http://erp.example:{port}/a"))
    assert (answer.status, asked) == (200, ["erp.example"])
    assert f"host: erp.example:{port}".encode() in heads[0].lower()


async def test_the_server_name_of_tls_is_the_host_not_the_address() -> None:
    """A server without a fitting certificate is refused, and it saw the name we meant."""
    seen: list[bytes] = []

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append(await reader.read(2000))
        writer.close()

    async def resolve(_host: str, _port: int) -> Sequence[str]:
        return ["127.0.0.1"]

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, open_http(allowed=frozenset({f"erp.example:{port}"}), resolve=resolve) as http:
        with pytest.raises(Retry):
            await http.send(Request(method="POST", url=f"https://erp.example:{port}/a"))
    assert b"erp.example" in seen[0]


async def test_plain_http_needs_the_operators_word() -> None:
    async with open_http(allowed=frozenset({"127.0.0.1:1"})) as http:
        with pytest.raises(Misconfigured) as raised:
            await http.send(Request(method="GET", url="http://127.0.0.1:2/"))
    assert raised.value.code == "address.not_https"


async def test_the_operators_word_is_for_one_port_only() -> None:
    async with serving(answering(b"")) as other, open_http(allowed=frozenset({"127.0.0.1:1"})) as http:
        with pytest.raises(Misconfigured) as raised:
            await http.send(Request(method="GET", url=f"https://{other}/"))
    assert raised.value.code == "address.not_allowed"


async def test_the_trusted_door_calls_the_operators_own_address() -> None:
    async with serving(answering(b"ok")) as address, open_http(trusted=True) as http:
        assert (await http.send(ask(address))).body == b"ok"


@pytest.mark.parametrize(
    "url", ["ftp://erp.example", "https://", "file:///etc/passwd", "https://user:pw@erp.example", "x"]
)
async def test_what_is_no_web_address_is_refused(url: str) -> None:
    async with open_http() as http:
        with pytest.raises(Misconfigured) as raised:
            await http.send(Request(method="GET", url=url))
    assert raised.value.code == "address.malformed"
    assert "pw" not in str(raised.value)


async def test_an_invalid_certificate_is_the_connections_fault() -> None:
    cause = ssl.SSLCertVerificationError("self-signed")

    async def resolve(_host: str, _port: int) -> Sequence[str]:
        raise cause

    async with open_http(resolve=resolve) as http:
        with pytest.raises(Misconfigured) as raised:
            await http.send(Request(method="POST", url="https://erp.example/"))
    assert raised.value.code == "address.certificate"


@given(st.ip_addresses(v=4))
def test_an_address_inside_ipv6_is_judged_as_itself(address: object) -> None:
    assert is_public(f"::ffff:{address}") == is_public(str(address))
