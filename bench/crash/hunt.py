"""A hunt through all flows: whoever comes first to a step that is still owed a mishap meets it."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from dataclasses import dataclass
from typing import get_args

from app.steps.points import ALL_STEP_NAMES, RecordKind
from bench.crash.director import Director
from bench.crash.script import Mishap, What, cycled

_STRUCK_WITHIN = 8.0
_INSTANT_EVERY = 7
_INSTANTS = (
    (What.KILL, "postgres"),
    (What.KILL, "valkey"),
    (What.KILL, "web"),
    (What.KILL, "worker"),
    (What.PAUSE, "worker"),
    (What.WIPE, "valkey"),
)
_PLACES = ("leased", "looked_up", "planned", "sent", "answered", "evidence")
HOLDABLE = tuple(f"{kind}.{place}" for kind in get_args(RecordKind) for place in _PLACES)
"""Where a process that wakes up late could still do harm."""


def owed(seed: int, kills: int) -> dict[What, Counter[str]]:
    """Each step sees one death, some two where more kills are asked for; risky ones also see a zombie."""
    draw = random.Random(seed)
    deaths = max(kills, len(ALL_STEP_NAMES))
    return {
        What.KILL_AT: Counter(cycled(draw, ALL_STEP_NAMES, deaths)),
        What.STOP_AT: Counter(cycled(draw, HOLDABLE, max(1, kills // 6))),
        What.HANG_AT: Counter(cycled(draw, HOLDABLE, max(1, kills // 10))),
    }


@dataclass(kw_only=True)
class Hunt:
    """Lies in wait at every step that is still owed a mishap, whoever comes first; now and then it strikes at an instant."""

    director: Director
    draw: random.Random
    owed: dict[What, Counter[str]]
    instants: bool = False
    """Not before everything is set up."""

    def told(self) -> str:
        left = sum(self.owed[What.KILL_AT].values())
        return f"{sum(self.director.crew.killed.values())} killed, {left} steps still owed a death"

    async def go(self) -> None:
        turn = 0
        while True:
            turn += 1
            await asyncio.sleep(self.draw.uniform(0.5, 2.0))
            if self.instants and turn % _INSTANT_EVERY == 0:
                await self.director.strike(self._instant())
                continue
            what = self._what()
            names = [name for name, left in self.owed[what].items() if left]
            if not names:
                continue
            met = await self.director.at_first(names, what, within=_STRUCK_WITHIN)
            if met is not None:
                self.owed[what][met] -= 1

    def _what(self) -> What:
        left = [what for what in (What.STOP_AT, What.HANG_AT) if self.owed[what].total()]
        if left and (self.draw.random() < 0.25 or not self.owed[What.KILL_AT].total()):
            return self.draw.choice(left)
        return What.KILL_AT

    def _instant(self) -> Mishap:
        what, target = self.draw.choice(_INSTANTS)
        return Mishap(what=what, target=target)
