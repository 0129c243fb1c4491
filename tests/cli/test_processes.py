"""The supervisor: what dies is started again, what is stopped is gone, and nothing outlives the one who started it."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from app.errors import Misconfigured
from app.processes import Child, Supervisor
from tests.patience import FAR

ROOT = Path(__file__).resolve().parents[2]
ANNOUNCE = (
    "import json, os, signal, time\nprint(json.dumps({'pid': os.getpid()}), flush=True)\ntime.sleep(600)\n"
)
STUBBORN = "import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n" + ANNOUNCE
PARENT = """
import asyncio, sys
from pathlib import Path
from app.processes import Child, Supervisor

async def main():
    supervisor = Supervisor()
    for number in range(2):
        command = [sys.executable, "-c", sys.argv[1]]
        child = Child(name=str(number), command=command, environment={}, folder=Path.cwd(), announces=True)
        print((await supervisor.start(child))["pid"], flush=True)
    await asyncio.sleep(600)

asyncio.run(main())
"""


def child(name: str, program: str = ANNOUNCE, **more: object) -> Child:
    command = [sys.executable, "-c", program]
    return Child(name=name, command=command, environment={}, folder=ROOT, announces=True, **more)  # type: ignore[arg-type]


def gone(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except OSError:
        return True
    return state == "Z"


async def until(condition: object, seconds: float = FAR) -> None:
    async with asyncio.timeout(seconds):
        while not condition():  # type: ignore[operator]  # noqa: ASYNC110 - nobody tells of it
            await asyncio.sleep(0.02)


async def test_a_child_that_dies_is_started_again() -> None:
    said: list[str] = []
    async with Supervisor(lambda name, sentence: said.append(f"{name} {sentence}"), first_wait=0.05) as kept:
        await kept.start(child("worker"))
        first = kept.pid("worker")
        kept.kill("worker")
        await until(lambda: kept.starts("worker") == 2)
        second = kept.pid("worker")
        assert second != first
        assert not gone(second)
        assert said == ["worker ended with -9, starts again in 0.05 s"]
    assert gone(second)


async def test_a_child_that_keeps_dying_is_started_less_and_less_often() -> None:
    said: list[str] = []
    async with Supervisor(lambda name, sentence: said.append(sentence), first_wait=0.01) as kept:
        dying = Child(name="x", command=[sys.executable, "-c", ""], environment={}, folder=ROOT)
        await kept.start(dying)
        await until(lambda: len(said) == 4)
    assert [sentence.rsplit(" ", 2)[1] for sentence in said[:4]] == ["0.01", "0.02", "0.04", "0.08"]


async def test_one_that_is_not_to_be_restarted_stays_dead() -> None:
    said: list[str] = []
    async with Supervisor(lambda name, sentence: said.append(sentence), first_wait=0.01) as kept:
        await kept.start(child("once", restarts=False))
        kept.kill("once")
        await until(lambda: said == ["ended with -9"])
        await asyncio.sleep(0.1)
        assert kept.starts("once") == 1


async def test_stopping_goes_backwards_and_kills_what_does_not_listen() -> None:
    kept = Supervisor(grace=0.5)
    await kept.start(child("first"))
    await kept.start(child("last", STUBBORN))
    pids = [kept.pid("first"), kept.pid("last")]
    began = time.monotonic()
    await kept.stop()
    assert all(map(gone, pids))
    assert time.monotonic() - began > 0.4


async def test_a_child_that_says_nothing_is_a_failure_with_its_last_words(tmp_path: Path) -> None:
    mute = child("mute", "import sys\nsys.exit('no such port')", log=tmp_path / "mute.log")
    async with Supervisor() as kept:
        with pytest.raises(Misconfigured, match=r"mute did not start\. no such port"):
            await kept.start(mute)


def test_nothing_outlives_a_parent_that_is_killed() -> None:
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, ANNOUNCE], stdout=subprocess.PIPE, text=True, env=environment
    )
    assert parent.stdout is not None
    pids = [int(parent.stdout.readline()) for _ in range(2)]
    assert not any(map(gone, pids))
    parent.send_signal(signal.SIGKILL)
    parent.wait(FAR)
    parent.stdout.close()
    deadline = time.monotonic() + FAR
    while not all(map(gone, pids)) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert all(map(gone, pids))
