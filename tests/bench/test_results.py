"""What a bench prints: JSON alone on stdout where it was asked for, and figures that are the medians of their rounds."""

from __future__ import annotations

import json
from pathlib import Path
from typing import cast

import pytest

from bench.bodies import signed_orders
from bench.ground import Ground
from bench.ingest import Course, figures
from bench.load import Load
from bench.orders import Round, summary
from bench.report import tell
from bench.stored import Stored

KEYS = {
    "ours_rps", "peer_rps", "peer_durable_rps", "ratio", "ratio_durable", "p50_ms_at_300", "p99_ms_at_300",
    "peer_p99_ms_at_300", "acknowledged", "stored", "generator",
}  # fmt: skip


def course(**answers: list[int]) -> Course:
    """A course whose rounds have been run: answers in one second, by contender."""
    made = Course(ground=cast(Ground, None), orders=signed_orders(1, secret="s", seed=1), seconds=1, rounds=3)
    for name, counts in answers.items():
        made.loads[name] = [Load(answers=count, refused=0, seconds=1.0) for count in counts]
        made.steady[name] = [[1.0, 2.0, 9.0] for _ in counts]
    return made


def test_ingest_takes_medians_and_compares_neighbours_in_time() -> None:
    made = course(
        ours=[300, 200, 1000], peer=[100, 100, 100], peer_durable=[50, 100, 100],
        ours_2=[4, 4, 4], peer_2=[2, 2, 2], peer_durable_2=[1, 1, 1],
    )  # fmt: skip
    told = figures(made, Stored(acknowledged=7, stored=7, refused=1, kills=3, after_last_kill=2))
    assert told.keys() >= KEYS
    assert (told["ours_rps"], told["ratio"], told["ratio_durable"]) == (300, 3.0, 6.0)
    assert (told["ratio_2"], told["ratio_durable_2"]) == (2.0, 4.0)
    assert (told["acknowledged"], told["stored"]) == (7, 7)


def test_orders_takes_medians() -> None:
    rounds = [
        Round(
            per_second=rate, p50_ms=1, p99_ms=2, shopify_calls=1.04, shopify_reads=1, erp_calls=10,
            by_document={}, by_verb={},
        )
        for rate in (5.0, 9.0, 7.0)
    ]  # fmt: skip
    told = summary(rounds)
    assert told["orders_per_second"] == 7.0
    assert told["shopify_calls_per_order"] == 1.04


def test_json_stands_alone_on_stdout(capsys: pytest.CaptureFixture[str]) -> None:
    tell({"ratio": 2.5, "generator": "wrk"}, title="x", as_json=True)
    assert json.loads(capsys.readouterr().out) == {"ratio": 2.5, "generator": "wrk"}


def test_a_table_is_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    tell({"ratio": 2.5}, title="Webhook intake", as_json=False)
    assert "Webhook intake" in (said := capsys.readouterr().out)
    assert "2.5" in said


def test_the_peer_s_packages_are_pinned_by_the_project_s_own_lock() -> None:
    root = Path(__file__).resolve().parents[2]
    lock = json.loads((root / "package-lock.json").read_text())["packages"]
    for script in (root / "bench" / "peer").glob("*.mjs"):
        for line in script.read_text().splitlines():
            if line.startswith("import") and " from '" in line and "node:" not in line:
                assert f"node_modules/{line.split(chr(39))[1]}" in lock
