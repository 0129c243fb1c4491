"""Conditions on dates: by the day where a day is named, by the clock in gates alone, and nothing that breaks on odd values."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.errors import Rejected
from app.mapping.conditions import Condition, Test
from app.mapping.liquid_view import liquid
from app.mapping.rules import FieldRule, Part, built
from app.mapping.tree import BY_PATH, NOW
from app.templates import COMPARISONS, OPERATORS, Liquid

AT = datetime(2026, 11, 1, 13, 30, tzinfo=UTC)
PATH = "order.processed_at"


def tree(at: object = AT, **more: Any) -> dict[str, Any]:
    return {"order": {"processed_at": at}, **more}


def asked(operator: str, *values: str) -> Condition:
    return Condition(tests=(Test(field=PATH, operator=operator, values=values),))


@pytest.mark.parametrize(
    ("operator", "value", "expected"),
    [
        ("on", "2026-11-01", True),
        ("on", "2026-11-02", False),
        ("before", "2026-11-01", False),
        ("before", "2026-11-02", True),
        ("after", "2026-11-01", False),
        ("after", "2026-10-31", True),
        ("after", "2026-11-01T13:00", True),
        ("before", "2026-11-01T15:00+02:00", False),
        ("on", "2026-11-01T14:30+01:00", True),
    ],
)
def test_a_day_is_compared_by_the_day_and_an_instant_by_the_instant(
    operator: str, value: str, expected: bool
) -> None:
    assert asked(operator, value).holds(tree()) is expected


@pytest.mark.parametrize(
    ("operator", "days", "age", "expected"),
    [
        ("within_days", "7", timedelta(days=7), True),
        ("within_days", "7", timedelta(days=7, seconds=1), False),
        ("within_days", "7", timedelta(days=-1), False),
        ("older_than_days", "30", timedelta(days=31), True),
        ("older_than_days", "30", timedelta(days=30), False),
    ],
)
def test_an_age_is_counted_back_from_now(operator: str, days: str, age: timedelta, expected: bool) -> None:
    assert asked(operator, days).holds(tree(**{NOW: AT + age})) is expected


def test_only_gates_know_what_time_it_is() -> None:
    condition = asked("within_days", "7")
    assert list(condition.problems(gate=True)) == []
    ((path, sentence),) = condition.problems()
    assert path[-1] == "operator"
    assert "only a gate" in sentence
    with pytest.raises(Rejected, match="gates alone"):
        condition.holds(tree())


def test_nothing_is_neither_before_nor_after_and_what_is_no_date_is_refused() -> None:
    for operator in ("before", "after", "on"):
        assert asked(operator, "2026-11-01").holds(tree(None)) is False
        for odd in ("soon", "0001-01-01T00:00+14:00"):
            with pytest.raises(Rejected):
                asked(operator, "2026-11-01").holds(tree(odd))
    for days in ("many", "99999", "0.5"):
        with pytest.raises(Rejected):
            asked("within_days", days).holds(tree(**{NOW: AT}))


@pytest.mark.parametrize(("day", "expected"), [("2026-11-02", "yes"), ("2026-11-01", None)])
def test_the_rule_and_its_liquid_say_the_same_of_a_day(day: str, expected: str | None) -> None:
    rule = FieldRule(id="r", target="memo", start=Part(text="yes"), when=asked("before", day))
    assert built(rule, tree(), {}) == expected
    assert (Liquid().parse(liquid(rule)).render(tree(), {}) or None) == expected


def test_every_kind_of_field_has_its_comparisons_and_no_other_is_known() -> None:
    assert set(COMPARISONS) == {field.kind for field in BY_PATH.values()}
    assert {name for names in COMPARISONS.values() for name in names} == set(OPERATORS)
