"""PostgreSQL killed under load: every delivery that was answered 200 must be in the table afterwards."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from bench.bodies import Signed
from bench.ground import Ground, stored_ids
from bench.open_loop import Sender, pressed

_PREFIX = "killed-"


@dataclass(frozen=True, kw_only=True)
class Stored:
    """`acknowledged` deliveries were answered 200, so many of them are `stored`; `refused` ones were not promised."""

    acknowledged: int
    stored: int
    refused: int
    kills: int
    after_last_kill: int


async def killed(
    ground: Ground, url: str, orders: Sequence[Signed], *, kills: int = 3, between: float = 2.5
) -> Stored:
    """Kills the server and starts it again, several times, while deliveries press on."""
    sender = Sender(url, orders, ground.shops, prefix=_PREFIX)
    end = asyncio.Event()
    pressing = asyncio.create_task(pressed(sender, until=end))
    before = 0
    for _ in range(kills):
        await asyncio.sleep(between)
        await asyncio.to_thread(ground.postgres.kill)
        before = len(sender.answered)
        await asyncio.to_thread(ground.postgres.start)
    await asyncio.sleep(between)
    end.set()
    await pressing
    sender.close()
    found = await stored_ids(ground.owner, _PREFIX)
    return Stored(
        acknowledged=len(sender.answered),
        stored=len(sender.answered & found),
        refused=sender.refused,
        kills=kills,
        after_last_kill=len(sender.answered) - before,
    )
