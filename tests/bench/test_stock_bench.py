"""The stock bench can fail: each demand is judged apart by ledgers and rows made by hand, and a small run holds."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from bench.stock.floor import chosen_settings
from bench.stock.judging import Call, Row, call_of, counted, failures, rate_used
from tests.patience import WHOLE

ROOT = Path(__file__).resolve().parents[2]


def ledger(count: int, *, every: float = 0.1, takes: float = 0.4, level: float = 410.0) -> list[Call]:
    """Calls of ten points at an even pace; the first met this level."""
    return [
        Call(document="StockSet", at=n * every, ended=n * every + takes, actual=10, level=level)
        for n in range(count)
    ]


def row(levels: int = 100_000, changed: int = 100_000, **other: object) -> Row:
    """A row that meets every demand, but for what is said otherwise."""
    calls = -(-changed // 250)
    meets = Row(
        levels=levels, changed=changed, bulk=False, calls=calls, points=10 * calls,
        rate_used=0.98 if changed >= 100_000 else None, throttled=0, peak_rss_mb=90.0, seconds=40.0,
    )  # fmt: skip
    return replace(meets, **other)  # type: ignore[arg-type]


# --- the used part of the rate -------------------------------------------------------------------------------------------


def test_a_call_of_ten_points_each_tenth_of_a_second_uses_nearly_all_of_a_hundred_points_a_second() -> None:
    used = rate_used(ledger(400), floor=400, restore=100)
    assert used == pytest.approx(4000 / (10 + 100 * 40.3), abs=1e-4)
    assert used > 0.98


def test_calls_half_as_often_use_half() -> None:
    used = rate_used(ledger(400, every=0.2), floor=400, restore=100)
    assert used == pytest.approx(0.5, abs=0.01)


def test_what_lay_in_the_bucket_above_the_floor_had_to_be_spent_too() -> None:
    full = rate_used(ledger(400, level=2000.0), floor=400, restore=100)
    assert full == pytest.approx(4000 / (1600 + 4030), abs=1e-4)


def test_points_below_the_floor_were_never_there_to_be_spent() -> None:
    assert rate_used(ledger(400, level=100.0), floor=400, restore=100) == pytest.approx(4000 / 4030, abs=1e-4)


def test_one_slow_answer_at_the_end_counts() -> None:
    calls = ledger(400)
    late = [*calls[:-1], replace(calls[-1], ended=calls[-1].ended + 20)]
    used = rate_used(late, floor=400, restore=100)
    assert used is not None
    assert used < 0.70


def test_a_window_of_less_than_thirty_seconds_tells_nothing() -> None:
    assert rate_used(ledger(290), floor=400, restore=100) is None
    assert rate_used([], floor=400, restore=100) is None


def test_the_ledger_is_counted_by_what_writes_stock_and_by_what_was_turned_away() -> None:
    asked = {"document": "StockSet", "at": 1.0, "ended": 1.4, "actual": 10, "level": 410.0, "throttled": None}
    refused = {**asked, "actual": None, "throttled": "natural"}
    read = {**asked, "document": "StockLevels", "actual": 75}
    calls = [call_of({**each, "status": 200}) for each in (asked, asked, refused, read)]
    assert counted(calls) == (3, 20, 1)
    assert counted(calls, all_of_them=True) == (4, 95, 1)


# --- demands -------------------------------------------------------------------------------------------------------------


def test_rows_that_meet_every_demand_pass() -> None:
    small = row(10_000, 10_000, peak_rss_mb=80.0)
    assert failures([row(1_000, 10), row(1_000, 1_000), small, row(100_000, 1_000), row()]) == []


@pytest.mark.parametrize(
    ("failing", "named"),
    [
        (row(calls=401), "401 calls"),
        (row(points=4_010), "4010 points"),
        (row(1_000, 10, calls=0, points=0), "0 calls"),
        (row(idle_calls=1), "had not changed"),
        (row(throttled=1), "THROTTLED"),
        (row(wrong=2), "not what the ERP says"),
        (row(rate_used=0.9499), "0.9499"),
        (row(rate_used=None), "too short a window"),
    ],
)
def test_each_demand_that_is_not_met_is_named(failing: Row, named: str) -> None:
    said = failures([failing])
    assert len(said) == 1
    assert named in said[0]


def test_memory_that_grows_with_the_number_of_levels_is_a_failure() -> None:
    small = row(10_000, 10_000, peak_rss_mb=100.0)
    assert failures([small, row(peak_rss_mb=129.9)]) == []
    said = failures([small, row(peak_rss_mb=130.0)])
    assert len(said) == 1
    assert "1.30 times" in said[0]


def test_a_bulk_operation_is_not_held_to_the_calls_of_direct_writes() -> None:
    assert failures([row(bulk=True, calls=2, points=21, rate_used=None)]) == []


def test_files_write_a_first_load_only_where_that_is_asked_for() -> None:
    assert "BULK_LOAD_FROM" not in chosen_settings(by_files=True)
    assert int(chosen_settings(by_files=False)["BULK_LOAD_FROM"]) > 100_000


# --- a run ---------------------------------------------------------------------------------------------------------------


def test_a_small_run_writes_what_changed_and_nothing_else(environment: dict[str, str]) -> None:
    command = [sys.executable, "-m", "bench.stock", "--json", "--levels", "1000", "--seed", "3"]
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=WHOLE, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    few, every = json.loads(done.stdout)
    assert (few["levels"], few["changed"], few["calls"], few["points"]) == (1_000, 10, 1, 10)
    assert (every["levels"], every["changed"], every["calls"], every["points"]) == (1_000, 1_000, 4, 40)
    assert (few["bulk"], few["throttled"], every["throttled"], every["idle_calls"]) == (False, 0, 0, 0)
    assert every["peak_rss_mb"] > 20
