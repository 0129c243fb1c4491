"""How long a stream lasts and how often it looks: by PostgreSQL, so it works across processes and while Valkey is away."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field

EVERY = 0.5
"""Seconds between two looks."""
LONGEST = 600.0
"""A stream ends then; its client comes back with a fresh session and its last cursor."""


@dataclass(frozen=True, kw_only=True)
class Pace:
    began: float = field(default_factory=time.monotonic)

    def lasts(self) -> bool:
        return time.monotonic() - self.began < LONGEST

    async def rest(self) -> None:
        await asyncio.sleep(EVERY)
