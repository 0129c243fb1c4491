"""Another process of the same app: it spends from the same bucket, at a pace, and its points stand in the book too."""

from __future__ import annotations

import asyncio
import time

from sandbox.ledger import Call
from sandbox.shop import Shop
from sandbox.world import World

STEP_SECONDS = 0.05
DOCUMENT = "(another process)"


async def spend(world: World, shop: Shop, *, per_second: float, seconds: float) -> None:
    """Take points evenly, never more than the bucket holds."""
    owed, ends, before = 0.0, time.monotonic() + seconds, time.monotonic()
    while before < ends:
        await asyncio.sleep(STEP_SECONDS)
        moment = time.monotonic()
        owed += (min(moment, ends) - before) * per_second
        before = moment
        points = float(int(owed))
        if points >= 1 and shop.bucket.take(points):
            owed -= points
            note(world, shop, points)


def note(world: World, shop: Shop, points: float) -> None:
    at = time.time()
    world.ledger.note(
        Call(
            at=at,
            ended=at,
            shop=shop.domain,
            document=DOCUMENT,
            version="",
            status=200,
            requested=points,
            actual=points,
            consumer="other",
        )
    )
