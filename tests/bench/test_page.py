"""What measured views come to, tried by figures made by hand: each demand can be missed by itself."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from app.pages import Bundle
from bench.page.__main__ import built_bytes, result
from bench.page.judging import CLS, JS_BYTES, LCP_MS, Figures, Seen, layout_shift, medians, missed

GOOD = Figures(view="orders", lcp_ms=900.0, cls=0.02, js_bytes=31_000)


def of(lcp_ms: float, *shifts: tuple[float, float], js_bytes: int = 31_000) -> Seen:
    return Seen(lcp_ms=lcp_ms, shifts=shifts, js_bytes=js_bytes)


def test_each_view_is_the_median_of_its_rounds() -> None:
    rounds = [
        {"orders": of(400, (10, 0.01)), "stock": of(3000)},
        {"orders": of(9000, (10, 0.5)), "stock": of(2000)},
        {"orders": of(600, (10, 0.03)), "stock": of(1000, js_bytes=40_000)},
    ]
    orders, stock = medians(rounds)
    assert (orders.view, orders.lcp_ms, orders.cls) == ("orders", 600, 0.03)
    assert (stock.view, stock.lcp_ms, stock.cls, stock.js_bytes) == ("stock", 2000, 0, 40_000)


def test_jumps_close_together_are_summed_and_the_worst_window_counts() -> None:
    assert layout_shift([]) == 0
    assert layout_shift([(0, 0.04), (500, 0.04)]) == pytest.approx(0.08)
    assert layout_shift([(0, 0.04), (1000, 0.05)]) == pytest.approx(0.05)
    assert layout_shift([(500, 0.02), (0, 0.04), (3000, 0.03)]) == pytest.approx(0.06)


def test_a_window_of_jumps_is_five_seconds_long() -> None:
    steady = [(number * 900.0, 0.01) for number in range(12)]
    assert layout_shift(steady) == pytest.approx(0.06)


def test_what_meets_every_demand_misses_none() -> None:
    assert missed([GOOD], built_bytes=31_000) == []


@pytest.mark.parametrize(
    ("worse", "said"),
    [
        (replace(GOOD, lcp_ms=LCP_MS), "largest paint"),
        (replace(GOOD, lcp_ms=0.0), "largest paint"),
        (replace(GOOD, cls=CLS), "layout jumped"),
        (replace(GOOD, js_bytes=JS_BYTES), "over the wire"),
        (replace(GOOD, js_bytes=0), "over the wire"),
    ],
)
def test_each_demand_can_be_missed(worse: Figures, said: str) -> None:
    (sentence,) = missed([GOOD, worse], built_bytes=31_000)
    assert said in sentence


@pytest.mark.parametrize("built", [0, JS_BYTES])
def test_a_script_that_is_too_large_or_missing_is_a_miss(built: int) -> None:
    (sentence,) = missed([GOOD], built_bytes=built)
    assert "built script" in sentence


def test_without_a_build_there_are_no_bytes(tmp_path: Path) -> None:
    assert built_bytes(Bundle.found(tmp_path)) == 0


def test_the_result_names_every_view_and_every_miss() -> None:
    told = result([GOOD], 31_000, ["one"])
    assert told["views"] == [{"view": "orders", "lcp_ms": 900.0, "cls": 0.02, "js_wire_bytes": 31_000}]
    assert told["missed"] == ["one"]
