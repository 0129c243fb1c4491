"""Faults of the demo ERP, on a switch: drawn by verb and seed, or ordered one by one; and the counts of its calls."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from enum import StrEnum

import msgspec


class Fault(StrEnum):
    """What can go wrong with a call. LATE: the answer is lost and the change appears a while later."""

    ERROR = "error"
    TIMEOUT_BEFORE = "timeout_before"
    TIMEOUT_AFTER = "timeout_after"
    LOST_BEFORE = "lost_before"
    LOST_AFTER = "lost_after"
    LATE = "late"
    THROTTLE = "throttle"
    SLOW = "slow"


_OF_READS = frozenset({Fault.ERROR, Fault.TIMEOUT_BEFORE, Fault.LOST_BEFORE, Fault.THROTTLE, Fault.SLOW})


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
    """The next `times` calls of the verb get the fault."""

    verb: str
    fault: Fault
    times: int = 1


class FaultSwitch:
    """Says for each call whether something goes wrong."""

    def __init__(self) -> None:
        self.set(FaultPlan())

    def set(self, plan: FaultPlan) -> None:
        self.plan = plan
        self.random = random.Random(plan.seed)
        self._ordered: dict[str, list[Fault]] = {}
        self.injected: Counter[str] = Counter()

    def order(self, ordered: OrderedFault) -> None:
        self._ordered.setdefault(ordered.verb, []).extend([ordered.fault] * ordered.times)

    def draw(self, verb: str, *, writes: bool) -> Fault | None:
        fault = self._next(verb)
        if fault is None or not (writes or fault in _OF_READS):
            return None
        self.injected[fault] += 1
        return fault

    def _next(self, verb: str) -> Fault | None:
        if self._ordered.get(verb):
            return self._ordered[verb].pop(0)
        if self.plan.verbs and verb not in self.plan.verbs:
            return None
        roll = self.random.random()
        for fault, rate in self.plan.rates.items():
            roll -= rate
            if roll < 0:
                return fault
        return None


class CallCounts:
    """How many calls came, by verb, and how many were under way at once."""

    def __init__(self) -> None:
        self.by_verb: Counter[str] = Counter()
        self.writes = 0
        self.now = 0
        self.most_at_once = 0

    @contextmanager
    def call(self, verb: str, *, writes: bool) -> Iterator[None]:
        self.by_verb[verb] += 1
        self.writes += writes
        self.now += 1
        self.most_at_once = max(self.most_at_once, self.now)
        try:
            yield
        finally:
            self.now -= 1

    def shown(self) -> dict[str, object]:
        return {
            "calls": self.by_verb.total(),
            "writes": self.writes,
            "most_at_once": self.most_at_once,
            "by_verb": dict(self.by_verb),
        }
