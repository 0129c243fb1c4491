"""Encrypted connections as an operator's addresses ask for them: PostgreSQL by sslmode, Redis by rediss://."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import datetime as dt
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from redis.exceptions import RedisError

from app import limits, settings
from app.embedded import EmbeddedPostgres, EmbeddedValkey
from app.errors import Misconfigured
from app.job_queue import connect as connect_queue
from app.job_queue import redis_answers
from app.models.addresses import place
from app.models.database import Database
from tests.conftest import Addresses

_NEEDED = {
    "DATABASE_URL": "postgresql://a@b/c",
    "SHOPIFY_API_KEY": "key",
    "SHOPIFY_API_SECRET": "secret",
    "SEAL_KEYS": f"k1:{base64.b64encode(b'k' * 32).decode()}",
}
_SSL_REQUEST = bytes.fromhex("0000000804d2162f")


@dataclass(frozen=True, kw_only=True)
class Certificate:
    """One for `localhost`, signed by itself, so that its own file is the root to trust."""

    file: Path
    key: Path

    def server(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.file, self.key)
        return context


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    folder = tmp_path_factory.mktemp("tls")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(1).not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    found = Certificate(file=folder / "root.crt", key=folder / "key.pem")
    found.file.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    found.key.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return found


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError, ssl.SSLError):
        while chunk := await reader.read(65_536):
            writer.write(chunk)
            await writer.drain()
    with contextlib.suppress(OSError, ssl.SSLError, RuntimeError):
        writer.close()


@dataclass(kw_only=True)
class Terminator:
    """What stands before a managed server: takes TLS, passes plain bytes on to a socket. Counts what came encrypted."""

    socket: Path
    certificate: Certificate
    asks: bool
    encrypted: int = 0
    plain: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        first = b""
        try:
            if self.asks:
                first = await reader.readexactly(8)
                if first == _SSL_REQUEST:
                    writer.write(b"S")
                    await writer.start_tls(self.certificate.server())
                    first = b""
            self.encrypted += not first
            self.plain += bool(first)
        except (OSError, ssl.SSLError, asyncio.IncompleteReadError):
            writer.close()
            return
        inner_reader, inner_writer = await asyncio.open_unix_connection(str(self.socket))
        inner_writer.write(first)
        await asyncio.gather(_pump(reader, inner_writer), _pump(inner_reader, writer))


@asynccontextmanager
async def _terminated(
    socket: Path, certificate: Certificate, *, asks: bool
) -> AsyncIterator[tuple[int, Terminator]]:
    made = Terminator(socket=socket, certificate=certificate, asks=asks)
    context = None if asks else certificate.server()
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0, ssl=context)
    try:
        yield server.sockets[0].getsockname()[1], made
    finally:
        server.close()


@pytest.fixture
async def behind_tls(
    postgres: EmbeddedPostgres, certificate: Certificate
) -> AsyncIterator[tuple[int, Terminator]]:
    async with _terminated(postgres.socket, certificate, asks=True) as found:
        yield found


@pytest.fixture
async def redis_behind_tls(valkey: EmbeddedValkey, certificate: Certificate) -> AsyncIterator[int]:
    async with _terminated(valkey.socket, certificate, asks=False) as (port, _):
        yield port


def _url(addresses: Addresses, port: int, words: str, *, host: str = "localhost") -> str:
    return f"postgresql://stockbridge_web@{host}:{port}/{addresses.name}?{words}"


@pytest.mark.parametrize("mode", ["require", "verify-ca", "verify-full"])
async def test_the_pool_of_the_app_is_encrypted_as_sslmode_asks(
    mode: str, addresses: Addresses, behind_tls: tuple[int, Terminator], certificate: Certificate
) -> None:
    port, door = behind_tls
    database = await Database.open(
        _url(addresses, port, f"sslmode={mode}&sslrootcert={certificate.file}"), size=2
    )
    async with database.across() as tx:
        assert await tx.value("SELECT 1") == 1
    await database.close()
    assert door.encrypted > 0
    assert door.plain == 0


async def test_require_without_a_root_certificate_encrypts_and_trusts_whoever_answers(
    addresses: Addresses, behind_tls: tuple[int, Terminator]
) -> None:
    port, door = behind_tls
    connection = await asyncpg.connect(**place(_url(addresses, port, "sslmode=require", host="127.0.0.1")))
    await connection.close()
    assert (door.encrypted, door.plain) == (1, 0)


async def test_disable_stays_plain(addresses: Addresses, behind_tls: tuple[int, Terminator]) -> None:
    port, door = behind_tls
    connection = await asyncpg.connect(**place(_url(addresses, port, "sslmode=disable")))
    await connection.close()
    assert (door.encrypted, door.plain) == (0, 1)


async def test_verify_full_refuses_a_certificate_for_another_name(
    addresses: Addresses, behind_tls: tuple[int, Terminator], certificate: Certificate
) -> None:
    port, _ = behind_tls
    words = f"sslmode=verify-full&sslrootcert={certificate.file}"
    with pytest.raises(ssl.SSLCertVerificationError):
        await asyncpg.connect(**place(_url(addresses, port, words, host="127.0.0.1")))


async def test_the_systems_roots_do_not_know_a_certificate_that_signed_itself(
    addresses: Addresses, behind_tls: tuple[int, Terminator]
) -> None:
    port, _ = behind_tls
    with pytest.raises(ssl.SSLCertVerificationError):
        await asyncpg.connect(**place(_url(addresses, port, "sslmode=verify-ca&sslrootcert=system")))


def test_a_mode_or_a_certificate_that_does_not_exist_is_said_at_once(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match=r"database\.sslmode"):
        place("postgresql://a@b/c?sslmode=always")
    with pytest.raises(Misconfigured, match=r"database\.certificate"):
        place(f"postgresql://a@b/c?sslmode=verify-full&sslrootcert={tmp_path}/none.crt")


@pytest.mark.parametrize("role", ["app", "intake", "owner"])
async def test_a_poolers_words_in_the_address_reach_the_driver_and_not_the_server(
    role: str, addresses: Addresses
) -> None:
    url = getattr(addresses, role) + "&statement_cache_size=0&pgbouncer=true"
    connection = await asyncpg.connect(**place(url))
    assert await connection.fetchval("SELECT $1::int", 7) == 7
    await connection.close()


async def test_redis_is_reached_through_rediss(redis_behind_tls: int, certificate: Certificate) -> None:
    url = f"rediss://localhost:{redis_behind_tls}/0?ssl_ca_certs={certificate.file}"
    assert await redis_answers(url)
    for client in (limits.connect(url), connect_queue(url), connect_queue(url, patient=True)):
        assert await client.ping()
        await client.aclose(close_connection_pool=True)


async def test_rediss_checks_the_name_unless_the_operator_says_otherwise(
    redis_behind_tls: int, certificate: Certificate
) -> None:
    def told(host: str, words: str = "") -> str:
        url = f"rediss://{host}:{redis_behind_tls}/0?ssl_ca_certs={certificate.file}{words}"
        return settings.read({**_NEEDED, "REDIS_URL": url}).redis_url

    assert await redis_answers(told("localhost"))
    assert not await redis_answers(told("127.0.0.1"))
    assert await redis_answers(told("127.0.0.1", "&ssl_check_hostname=false"))


async def test_rediss_refuses_a_certificate_it_can_not_trust(redis_behind_tls: int) -> None:
    assert not await redis_answers(f"rediss://localhost:{redis_behind_tls}/0")
    client = limits.connect(f"rediss://localhost:{redis_behind_tls}/0")
    with pytest.raises(RedisError):
        await client.ping()
    await client.aclose(close_connection_pool=True)
