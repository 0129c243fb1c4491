"""What a page of the API may take: under 100 ms, and deep in a list hardly more than at its beginning."""

from __future__ import annotations

from collections.abc import Mapping

P95_MS = 100.0
DEEP = 1.3


def failures(p95: Mapping[str, float]) -> list[str]:
    """`p95` by the figure's name, in milliseconds; one sentence for each demand that is not met."""
    found = [
        f"p95_{name} is {took:.1f}, not under {P95_MS:.0f}" for name, took in p95.items() if took >= P95_MS
    ]
    for first, deep in (("ms", "ms_deep_page"), ("ms_changes", "ms_changes_deep")):
        if p95[deep] > DEEP * p95[first]:
            found.append(f"p95_{deep} is {p95[deep] / p95[first]:.2f} times p95_{first}, more than {DEEP}")
    return found
