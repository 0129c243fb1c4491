"""What goes wrong in a simulated ERP: drawn by a seed, or ordered for the next calls of a verb; and counts of its calls."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from enum import StrEnum

import msgspec


class Fault(StrEnum):
    """What can go wrong with a call. `LATE`: the answer is lost, and the change appears a while later.

    `THROTTLE`, `ERROR`, `EXPIRED` and `FAILED` (200 with an error inside) look as this ERP's own do. `REPEATED` lists
    every row of a page twice, `MISSING` leaves them all out and goes on after them. The last four are no answers at all:
    a web page, half of the JSON, the JSON with other types in it, and ten megabytes.
    """

    ERROR = "error"
    TIMEOUT_BEFORE = "timeout_before"
    TIMEOUT_AFTER = "timeout_after"
    LOST_BEFORE = "lost_before"
    LOST_AFTER = "lost_after"
    LATE = "late"
    THROTTLE = "throttle"
    SLOW = "slow"
    EXPIRED = "expired"
    FAILED = "failed"
    REPEATED = "repeated_page"
    MISSING = "missing_page"
    HTML = "html"
    TRUNCATED = "truncated"
    WRONG_TYPES = "wrong_types"
    HUGE = "huge"


NEEDS_A_WRITE = frozenset({Fault.TIMEOUT_AFTER, Fault.LOST_AFTER, Fault.LATE})
OF_PAGES = frozenset({Fault.REPEATED, Fault.MISSING})


class FaultPlan(msgspec.Struct, frozen=True, kw_only=True):
    """`rates`: the share of calls per fault. `verbs`: which calls may get one, all when empty. Durations in seconds."""

    seed: int = 0
    rates: Mapping[Fault, float] = {}
    verbs: tuple[str, ...] = ()
    late_most: float = 2.0
    slow: float = 1.0
    hang: float = 30.0
    retry_after: float = 1.0


class OrderedFault(msgspec.Struct, frozen=True, kw_only=True):
    """The next `times` calls of the verb get the fault; an empty verb is any call, `*writes` any that writes."""

    verb: str
    fault: Fault
    times: int = 1


class FaultSwitch:
    """Says for each call whether something goes wrong."""

    def __init__(self) -> None:
        self.set(FaultPlan())

    def set(self, plan: FaultPlan) -> None:
        """Forgets what was ordered and counted."""
        self.plan = plan
        self.random = random.Random(plan.seed)
        self._ordered: dict[str, list[Fault]] = {}
        self.injected: Counter[str] = Counter()

    def order(self, ordered: OrderedFault) -> None:
        self._ordered.setdefault(ordered.verb, []).extend([ordered.fault] * ordered.times)

    def draw(self, verb: str, *, writes: bool) -> Fault | None:
        """What is ordered waits for a call that it can happen to; what is drawn for another one is nothing."""
        fault = self._next(verb, writes=writes)
        if fault is not None:
            self.injected[fault] += 1
        return fault

    def _next(self, verb: str, *, writes: bool) -> Fault | None:
        for name in (verb, "*writes" if writes else "", ""):
            waiting = self._ordered.get(name)
            if waiting and _possible(waiting[0], writes=writes):
                return waiting.pop(0)
        if self.plan.verbs and verb not in self.plan.verbs:
            return None
        roll = self.random.random()
        for fault, rate in self.plan.rates.items():
            roll -= rate
            if roll < 0:
                return fault if _possible(fault, writes=writes) else None
        return None


def _possible(fault: Fault, *, writes: bool) -> bool:
    if fault in NEEDS_A_WRITE:
        return writes
    return not (writes and fault in OF_PAGES)


class Traffic:
    """How many calls came, by verb and status, how many were under way at once and how long, and how many went over a limit."""

    def __init__(self) -> None:
        self.by_verb: Counter[str] = Counter()
        self.by_status: Counter[str] = Counter()
        self.writes = 0
        self.now = 0
        self.most_at_once = 0
        self.over_limit = 0
        self._busy = 0.0
        self._since = time.monotonic()

    def busy(self) -> float:
        """Seconds that calls were under way, added up, until now."""
        now = time.monotonic()
        self._busy += self.now * (now - self._since)
        self._since = now
        return self._busy

    def _change(self, by: int) -> None:
        self.busy()
        self.now += by

    @contextmanager
    def call(self, verb: str, *, writes: bool) -> Iterator[None]:
        self.by_verb[verb] += 1
        self.writes += writes
        self._change(1)
        self.most_at_once = max(self.most_at_once, self.now)
        try:
            yield
        finally:
            self._change(-1)

    def shown(self) -> dict[str, object]:
        return {
            "calls": self.by_verb.total(),
            "writes": self.writes,
            "now": self.now,
            "most_at_once": self.most_at_once,
            "over_limit": self.over_limit,
            "busy": round(self.busy(), 3),
            "by_verb": dict(self.by_verb),
            "by_status": dict(self.by_status),
        }
