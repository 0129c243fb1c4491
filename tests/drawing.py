"""How often a property is tried: in an ordinary run as often as it takes to find what is common, in a long one far more."""

from __future__ import annotations

from hypothesis import settings

LONG = "long"
_MORE = 8


def tried(times: int) -> settings:
    """`times` in an ordinary run. No example has a deadline: what draws them is slower than what is tried."""
    more = _MORE if settings.get_current_profile_name() == LONG else 1
    return settings(max_examples=times * more, deadline=None)
