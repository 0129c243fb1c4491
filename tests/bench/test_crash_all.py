"""The crash bench of all flows can fail: every step of every flow gets its turn, and a run is good only if all is right."""

from __future__ import annotations

import asyncio
import json
import random
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

from app.steps.points import ALL_STEP_NAMES
from bench.crash.barrier import Barrier
from bench.crash.crew import Crew
from bench.crash.director import Director
from bench.crash.everything import Asked, Outcome
from bench.crash.hearing import hearing
from bench.crash.hunt import HOLDABLE, Hunt, owed
from bench.crash.script import What
from bench.crash.stage import Stage

ROOT = Path(__file__).resolve().parents[2]
_COMES = "import asyncio, sys\nfrom app.steps import barrier\nasyncio.run(barrier.barrier(sys.argv[1])(sys.argv[2]))"


# --- what is owed ------------------------------------------------------------------------------------------------------


def test_every_step_of_every_flow_is_owed_a_death_however_few_were_asked_for() -> None:
    assert set(owed(1, 50)[What.KILL_AT]) == set(ALL_STEP_NAMES)
    assert owed(1, 50)[What.KILL_AT].total() == len(ALL_STEP_NAMES)
    assert owed(1, 120)[What.KILL_AT].total() == 120


def test_who_is_to_stand_still_does_so_where_it_could_still_do_harm_later() -> None:
    found = owed(1, 50)
    assert set(found[What.STOP_AT]) | set(found[What.HANG_AT]) <= set(HOLDABLE)
    assert found[What.STOP_AT].total() >= 8
    assert set(HOLDABLE) < set(ALL_STEP_NAMES)


def test_the_same_seed_owes_the_same() -> None:
    assert owed(7, 60) == owed(7, 60)
    assert owed(7, 60) != owed(8, 60)


# --- the hunt ----------------------------------------------------------------------------------------------------------


async def test_whoever_comes_first_to_an_owed_step_dies_and_the_step_is_owed_nothing_more(
    tmp_path: Path,
) -> None:
    barrier = Barrier()
    async with barrier.serve(tmp_path / "b.sock"):
        hunt = Hunt(
            director=_director(tmp_path, barrier),
            draw=random.Random(1),
            owed=_only("refund.sent", "price.read"),
        )
        hunting = asyncio.create_task(hunt.go())
        deaths = []
        for name in ("order.sent", "refund.sent", "refund.sent", "price.read"):
            await _lain_in_wait(hunt, barrier, name)
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-c", _COMES, str(tmp_path / "b.sock"), name, cwd=ROOT
            )
            deaths.append(await process.wait() == -signal.SIGKILL)
            await asyncio.sleep(0.05)
        hunting.cancel()
    assert deaths == [False, True, False, True]
    assert hunt.owed[What.KILL_AT].total() == 0
    assert barrier.killed == Counter({"refund.sent": 1, "price.read": 1})


async def _lain_in_wait(hunt: Hunt, barrier: Barrier, name: str) -> None:
    """Until somebody lies in wait at the step, where anybody is to."""
    for _ in range(10_000):
        if barrier.armed(name) or not hunt.owed[What.KILL_AT][name]:
            return
        await asyncio.sleep(0.02)


def _only(*names: str) -> dict[What, Counter[str]]:
    return {What.KILL_AT: Counter(names), What.STOP_AT: Counter(), What.HANG_AT: Counter()}


def _director(home: Path, barrier: Barrier) -> Director:
    stage: Any = None  # nobody stands still, so nobody's leases are looked up
    found: Stage = stage
    return Director(stage=found, crew=Crew(env={}, logs=home), barrier=barrier, draw=random.Random(1))


# --- alerts ------------------------------------------------------------------------------------------------------------


async def test_a_message_is_refused_once_and_then_taken_and_counted_by_its_id() -> None:
    async with hearing() as ear, httpx.AsyncClient(trust_env=False) as http:
        said = [
            (await http.post(ear.address, headers={"stockbridge-delivery": each}, content=b"{}")).status_code
            for each in ("one", "one", "two", "one")
        ]
    assert said == [503, 200, 503, 200]
    assert (ear.taken["one"], ear.taken["two"]) == (2, 0)


# --- what makes a run good -----------------------------------------------------------------------------------------------


def outcome(**changed: Any) -> Outcome:
    whole: dict[str, Any] = {
        "asked": Asked(orders=1, skus=1, kills=2, seed=1),
        "result": {},
        "details": {},
        "clean": True,
        "alerts": {"one": 1},
        "control": None,
        "director": _director(Path(), Barrier()),
        "missed": [],
        "kills": 2,
        "seconds": 1.0,
    }
    return Outcome(**{**whole, **changed})


def test_a_run_is_good_when_all_is_right_and_enough_was_killed() -> None:
    assert outcome().good


@pytest.mark.parametrize(
    "changed",
    [{"clean": False}, {"kills": 1}, {"missed": ["price.read"]}, {"alerts": {}}, {"alerts": {"one": 0}}],
    ids=str,
)
def test_a_run_is_not_good_when(changed: dict[str, Any]) -> None:
    assert not outcome(**changed).good


# --- the whole ---------------------------------------------------------------------------------------------------------


@pytest.mark.long
def test_all_flows_lose_double_and_falsify_nothing() -> None:
    command = [sys.executable, "-m", "bench.crash", "--json", "--flow", "all", "--kills", "50", "--seed", "1"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=3_000, check=False)
    assert done.stdout, done.stderr[-3000:]
    found = orjson.loads(done.stdout)
    shown = json.dumps(found, indent=1) + done.stderr[-3000:]
    assert (found["lost"], found["doubled"], found["wrong"], found["held_unexpected"]) == (0, 0, 0, 0), shown
    assert (found["steps_missed"], found["alerts_lost"]) == ([], 0), shown
    assert found["control_doubled"] > 0, shown
    assert done.returncode == 0, shown
