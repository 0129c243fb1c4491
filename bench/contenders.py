"""Who is measured: our web processes with everything on, and the classic design in one or two processes of Node."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Literal, Protocol

from app.embedded import EmbeddedValkey
from bench.children import child, free_port, wait_until_answers, wait_until_shared
from bench.ground import Ground, emptied

PEER = Path(__file__).with_name("peer")


class Contender(Protocol):
    """Runs for one round at a time, on empty data each time; gives the address that takes webhooks."""

    name: str

    def running(self) -> Iterator[str]: ...


class Ours:
    """`serve` as it stands: signature, seal, dedupe, roles, poke, probes and metrics."""

    def __init__(self, ground: Ground, *, processes: int = 1) -> None:
        self.name = "ours" if processes == 1 else f"ours_{processes}"
        self._ground = ground
        self._processes = processes

    @contextmanager
    def running(self) -> Iterator[str]:
        asyncio.run(emptied(self._ground.owner))
        port = free_port()
        command = [sys.executable, "-P", "-m", "app.cli", "serve", "--port", str(port)]
        log = self._ground.home / "serve.log"
        with ExitStack() as stack:
            for _ in range(self._processes):
                web = stack.enter_context(child(command, env=self._ground.environment, log=log))
                wait_until_answers(f"http://127.0.0.1:{port}/healthz", of=web)
            wait_until_shared(port, count=self._processes)
            yield f"http://127.0.0.1:{port}"


class Peer:
    """Express and BullMQ; `always` flushes Valkey's file before each answer, `everysec` may lose a second."""

    def __init__(self, ground: Ground, fsync: Literal["everysec", "always"], *, processes: int = 1) -> None:
        kind = "peer" if fsync == "everysec" else "peer_durable"
        self.name = kind if processes == 1 else f"{kind}_{processes}"
        self._ground = ground
        self._fsync = fsync
        self._processes = processes

    @contextmanager
    def running(self) -> Iterator[str]:
        port = free_port()
        home = self._ground.home / f"{self.name}-{port}"
        with _Valkey(home, self._fsync) as valkey:
            env = {
                **os.environ,
                "NODE_ENV": "production",
                "PORT": str(port),
                "REDIS_SOCKET": str(valkey.socket),
                "SECRET": self._ground.secret,
                "PROCESSES": str(self._processes),
            }
            log = self._ground.home / f"{self.name}.log"
            with child(["node", str(PEER / "server.mjs")], env=env, log=log) as peer:
                wait_until_answers(f"http://127.0.0.1:{port}/healthz", of=peer)
                yield f"http://127.0.0.1:{port}"
        _remove(home)


class _Valkey(EmbeddedValkey):
    """The same server as ours, with the flushing the classic design is given."""

    def __init__(self, home: Path, fsync: str) -> None:
        super().__init__(home)
        self._fsync = fsync

    def _command(self, binary: Path) -> list[str]:
        command = super()._command(binary)
        command[command.index("--appendfsync") + 1] = self._fsync
        return command


def _remove(home: Path) -> None:
    """Its file holds every payload of the round."""
    for file in sorted(home.rglob("*"), reverse=True):
        if file.is_file() and not file.is_symlink():
            file.unlink()
