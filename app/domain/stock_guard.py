"""The mass-change guard, pure: when a plan is too strange to be written without a person (rule 4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Concern(StrEnum):
    """Why a plan waits for approval."""

    FIRST = "first"
    NOTHING_READ = "nothing_read"
    FEWER_ROWS = "fewer_rows"
    ZEROED = "zeroed"
    CHANGED = "changed"
    BEFORE_GO_LIVE = "before_go_live"
    ASKED = "asked"


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Shares of all linked levels. `least` may always be touched: a shop of ten items can sell one out without asking."""

    zeroed: float = 0.05
    changed: float = 0.20
    fewer_rows: float = 0.10
    least: int = 1


@dataclass(frozen=True, kw_only=True)
class Counted:
    """What a plan would do. `levels`: all that are linked; `rows`: what this full read of the ERP gave, None for a

    partial one; `rows_before`: the last full read that was accepted.
    """

    levels: int
    zeroed: int = 0
    changed: int = 0
    rows: int | None = None
    rows_before: int | None = None
    first: bool = False


def concerns(counted: Counted, limits: Limits) -> Sequence[Concern]:
    """Empty: the plan may be written as it is."""
    found: list[Concern] = []
    if counted.first:
        found.append(Concern.FIRST)
    if counted.rows == 0:
        found.append(Concern.NOTHING_READ)
    elif _shrunk(counted, limits):
        found.append(Concern.FEWER_ROWS)
    if _too_many(counted.zeroed, counted.levels, limits.zeroed, limits.least):
        found.append(Concern.ZEROED)
    if _too_many(counted.changed, counted.levels, limits.changed, limits.least):
        found.append(Concern.CHANGED)
    return found


def _shrunk(counted: Counted, limits: Limits) -> bool:
    if counted.rows is None or not counted.rows_before:
        return False
    return counted.rows < counted.rows_before * (1 - limits.fewer_rows)


def _too_many(count: int, of: int, share: float, least: int) -> bool:
    return count > max(of * share, least)
