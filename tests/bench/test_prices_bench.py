"""The prices bench can fail: each demand is judged apart, and a small run holds."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from bench.prices.judging import Row, failures
from tests.patience import WHOLE

ROOT = Path(__file__).resolve().parents[2]
FILED = Row(
    prices=10_000, changed=10_000, calls=50, points=10_050, throttled=0, seconds=30.0, bulk=True
)  # fmt: skip


def test_five_calls_for_a_thousand_prices_pass_and_more_do_not() -> None:
    assert failures([FILED]) == []
    (said,) = failures([replace(FILED, calls=51)])
    assert "5.1 for 1,000" in said


def test_calls_of_few_prices_are_those_of_their_products() -> None:
    assert failures([replace(FILED, changed=500, calls=600, bulk=False)]) == []


@pytest.mark.parametrize(
    ("failing", "named"), [({"throttled": 1}, "THROTTLED"), ({"wrong": 2}, "not what the ERP says")]
)
def test_each_demand_that_is_not_met_is_named(failing: dict[str, int], named: str) -> None:
    (said,) = failures([replace(FILED, **failing)])
    assert named in said


@pytest.mark.long
def test_a_small_run_writes_what_changed_product_by_product_and_by_a_file() -> None:
    command = [sys.executable, "-m", "bench.prices", "--json", "--changed", "40", "--changed", "5000"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=WHOLE, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    few, many = json.loads(done.stdout)
    assert (few["changed"], few["bulk"], few["wrong"]) == (40, False, 0)
    assert (many["changed"], many["bulk"], many["wrong"]) == (5_000, True, 0)
    assert many["calls_of_1000"] <= 5
