"""A plan before a push: which levels change from what to what, in how many calls, for how many points, for how long."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from app.domain.inventory import LevelKey, LevelSeen, StockMode
from app.domain.stock_guard import Concern
from app.domain.stock_target import Target

PER_CALL = 250
POINTS_PER_CALL = 10


class Verdict(StrEnum):
    """What a plan says about one level. DEFERRED: an increase that waits until orders move again."""

    WRITE = "write"
    UNCHANGED = "unchanged"
    UNKNOWN = "unknown"
    UNSTOCKED = "unstocked"
    OUTDATED = "outdated"
    DEFERRED = "deferred"


class RunState(StrEnum):
    """PLANNED waits for a person when it has concerns; STOPPED was given up for a newer one."""

    PLANNED = "planned"
    RUNNING = "running"
    DONE = "done"
    STOPPED = "stopped"
    FAILED = "failed"


class LineState(StrEnum):
    """What became of one level of a plan."""

    PLANNED = "planned"
    SENT = "sent"
    DONE = "done"
    STALE = "stale"
    HELD = "held"
    DEFERRED = "deferred"


@dataclass(frozen=True, kw_only=True)
class PlanCounts:
    """`unchanged` are written by nobody; `unknown`: the ERP said nothing of them; `deferred`: see LineState.

    `partial`: of one SKU alone, so that it says nothing of all the others.
    Of prices, which are `levels` here too: `on_sale` and `kept` stay as the store has them, `asks` wait for a person one
    by one, and `calls_wanted` is one for each product.
    """

    levels: int = 0
    changed: int = 0
    raised: int = 0
    lowered: int = 0
    zeroed: int = 0
    unchanged: int = 0
    unknown: int = 0
    unstocked: int = 0
    deferred: int = 0
    rows_read: int = 0
    partial: bool = False
    on_sale: int = 0
    kept: int = 0
    asks: int = 0
    calls_wanted: int = 0

    @property
    def calls(self) -> int:
        return self.calls_of(self.changed)

    def calls_of(self, left: int) -> int:
        """For so many of those that change."""
        if not (self.calls_wanted and self.changed):
            return calls_for(left)
        return -(-self.calls_wanted * left // self.changed)

    @property
    def points(self) -> int:
        return self.calls * POINTS_PER_CALL


@dataclass(frozen=True, kw_only=True)
class RunView:
    """A run as people see it: its plan while it waits, its progress while it goes, its result when it is over.

    `seconds` is the estimate for what is left to write. `done`, `held` and `stale` count levels; `tallies` are what a run
    of another flow counted, by name. `request`: what a replay or a back-fill was asked for.
    """

    id: UUID
    connection: UUID
    flow: str
    state: RunState
    started_by: str
    started_at: datetime
    ended_at: datetime | None
    counts: PlanCounts
    concerns: Sequence[Concern]
    approved_by: str | None
    done: int
    held: int
    stale: int
    calls_made: int
    points_spent: int
    seconds: float
    first: bool = False
    code: str | None = None
    sentence: str | None = None
    kind: str = "turn"
    tallies: Mapping[str, int] = field(default_factory=dict)
    request: Mapping[str, str] = field(default_factory=dict)
    checkpoint: str | None = None

    @property
    def needs_approval(self) -> bool:
        return self.state is RunState.PLANNED and bool(self.concerns) and self.approved_by is None


@dataclass(frozen=True, kw_only=True)
class PlanLine:
    """One level of a plan. `code` and `sentence` say why it is held."""

    key: LevelKey
    sku: str
    old: int | None
    new: int
    state: LineState
    code: str | None = None
    sentence: str | None = None


def calls_for(levels: int) -> int:
    """Levels of all locations share calls, as a call may name any location."""
    return -(-levels // PER_CALL)


def seconds_for(points: int, *, rate: float, at_hand: float) -> float:
    """How long a bucket that holds `at_hand` points above the lane's floor needs to give so many."""
    return max(0.0, (points - at_hand) / rate) if rate > 0 else 0.0


def verdict(
    wanted: Target | None, known: LevelSeen | None, *, mode: StockMode, newer_than: datetime | None,
    only_lower: bool, first: bool,
) -> Verdict:  # fmt: skip
    """What to do about one level. `newer_than`: the observation behind what we last wrote there (rule 18)."""
    if wanted is None:
        return Verdict.UNKNOWN
    if newer_than is not None and wanted.observed_at < newer_than:
        return Verdict.OUTDATED
    shown = known.quantity(mode) if known is not None else None
    if shown is None:
        return Verdict.WRITE if first and not only_lower else Verdict.UNSTOCKED
    if shown == wanted.quantity:
        return Verdict.UNCHANGED
    return Verdict.DEFERRED if only_lower and wanted.quantity > shown else Verdict.WRITE
