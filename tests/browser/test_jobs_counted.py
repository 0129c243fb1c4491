"""The ten jobs of an operator: which test does each from the overview and counts its activations, and how many there may be."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent

JOBS = {
    "why is #1001 not in the ERP": (1, "test_records", "test_one_search_says_why_an_order_is_not_in_the_erp"),
    "retry one failed order": (1, "test_records", "test_one_press_on_the_overview_retries_an_order"),
    "fix a mapping, retry all it broke": (
        3,
        "test_mapping_tables",
        "test_what_waits_for_a_payment_method_is_mapped_and_sent_from_the_overview_by_mouse",
    ),
    "an order edited in the shop": (
        0,
        "test_records",
        "test_an_order_that_is_edited_in_the_shop_is_followed_by_itself_and_shows_what_was_sent",
    ),
    "map a new payment method": (2, "test_ten_jobs", "test_a_new_payment_method_is_mapped_from_the_problem"),
    "add a location": (2, "test_ten_jobs", "test_a_location_that_is_new_in_the_shop_is_added"),
    "push the stock of one SKU now": (
        2,
        "test_runs",
        "test_one_sku_is_pushed_now_in_two_activations_and_its_difference_is_seen_before_and_after",
    ),
    "back-fill last weekend": (
        3,
        "test_runs",
        "test_older_orders_are_counted_and_then_sent_in_three_activations",
    ),
    "stop a flow in an emergency": (
        1,
        "test_runs",
        "test_orders_are_stopped_with_one_press_from_the_overview_and_go_on_with_nothing_lost",
    ),
    "month-end: do both sides agree": (
        1,
        "test_reports",
        "test_whether_both_sides_agree_is_one_press_away_and_what_differs_is_healed",
    ),
}
"""By job: the most activations, the file and the test. What happens by itself takes none."""


def bounds(source: str, test: str) -> list[int]:
    """What a test holds a count of activations against, numbers and the file's own names of numbers."""
    tree = ast.parse(source)
    named = {
        target.id: node.value
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    found = [node for node in tree.body if isinstance(node, ast.AsyncFunctionDef) and node.name == test]
    assert len(found) == 1, f"there is no {test}"
    return [bound for node in ast.walk(found[0]) for bound in _bound(node, named)]


def _bound(node: ast.AST, named: dict[str, ast.expr]) -> list[int]:
    if isinstance(node, ast.Compare) and any(
        isinstance(part, ast.Attribute) and part.attr == "count" for part in (node.left, *node.comparators)
    ):
        last = node.comparators[-1]
        value = named.get(last.id, last) if isinstance(last, ast.Name) else last
        return [value.value] if isinstance(value, ast.Constant) and isinstance(value.value, int) else []
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "done":
        return [int(ast.literal_eval(named["MOST"])[ast.literal_eval(node.args[0])])]
    return []


@pytest.mark.parametrize("job", JOBS)
def test_each_job_is_counted_and_takes_no_more_than_it_may(job: str) -> None:
    most, file, test = JOBS[job]
    held_to = bounds((HERE / f"{file}.py").read_text(), test)
    assert held_to, f"{test} counts nothing"
    assert max(held_to) <= most


def test_a_job_that_takes_more_would_be_seen() -> None:
    source = "async def test_it(did):\n    assert 1 <= did.count <= 4\n"
    assert bounds(source, "test_it") == [4]
