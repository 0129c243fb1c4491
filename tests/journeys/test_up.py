"""The first command a newcomer runs: orders are seen arriving, and ctrl-C leaves nothing behind."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.cli.stage import free_port
from tests.patience import FAR, WHOLE

ROOT = Path(__file__).resolve().parents[2]
MARK = f"UP_UNDER_TEST={secrets.token_hex(8)}"
pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc"),
]


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder that the servers' own account may pass through."""
    home = Path(tempfile.mkdtemp(prefix="stockbridge-up-"))
    home.chmod(0o755)
    yield home
    shutil.rmtree(home, ignore_errors=True)


def start(place: Path, port: int) -> subprocess.Popen[str]:
    name, _, value = MARK.partition("=")
    environment = {
        n: v for n, v in os.environ.items() if not n.startswith(("DATABASE_", "REDIS_", "SHOPIFY_"))
    }
    # A shell without job control makes what it starts in the background deaf to ctrl-C, and so all that it starts.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        return subprocess.Popen(
            [sys.executable, "-m", "app.cli", "up", "--demo", "--web", "2", "--port", str(port)],
            cwd=ROOT,
            env={**environment, name: value, "STOCKBRIDGE_HOME": str(place)},
            stdout=subprocess.PIPE,
            text=True,
        )
    finally:
        signal.signal(signal.SIGINT, before)


def told_until(process: subprocess.Popen[str], word: str, seconds: float) -> list[str]:
    """The lines up to the first with that word; a process that says nothing is killed, which ends its lines."""
    assert process.stdout is not None
    watch = threading.Timer(seconds, process.kill)
    watch.start()
    lines = []
    for line in process.stdout:
        lines.append(line)
        if word in line:
            break
    watch.cancel()
    return lines


def left() -> list[bytes]:
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if MARK.encode() in (process / "environ").read_bytes():
                found.append((process / "cmdline").read_bytes().replace(b"\0", b" "))
        except OSError:
            continue
    return found


def test_orders_arrive_and_ctrl_c_ends_everything(place: Path) -> None:
    port = free_port()
    process = start(place, port)
    lines = told_until(process, "settled", WHOLE)
    said = "".join(lines)
    assert f"http://127.0.0.1:{port}" in said
    assert "/store/demo.myshopify.com/apps/stockbridge" in said
    assert "/control/shops/demo.myshopify.com" in said
    assert "settled    SO-00001" in said
    assert len(left()) > 5
    process.send_signal(signal.SIGINT)
    assert process.wait(FAR) == 0
    assert process.stdout is not None
    process.stdout.close()
    assert left() == []


@pytest.mark.long
def test_a_killed_up_takes_all_its_children_along(place: Path) -> None:
    process = start(place, free_port())
    told_until(process, "The simulated Shopify:", WHOLE)
    assert len(left()) > 5
    process.kill()
    process.wait(FAR)
    assert process.stdout is not None
    process.stdout.close()
    deadline = time.monotonic() + FAR
    while left() and time.monotonic() < deadline:
        time.sleep(0.1)
    assert left() == []
