"""The demo as a whole: mixed orders through every accident on the list end as the plan said, and so does the stock."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.patience import WHOLE

ROOT = Path(__file__).resolve().parents[2]
MARK = f"DEMO_UNDER_TEST={secrets.token_hex(8)}"
pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc and kills by process group"),
]


@pytest.fixture(scope="module")
def ended() -> subprocess.CompletedProcess[str]:
    words = [
        "demo",
        "--once",
        "--orders",
        "40",
        "--skus",
        "80",
        "--seed",
        "3",
        "--faults",
        "default",
        "--json",
    ]
    return subprocess.run(
        [sys.executable, "-m", "app.cli", *words],
        cwd=ROOT,
        env={**os.environ, **dict([MARK.split("=")])},
        capture_output=True,
        text=True,
        timeout=WHOLE,
        check=False,
    )


@pytest.fixture(scope="module")
def result(ended: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    """Stdout is the JSON alone."""
    assert ended.stdout, ended.stderr
    found: dict[str, Any] = json.loads(ended.stdout)
    return found


def test_every_order_ends_as_planned(result: dict[str, Any], ended: subprocess.CompletedProcess[str]) -> None:
    wrong = {
        name: result[name]
        for name in ("held_unexpected", "missing_orders", "doubled_orders", "differences", "against_plan")
        if result[name]
    }
    assert wrong == {}
    assert (result["missing"], result["duplicates"], result["totals_differing"]) == (0, 0, 0)
    assert result["orders_placed"] == 40
    assert result["settled"] + result["skipped_expected"] + result["held_expected"] == 40
    assert result["settled"] >= 32
    assert ended.returncode == 0


def test_nothing_of_ours_broke_on_the_way(result: dict[str, Any]) -> None:
    assert result["defects"] == []


def test_documents_of_held_orders_are_compared_too(result: dict[str, Any]) -> None:
    assert result["totals_compared"] > result["settled"]


def test_every_level_ends_by_the_rule_and_no_write_of_ours_oversold(result: dict[str, Any]) -> None:
    assert (result["levels_differing"], result["oversales"]) == ([], [])
    assert (result["levels_wrong"], result["oversold"]) == (0, 0)
    assert result["levels_compared"] == 80
    assert result["levels_changed"] > 20


def test_buyers_bought_and_goods_came_and_went_meanwhile(result: dict[str, Any]) -> None:
    assert result["sales"]["sold"] > 5
    assert result["erp_moves"] > 20


def test_our_own_pacing_is_never_turned_away(result: dict[str, Any]) -> None:
    assert result["throttled"] == 0
    assert 0 < result["shopify_calls"] < (40 + result["sales"]["sold"]) * 6 + 100


def test_the_accidents_did_happen(result: dict[str, Any]) -> None:
    injected = result["injected"]
    for name in ("webhooks_dropped", "webhooks_doubled", "webhooks_reordered", "erp_error"):
        assert injected[name] > 0, name
    assert sum(count for name, count in injected.items() if name.startswith("ordered_graphql")) > 0
    assert (result["workers_killed"], result["valkey_wiped"]) == (1, 1)


def test_the_result_says_how_it_was_made(result: dict[str, Any]) -> None:
    told = {name: result[name] for name in ("profile", "seed", "erp", "faults", "fsync")}
    assert told == {
        "profile": "short",
        "seed": 3,
        "erp": "memory",
        "faults": "default",
        "fsync": False,
    }


def test_nothing_is_left_running(ended: subprocess.CompletedProcess[str]) -> None:
    left = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if MARK in (process / "environ").read_bytes().decode(errors="replace"):
                left.append((process / "cmdline").read_bytes().replace(b"\0", b" "))
        except OSError:
            continue
    assert left == []
