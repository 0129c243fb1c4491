"""The bench's end of the crash points: every process stops here at every named step and is told to go, or is not."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
from collections import Counter
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class Met:
    """A process that met an armed step: dead by now, or held until `release` is set."""

    pid: int
    name: str
    release: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass(kw_only=True)
class _Armed:
    number: signal.Signals | None
    let_by: int
    met: asyncio.Future[Met]


class Barrier:
    """At most one order stands at a step; everyone else goes on at once."""

    def __init__(self) -> None:
        self.reached: Counter[str] = Counter()
        self.killed: Counter[str] = Counter()
        self.held: Counter[str] = Counter()
        self._armed: dict[str, _Armed] = {}

    def shown(self, names: Iterable[str]) -> dict[str, dict[str, int]]:
        """What became of each step."""
        return {
            n: {"reached": self.reached[n], "killed": self.killed[n], "held": self.held[n]} for n in names
        }

    @contextlib.asynccontextmanager
    async def serve(self, path: Path) -> AsyncIterator[None]:
        server = await asyncio.start_unix_server(self._meet, str(path))
        try:
            yield
        finally:
            server.close()

    async def arm(
        self, names: Iterable[str], *, number: signal.Signals | None, let_by: int, within: float
    ) -> Met | None:
        """Sends the signal to the process that comes to one of the steps after `let_by` others; None when nobody came in time.

        Unless it was killed, what came waits at the step until its `release` is set.
        """
        armed = _Armed(number=number, let_by=let_by, met=asyncio.get_running_loop().create_future())
        self._armed |= dict.fromkeys(names, armed)
        try:
            async with asyncio.timeout(within):
                return await armed.met
        except TimeoutError:
            return None
        finally:
            self._armed = {name: each for name, each in self._armed.items() if each is not armed}

    def armed(self, name: str) -> bool:
        """Whether somebody lies in wait at the step."""
        return name in self._armed

    async def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            said = json.loads(await reader.readline())
            await self._judge(str(said["name"]), int(said["pid"]))
            writer.write(b"go\n")
            await writer.drain()
        except (OSError, ValueError):
            return  # it was killed while it spoke
        finally:
            writer.close()

    async def _judge(self, name: str, pid: int) -> None:
        self.reached[name] += 1
        armed = self._armed.get(name)
        if armed is None or armed.met.done():
            return
        if armed.let_by > 0:
            armed.let_by -= 1
            return
        met = Met(pid=pid, name=name)
        if armed.number is not None:
            os.kill(pid, armed.number)
        armed.met.set_result(met)
        if armed.number is signal.SIGKILL:
            self.killed[name] += 1
            return
        self.held[name] += 1
        await met.release.wait()
