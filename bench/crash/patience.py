"""What a run waits for: that the web answers, that all work comes to rest; and what it says meanwhile."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable

import httpx

from bench.children import START_SECONDS, BenchError
from bench.crash.stage import Stage

_QUIET_WITHIN = 600.0
_STILL = 3


async def rest(
    stage: Stage, also: Callable[[], Awaitable[bool]] | None = None, *, within: float = _QUIET_WITHIN
) -> bool:
    """Waits until all is at rest several times in a row; False when that never happens."""
    deadline, still = time.monotonic() + within, 0
    while time.monotonic() < deadline:
        still = still + 1 if await stage.at_rest() and (also is None or await also()) else 0
        if still >= _STILL:
            return True
        await asyncio.sleep(1.0)
    say("work never came to rest")
    return False


async def answers(stage: Stage) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        try:
            if (await stage.http.get(stage.env["APP_URL"] + "/healthz")).status_code == 200:
                return
        except httpx.HTTPError:
            pass
        await asyncio.sleep(0.2)
    raise BenchError("the web processes do not answer")


async def unacknowledged(stage: Stage) -> int:
    """Deliveries that the store gave up on: nobody acknowledged them, so nothing can be said about them."""
    counts = (await stage.ask("GET", "/control/webhooks"))["counts"]
    return int(counts.get("failed", 0))


def say(words: str) -> None:
    print(f"[{time.strftime('%H:%M:%S')}] {words}", file=sys.stderr, flush=True)
