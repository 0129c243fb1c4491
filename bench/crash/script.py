"""What goes wrong, and when: a list drawn from the seed alone, so that a run can be repeated."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from app.steps import STEP_NAMES


class What(StrEnum):
    """The first three wait for a process to come to a step, the rest strike at an instant.

    HANG_AT: the run that came waits there, its process goes on. STOP_AT: the whole process stands still.
    """

    KILL_AT = "kill_at"
    HANG_AT = "hang_at"
    STOP_AT = "stop_at"
    KILL = "kill"
    PAUSE = "pause"
    WIPE = "wipe"


@dataclass(frozen=True, kw_only=True)
class Mishap:
    """`target`: a step, or worker, web, postgres, valkey. `let_by`: how many pass first. `gap`: seconds before it."""

    what: What
    target: str
    let_by: int = 0
    gap: float = 0.0

    @property
    def at_step(self) -> bool:
        return self.what in {What.KILL_AT, What.HANG_AT, What.STOP_AT}


HOLDABLE = tuple(name for name in STEP_NAMES if name.startswith(("order.", "mark.")) and name != "mark.done")
"""Where a process that wakes up late could still do harm."""


def mishaps(seed: int, kills: int) -> list[Mishap]:
    """`kills` deaths, and besides them zombies, pauses and wipes in proportion; from 50 kills on every step has one."""
    draw = random.Random(seed)
    most = max(1, kills // 16)
    instants = [
        ("postgres", most),
        ("valkey", most),
        ("web", max(1, kills // 12)),
        ("worker", max(1, kills // 8)),
    ]
    made = [Mishap(what=What.KILL, target=target) for target, count in instants for _ in range(count)]
    made = made[: kills if kills >= 8 else kills // 2]
    made += [Mishap(what=What.KILL_AT, target=name) for name in cycled(draw, STEP_NAMES, kills - len(made))]
    made += [Mishap(what=What.STOP_AT, target=name) for name in cycled(draw, HOLDABLE, max(1, kills // 4))]
    made += [Mishap(what=What.HANG_AT, target=name) for name in cycled(draw, HOLDABLE, max(1, kills // 8))]
    made += [Mishap(what=What.PAUSE, target="worker")] * max(1, kills // 10)
    made += [Mishap(what=What.WIPE, target="valkey")] * max(1, kills // 12)
    draw.shuffle(made)
    longest = 3.0 if kills >= 20 else 1.0
    return [_timed(draw, each, longest) for each in made]


def careless(seed: int, kills: int) -> list[Mishap]:
    """For the control: workers that die where a send has begun or just ended."""
    draw = random.Random(seed)
    places = cycled(draw, ("order.sent", "order.answered"), kills)
    return [Mishap(what=What.KILL_AT, target=name, gap=1.0) for name in places]


def cycled(draw: random.Random, names: Sequence[str], count: int) -> list[str]:
    """Every name once before any comes twice."""
    found: list[str] = []
    while len(found) < count:
        found += draw.sample(names, len(names))
    return found[: max(0, count)]


def _timed(draw: random.Random, mishap: Mishap, longest: float) -> Mishap:
    rare = mishap.target.startswith(("mark.", "sweep."))  # one for many orders
    most = 0 if rare else 3
    gap = round(draw.uniform(0.5, longest), 2)
    return Mishap(what=mishap.what, target=mishap.target, let_by=draw.randint(0, most), gap=gap)
