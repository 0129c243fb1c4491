"""The bench of pages can fail: each demand is judged apart, and a small run holds."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from bench.api.judging import failures
from tests.patience import WHOLE

ROOT = Path(__file__).resolve().parents[2]
GOOD = {"ms": 20.0, "ms_deep_page": 25.9, "ms_search": 30.0, "ms_changes": 20.0, "ms_changes_deep": 21.0}


def test_pages_under_a_tenth_of_a_second_pass() -> None:
    assert failures(GOOD) == []


@pytest.mark.parametrize(
    ("figure", "took", "said"),
    [
        ("ms", 100.0, "p95_ms is 100.0"),
        ("ms_search", 140.0, "p95_ms_search is 140.0"),
        ("ms_deep_page", 26.5, "1.32 times p95_ms"),
        ("ms_changes_deep", 40.0, "2.00 times p95_ms_changes"),
    ],
)
def test_each_demand_that_is_not_met_is_named(figure: str, took: float, said: str) -> None:
    (sentence,) = failures(GOOD | {figure: took})
    assert said in sentence


@pytest.mark.long
def test_a_small_run_asks_for_full_pages_of_every_kind(environment: dict[str, str]) -> None:
    command = [sys.executable, "-m", "bench.api", "--json", "--rows", "20000", "--pages", "5"]
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=WHOLE, check=False
    )
    told = json.loads(done.stdout)
    assert told["rows"] == 20_000
    assert {f"p95_{name}" for name in GOOD} <= told.keys(), done.stderr[-2000:]
