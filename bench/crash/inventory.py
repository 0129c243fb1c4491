"""One run over the way of stock: levels written under every mishap while both sides move, then by careless workers."""

from __future__ import annotations

import asyncio
import contextlib
import random
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import httpx

from app.steps import STOCK_STEP_NAMES
from bench.crash import stock_script
from bench.crash.barrier import Barrier
from bench.crash.crew import Crew
from bench.crash.director import STOCK, Director
from bench.crash.erps import DemoErp
from bench.crash.patience import answers, rest, say, unacknowledged
from bench.crash.run import WEB, WORKER
from bench.crash.script import What
from bench.crash.shelves import Shelves
from bench.crash.stage import FAULTS, Shop, Stage, join, open_stage
from bench.crash.stock_tally import StockTally, stock_tally

_SHOPS = 2
_LEVELS_OF_A_SHOP = 400
"""At least, where there are several shops."""
_CARELESS = ("-m", "bench.crash.careless_stock")
_CONTROL_KILLS = 6
"""At most; a small run has fewer."""
_SALES_PER_SECOND = 0.7
_STIR_EVERY = 1.5
_SHARE_STIRRED = 0.01
_SHARE_WAVE = 0.25
"""So much of a shop's stock moves at once now and then: a push of many calls."""
_WAVE_EVERY = 12
_BUSY = (
    "SELECT (SELECT count(*) FROM run WHERE state = 'running') + (SELECT count(*) FROM effect WHERE kind = 'stock'"
    " AND state IN ('sent', 'unclear'))"
)


@dataclass(frozen=True, kw_only=True)
class Asked:
    levels: int
    kills: int
    seed: int
    control: bool = True


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """`quiet`: all work came to rest before the counting."""

    asked: Asked
    main: StockTally
    control: StockTally | None
    director: Director
    quiet: bool
    missed: list[str]
    unacknowledged: int
    seconds: float

    @property
    def good(self) -> bool:
        main = self.main
        bad = (
            main.lost or main.doubled or main.wrong or self.missed or self.unacknowledged or not main.changed
        )
        return self.quiet and not bad and (self.control is None or self.control.doubled > 0)

    def shown(self) -> dict[str, Any]:
        d, main = self.director, self.main
        servers = d.stage.killed
        return {
            "flow": "inventory",
            "seed": self.asked.seed,
            "profile": d.stage.env["PROFILE"],
            "kills": sum(d.crew.killed.values()) + sum(servers.values()),
            "killed": {**d.crew.killed, **servers},
            "steps": d.barrier.shown(STOCK_STEP_NAMES),
            "steps_missed": self.missed,
            "levels": main.levels,
            "levels_changed": main.changed,
            "writes": main.writes,
            "sold": main.sold,
            "lost": main.lost,
            "doubled": main.doubled,
            "wrong": main.wrong,
            "control_levels": self.control and self.control.levels,
            "control_doubled": self.control and self.control.doubled,
            "zombies": d.zombies,
            "overtaken": d.overtaken,
            "wipes": d.wipes,
            "quiet": self.quiet,
            "unacknowledged": self.unacknowledged,
            "found": main.found[:40],
            "seconds": round(self.seconds, 1),
        }


async def run(asked: Asked, home: Path) -> Outcome:
    began = time.monotonic()
    count = min(_SHOPS, max(1, asked.levels // _LEVELS_OF_A_SHOP))
    each = asked.levels // count
    shops = [_shop(f"goods{n + 1}", asked.seed + n, each) for n in range(count)]
    control = _shop("careless", asked.seed + 9, max(200, asked.levels // 20))
    async with open_stage(home, [*shops, *([control] if asked.control else [])]) as stage:
        barrier = Barrier()
        async with barrier.serve(home / "barrier.sock"):
            director, quiet, main = await _careful(asked, stage, stage.shops[:count], barrier)
            missed = _missed(asked, barrier)
            given_up = await unacknowledged(stage)
            say(f"counted: {main.lost} lost, {main.doubled} doubled, {main.wrong} wrong")
            careless = await _control(asked, stage, stage.shops[-1]) if asked.control else None
    return Outcome(
        asked=asked,
        main=main,
        control=careless,
        director=director,
        quiet=quiet,
        missed=missed,
        unacknowledged=given_up,
        seconds=time.monotonic() - began,
    )


def _shop(name: str, seed: int, levels: int) -> Shop:
    return Shop(
        domain=f"{name}.myshopify.com", erp=DemoErp(fence="unique"), orders=0, seed=seed, levels=levels
    )


async def _careful(
    asked: Asked, stage: Stage, shops: list[Shop], barrier: Barrier
) -> tuple[Director, bool, StockTally]:
    crew = Crew(env=stage.env, logs=stage.home)
    director = Director(stage=stage, crew=crew, barrier=barrier, draw=random.Random(asked.seed), leases=STOCK)
    try:
        crew.start("web", 2, (sys.executable, *WEB))
        all_shelves = await _opened(stage, shops)
        for shelves in all_shelves:
            await stage.faults(shelves.shop, FAULTS)
        crew.start("worker", 2, (sys.executable, *WORKER))
        script = stock_script.mishaps(asked.seed, asked.kills)
        say(f"{len(script)} mishaps over {asked.levels} levels")
        async with _stirred(all_shelves):
            missed = await director.perform(script)
            await director.perform(missed)
            await director.all_awake()
        for shelves in all_shelves:
            await stage.faults(shelves.shop, {})
        quiet = await rest(stage, lambda: _still(stage, all_shelves))
        total = StockTally()
        for shelves in all_shelves:
            total.add(stock_tally(await shelves.scene()))
        return director, quiet, total
    finally:
        await crew.end()


async def _control(asked: Asked, stage: Stage, shop: Shop) -> StockTally:
    """The same engine, shop and ERP, but each try has a new key and nothing is compared."""
    crew = Crew(
        env=dict(stage.env) | {"CRASH_BARRIER": str(stage.home / "control.sock")}, logs=stage.home / "control"
    )
    crew.logs.mkdir()
    barrier = Barrier()
    director = Director(stage=stage, crew=crew, barrier=barrier, draw=random.Random(asked.seed), leases=STOCK)
    try:
        async with barrier.serve(stage.home / "control.sock"):
            crew.start("web", 1, (sys.executable, *WEB))
            [shelves] = await _opened(stage, [shop])
            crew.start("worker", 2, (sys.executable, *_CARELESS))
            async with _stirred([shelves]):
                await director.perform(
                    stock_script.careless(asked.seed, min(_CONTROL_KILLS, max(2, asked.kills // 3)))
                )
            await rest(stage)
            return stock_tally(await shelves.scene())
    finally:
        await crew.end()


async def _opened(stage: Stage, shops: list[Shop]) -> list[Shelves]:
    """Joined, in step, and open for buyers."""
    await answers(stage)
    found = []
    for shop in shops:
        await join(stage, shop)
        shelves = Shelves(stage=stage, shop=shop, draw=random.Random(shop.seed))
        await shelves.set_up()
        await shelves.open(per_second=_SALES_PER_SECOND)
        found.append(shelves)
    return found


@contextlib.asynccontextmanager
async def _stirred(all_shelves: list[Shelves]) -> AsyncIterator[None]:
    """Both sides move all the time: a little in each shop, now and then a lot, and writes that go wrong by themselves."""
    stirring = asyncio.ensure_future(_stir(all_shelves))
    try:
        yield
        if stirring.done():
            await stirring
    finally:
        stirring.cancel()
        await asyncio.gather(stirring, return_exceptions=True)
        for shelves in all_shelves:
            await shelves.close()


async def _stir(all_shelves: list[Shelves]) -> None:
    turn = 0
    while True:
        turn += 1
        for shelves in all_shelves:
            share = _SHARE_WAVE if turn % _WAVE_EVERY == 0 else _SHARE_STIRRED
            await shelves.stir(max(10, round(len(shelves.began) * share)))
            if turn % 3 == 0:
                await shelves.mishap()
        await asyncio.sleep(_STIR_EVERY)


async def _still(stage: Stage, all_shelves: list[Shelves]) -> bool:
    """No push is under way, and every level is right; what never becomes right is counted when the patience ends."""
    try:
        if int((await stage.rows(_BUSY))[0][0]):
            return False
    except (OSError, asyncpg.PostgresError, TimeoutError):
        return False
    try:
        found = [stock_tally(await shelves.scene()) for shelves in all_shelves]
    except httpx.HTTPError:
        return False
    return not any(each.lost or each.wrong for each in found)


def _missed(asked: Asked, barrier: Barrier) -> list[str]:
    """Steps that were never reached; where the kills suffice for all, also those where nobody was killed."""
    script = stock_script.mishaps(asked.seed, asked.kills)
    owed = {m.target for m in script if m.what is What.KILL_AT}
    return [n for n in STOCK_STEP_NAMES if not barrier.reached[n] or (n in owed and not barrier.killed[n])]
