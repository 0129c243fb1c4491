"""The lock that makes a folder of data the property of one server at a time.

The server inherits it, so it is free only when parent and server are both gone.
"""

from __future__ import annotations

import fcntl
import os
import time
from pathlib import Path
from typing import IO

from app.embedded.failure import AlreadyRunning


class DataLock:
    """An advisory lock on a file that names its owner."""

    def __init__(self, path: Path, name: str) -> None:
        self._path = path
        self._name = name
        self._file: IO[str] | None = None

    def taken(self) -> bool:
        """Whether any process, this one included, holds it."""
        if not self._path.exists():
            return False
        with self._path.open("a") as probe:
            return not _try(probe)

    def take(self, patience: float) -> None:
        """Raises AlreadyRunning at once while the owner lives; waits for a dead owner's server to end."""
        if self._file is not None:
            return
        file = self._path.open("a+")
        if not _try(file):
            file.seek(0)
            owner = file.read().strip()
            if (owner.isdigit() and alive(int(owner))) or not _try_for(file, patience):
                file.close()
                where = self._path.parent
                raise AlreadyRunning(f"{self._name} already runs on {where}, started by process {owner}")
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        self._file = file

    def release(self) -> None:
        if self._file is not None:
            self._file.truncate(0)
            self._file.close()
            self._file = None

    def inherited(self) -> list[int]:
        """The descriptors a child keeps open to hold the lock with us."""
        return [self._file.fileno()] if self._file else []


def alive(pid: int) -> bool:
    """Whether a process of that number exists."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _try(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _try_for(file: IO[str], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not _try(file):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True
