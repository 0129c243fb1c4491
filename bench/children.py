"""The processes a bench starts: each with its log, waited for until it answers, and always ended."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.request import urlopen

ROOT = Path(__file__).resolve().parents[1]
START_SECONDS = 300.0


class BenchError(Exception):
    """The bench itself could not do its work; says nothing about what it measures."""


@dataclass(frozen=True, kw_only=True)
class Child:
    process: subprocess.Popen[str]
    log: Path

    def line(self) -> str:
        """The first line it says about itself."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise BenchError(f"a process ended at once: {self.said()}")
        return line

    def said(self) -> str:
        return self.log.read_text(errors="replace")[-2000:]


@contextmanager
def child(command: Sequence[str], *, env: Mapping[str, str], log: Path) -> Iterator[Child]:
    """Runs a process for as long as the block; ends it politely, then by force."""
    with log.open("ab") as errors:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=dict(env),
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            start_new_session=True,
        )
    try:
        yield Child(process=process, log=log)
    finally:
        _end(process)


def end_when_told() -> None:
    """SIGTERM ends a bench as Ctrl-C does, so that it ends what it started."""
    signal.signal(signal.SIGTERM, lambda number, _frame: sys.exit(128 + number))


def _end(process: subprocess.Popen[str]) -> None:
    for number, patience in ((signal.SIGTERM, 15.0), (signal.SIGKILL, 5.0)):
        if process.poll() is None:
            os.killpg(process.pid, number)
            try:
                process.wait(patience)
            except subprocess.TimeoutExpired:
                continue
    if process.stdout is not None:
        process.stdout.close()


def wait_until_answers(url: str, *, of: Child) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            with urlopen(url, timeout=2) as answer:
                answer.read()
            return
        except OSError:
            if of.process.poll() is not None or time.monotonic() > deadline:
                raise BenchError(f"{url} does not answer: {of.said()}") from None
            time.sleep(0.05)


def wait_until_shared(port: int, *, count: int) -> None:
    """Until so many processes listen on one port: a question is answered by any of them, so it can't tell."""
    table = Path("/proc/net/tcp")
    if not table.exists():
        time.sleep(3)
        return
    deadline = time.monotonic() + START_SECONDS
    while table.read_text().count(f":{port:04X} 00000000:0000 0A") < count:
        if time.monotonic() > deadline:
            raise BenchError(f"fewer than {count} processes listen on port {port}")
        time.sleep(0.05)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
