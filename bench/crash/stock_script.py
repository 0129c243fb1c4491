"""What goes wrong on the way of stock, and when: drawn from the seed alone, like the orders' script."""

from __future__ import annotations

import random

from app.steps import STOCK_STEP_NAMES
from bench.crash.script import Mishap, What, cycled

_RARE = frozenset({"stock.stale", "stock.settled", "stock.planned", "stock.leased"})
"""Once in a turn at most; the others come with every page or call."""


def mishaps(seed: int, kills: int) -> list[Mishap]:
    """`kills` deaths, and besides them zombies, pauses and wipes; from 24 kills on every step has at least one."""
    draw = random.Random(seed)
    most = max(1, kills // 16)
    instants = [("postgres", most), ("valkey", most), ("web", most), ("worker", max(1, kills // 8))]
    made = [Mishap(what=What.KILL, target=target) for target, count in instants for _ in range(count)]
    made = made[: kills if kills >= 8 else kills // 2]
    at_steps = cycled(draw, STOCK_STEP_NAMES, kills - len(made))
    made += [Mishap(what=What.KILL_AT, target=name) for name in at_steps]
    made += [
        Mishap(what=What.STOP_AT, target=name) for name in cycled(draw, STOCK_STEP_NAMES, max(1, kills // 4))
    ]
    made += [
        Mishap(what=What.HANG_AT, target=name) for name in cycled(draw, STOCK_STEP_NAMES, max(1, kills // 10))
    ]
    made += [Mishap(what=What.PAUSE, target="worker")] * max(1, kills // 10)
    made += [Mishap(what=What.WIPE, target="valkey")] * max(1, kills // 12)
    draw.shuffle(made)
    return [_timed(draw, each) for each in made]


def careless(seed: int, kills: int) -> list[Mishap]:
    """For the control: workers that die where a call is on its way or was just answered."""
    draw = random.Random(seed)
    return [
        Mishap(what=What.KILL_AT, target=n, gap=1.0)
        for n in cycled(draw, ("stock.answered", "stock.sent"), kills)
    ]


def _timed(draw: random.Random, mishap: Mishap) -> Mishap:
    most = 0 if mishap.target in _RARE else 3
    gap = round(draw.uniform(0.5, 2.0), 2)
    return Mishap(what=mishap.what, target=mishap.target, let_by=draw.randint(0, most), gap=gap)
