"""Web and worker processes under a supervisor: whoever ends is started again at once."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import signal
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bench.children import ROOT

_AGAIN = 0.2
_GRACE = 15.0


@dataclass(kw_only=True)
class Member:
    """One place in the crew; `process` is who fills it now."""

    kind: str
    name: str
    command: Sequence[str]
    process: asyncio.subprocess.Process | None = None

    @property
    def pid(self) -> int | None:
        return self.process.pid if self.process and self.process.returncode is None else None


@dataclass(kw_only=True)
class Crew:
    """Starts its members with one environment and keeps them running until `end`."""

    env: Mapping[str, str]
    logs: Path
    members: list[Member] = field(default_factory=list)
    killed: Counter[str] = field(default_factory=Counter)
    ends: Counter[str] = field(default_factory=Counter)
    _keepers: list[asyncio.Task[None]] = field(default_factory=list)
    _ending: bool = False

    def start(self, kind: str, count: int, command: Sequence[str]) -> None:
        for number in range(1, count + 1):
            member = Member(kind=kind, name=f"{kind}-{number}", command=command)
            self.members.append(member)
            self._keepers.append(asyncio.create_task(self._keep(member)))

    def kill(self, kind: str, draw: random.Random) -> int | None:
        """Kills one of the kind; None when none lives just now."""
        member = self.one(kind, draw)
        if member is None or member.pid is None:
            return None
        os.kill(member.pid, signal.SIGKILL)
        self.killed[kind] += 1
        return member.pid

    def one(self, kind: str, draw: random.Random) -> Member | None:
        living = [m for m in self.members if m.kind == kind and m.pid is not None]
        return draw.choice(living) if living else None

    def kind_of(self, pid: int) -> str:
        """What is none of the crew is a word that somebody said on the command line."""
        return next((m.kind for m in self.members if m.process and m.process.pid == pid), "word")

    async def end(self) -> None:
        self._ending = True
        for number, patience in ((signal.SIGCONT, 0.0), (signal.SIGTERM, _GRACE), (signal.SIGKILL, 5.0)):
            for member in self.members:
                if member.pid is not None:
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(member.pid, number)
            if patience and self._keepers:
                await asyncio.wait(self._keepers, timeout=patience)

    async def _keep(self, member: Member) -> None:
        log = self.logs / f"{member.name}.log"
        while not self._ending:
            with log.open("ab") as errors:
                member.process = await asyncio.create_subprocess_exec(
                    *member.command,
                    cwd=ROOT,
                    env=dict(self.env),
                    stdin=asyncio.subprocess.DEVNULL,
                    stdout=errors,
                    stderr=errors,
                    start_new_session=True,
                )
            await member.process.wait()
            self.ends[member.kind] += 1
            await asyncio.sleep(_AGAIN)
