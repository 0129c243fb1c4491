"""Tryton's own Python environment: made once from the lock file, never mixed with ours (Tryton is GPL)."""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import subprocess
import sys
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

LOCK = Path(__file__).with_name("requirements-tryton.lock")
_INSTALL_SECONDS = 600.0


def lock_hash() -> str:
    return hashlib.sha256(LOCK.read_bytes()).hexdigest()[:16]


def environment(state: Path) -> Path:
    """The environment's folder, installed and equal to the lock file."""
    home = state / "tryton-venv"
    marker = home / "installed"
    with alone(state, "tryton-venv"):
        if not marker.exists() or marker.read_text() != lock_hash():
            shutil.rmtree(home, ignore_errors=True)
            venv.create(home, with_pip=shutil.which("uv") is None)
            _install(home)
            marker.write_text(lock_hash())
    return home


@contextmanager
def alone(state: Path, name: str) -> Iterator[None]:
    """One process at a time prepares; the others wait and find it done."""
    state.mkdir(parents=True, exist_ok=True)
    with (state / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _install(home: Path) -> None:
    python = str(home / "bin" / "python")
    uv = shutil.which("uv")
    installer = [uv, "pip", "install", "--python", python] if uv else [python, "-m", "pip", "install"]
    command = [*installer, "--quiet", "--require-hashes", "-r", str(LOCK)]
    subprocess.run(command, check=True, timeout=_INSTALL_SECONDS, stdout=sys.stderr)
