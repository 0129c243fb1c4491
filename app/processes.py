"""Child processes: started, restarted when they die, stopped in reverse order, and never left behind.

On Linux the kernel ends every child when this process dies, however it dies.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

import msgspec

from app.errors import Misconfigured

STOP_SECONDS = 25.0
LONG_ENOUGH = 30.0
"""A child that lived as long is restarted as quickly as at first."""

# Runs between fork and the program: asks the kernel for an end with the parent, and leaves if it is gone already.
_LAUNCH = """
import ctypes, os, sys
if sys.platform == "linux":
    ctypes.CDLL(None).prctl(1, 9)
if os.getppid() != int(sys.argv[1]):
    sys.exit("the process that asked for this one is gone")
os.execv(sys.argv[2], sys.argv[2:])
"""

T = TypeVar("T")
Said = Callable[[str, str], None]
"""Hears what becomes of a child: its name and a sentence."""


@dataclass(frozen=True, kw_only=True)
class Child:
    """A program to run. `announces`: its first line on stdout is a JSON object that says where it listens.

    Without `log` it writes where we write; stdout then goes to stderr, as ours belongs to the one who asked.
    """

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    folder: Path
    log: Path | None = None
    announces: bool = False
    restarts: bool = True
    patience: float = 180.0


@dataclass(kw_only=True)
class _Kept:
    child: Child
    process: Process
    starts: int = 1
    tasks: list[asyncio.Task[None]] = field(default_factory=list)


class Supervisor:
    """Keeps children running until it is left; to be used inside one event loop of the main thread."""

    def __init__(
        self,
        said: Said = lambda name, sentence: None,
        *,
        first_wait: float = 0.2,
        grace: float = STOP_SECONDS,
    ) -> None:
        self._said = said
        self._grace = grace
        self._first_wait = first_wait
        self._kept: dict[str, _Kept] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def start(self, child: Child) -> Mapping[str, str]:
        """Returns what the child announced, an empty record where it announces nothing."""
        process = await launch(child)
        kept = _Kept(child=child, process=process)
        self._kept[child.name] = kept
        announced = await self._announced(kept)
        kept.tasks.append(asyncio.create_task(self._keep(kept)))
        return announced

    def pid(self, name: str) -> int:
        return self._kept[name].process.pid

    def starts(self, name: str) -> int:
        """How often the child was started, the first time included."""
        return self._kept[name].starts

    def kill(self, name: str) -> None:
        """Kills it as a crash would; it is restarted like one that died by itself."""
        _signal(self._kept[name].process, signal.SIGKILL)

    async def stop(self) -> None:
        """Ends all of them: asked at first, killed where they do not listen.

        Those that are kept alive end first and together, so that they find the others there for what they still do.
        """
        for kept in self._kept.values():
            for task in kept.tasks:
                task.cancel()
        for ours in (True, False):
            chosen = [kept.process for kept in self._kept.values() if kept.child.restarts is ours]
            await asyncio.gather(*(end(process, self._grace) for process in chosen))
        self._kept.clear()

    async def _announced(self, kept: _Kept) -> Mapping[str, str]:
        if not kept.child.announces:
            return {}
        stream = kept.process.stdout
        assert stream is not None
        try:
            async with asyncio.timeout(kept.child.patience):
                line = await stream.readline()
            announced = msgspec.json.decode(line, type=dict[str, str | int | float | None])
        except (TimeoutError, msgspec.MsgspecError) as cause:
            await end(kept.process)
            raise Misconfigured("process.silent", _silent(kept.child)) from cause
        kept.tasks.append(asyncio.create_task(_pass_on(stream, kept.child.log)))
        return {name: str(value) for name, value in announced.items()}

    async def _keep(self, kept: _Kept) -> None:
        wait, name, clock = self._first_wait, kept.child.name, asyncio.get_running_loop().time
        while True:
            since = clock()
            code = await kept.process.wait()
            # Whatever it had started belongs to the same crash.
            _signal(kept.process, signal.SIGKILL)
            if not kept.child.restarts:
                self._said(name, f"ended with {code}")
                return
            wait = self._first_wait if clock() - since > LONG_ENOUGH else wait
            self._said(name, f"ended with {code}, starts again in {wait:g} s")
            await asyncio.sleep(wait)
            wait = min(wait * 2, LONG_ENOUGH)
            kept.process = await launch(kept.child)
            kept.starts += 1
            with contextlib.suppress(Misconfigured):  # it is gone again, which the next round sees
                await self._announced(kept)


def run(main: Coroutine[None, None, T]) -> T | None:
    """Runs to the end. SIGTERM unwinds everything as ctrl-C does, and neither is an error: the answer is None then."""

    async def guarded() -> T:
        task = asyncio.current_task()
        assert task is not None
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
        return await main

    try:
        return asyncio.run(guarded())
    except (KeyboardInterrupt, asyncio.CancelledError):
        return None


async def launch(child: Child, *, stdin: int = DEVNULL) -> Process:
    """Starts a child that nobody keeps; `end` ends it. Its stdout is a pipe where it announces."""
    with _output(child.log) as output:
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-I", "-S", "-c", _LAUNCH, str(os.getpid()), *child.command),
            stdin=stdin,
            stdout=PIPE if child.announces else output,
            stderr=output,
            env=dict(child.environment),
            cwd=child.folder,
            start_new_session=True,
            limit=2**24,
        )


async def end(process: Process, grace: float = STOP_SECONDS) -> None:
    """Asks it to stop, kills it when it does not, and takes with it whatever it left in its group."""
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(grace):
                await process.wait()
    _signal(process, signal.SIGKILL)
    await process.wait()


def _signal(process: Process, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)


@contextlib.contextmanager
def _output(log: Path | None) -> Iterator[int]:
    if log is None:
        yield 2
        return
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as file:
        yield file.fileno()


async def _pass_on(stream: asyncio.StreamReader, log: Path | None) -> None:
    """Reads on, since a full pipe would stop the child."""
    with _output(log) as output:
        while chunk := await stream.read(65_536):
            os.write(output, chunk)


def _silent(child: Child) -> str:
    said = child.log.read_text(errors="replace").strip()[-800:] if child.log and child.log.exists() else ""
    return f"{child.name} did not start. {said}".strip()
