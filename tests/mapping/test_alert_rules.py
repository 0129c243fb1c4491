"""Stored rules are laid over ours, and what can't be meant is refused when it is written."""

from __future__ import annotations

from datetime import time, timedelta

import orjson
import pytest

from app.domain.alert_rules import AlertKind, QuietHours, Rules, Sensitivity
from app.mapping.alert_rules import merged, of


def test_nothing_stored_means_our_own_rules() -> None:
    assert of("{}") == Rules()


def test_what_is_chosen_is_laid_over_them() -> None:
    rules = of(
        orjson.dumps(
            {
                "zone": "America/New_York",
                "quiet": {"begin": "22:00", "end": "07:30", "weekends": True},
                "rules": {"held": {"cooldown_minutes": 30}, "critical": {"through_quiet": False}},
                "held_hours": 2,
                "sensitivity": "keen",
            }
        )
    )
    assert rules.quiet == QuietHours(begin=time(22), end=time(7, 30), weekends=True)
    assert rules.of(AlertKind.HELD).cooldown == timedelta(minutes=30)
    assert rules.of(AlertKind.HELD).on
    assert not rules.of(AlertKind.CRITICAL).through_quiet
    assert (rules.held_after, rules.sensitivity) == (timedelta(hours=2), Sensitivity.KEEN)


@pytest.mark.parametrize(
    "wish",
    [
        {"zone": "Mars/Olympus"},
        {"zone": "../../etc/passwd"},
        {"zone": ""},
        {"quiet": {"begin": "25:00", "end": "07:00"}},
        {"quiet": {"begin": "22:00+01:00", "end": "07:00"}},
        {"rules": {"weather": {"on": True}}},
        {"rules": {"held": {"cooldown_minutes": -1}}},
        {"held_hours": 1e9},
        {"sensitivity": "psychic"},
    ],
)
def test_what_can_not_be_meant_is_refused(wish: dict[str, object]) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  msgspec's error is one, and so are ours
        merged({}, wish)


def test_a_wish_changes_what_it_names_and_nothing_else() -> None:
    one = orjson.loads(merged({}, {"zone": "Europe/Berlin", "rules": {"held": {"on": False}}}))
    two = of(merged(one, {"rules": {"held": {"cooldown_minutes": 5}}, "quiet": None}))
    assert two.zone == "Europe/Berlin"
    assert not two.of(AlertKind.HELD).on
    assert two.of(AlertKind.HELD).cooldown == timedelta(minutes=5)
