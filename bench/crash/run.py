"""One run of the crash bench: the product under every mishap, then a careless one as proof that the bench can count."""

from __future__ import annotations

import asyncio
import random
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.registry import HOSTS
from app.steps import STEP_NAMES
from bench.crash import script
from bench.crash.barrier import Barrier
from bench.crash.crew import Crew
from bench.crash.director import Director
from bench.crash.erps import DEMO, DemoErp, SimulatedErp
from bench.crash.patience import answers, rest, say, unacknowledged
from bench.crash.stage import FAULTS, Shop, Stage, join, open_stage
from bench.crash.tally import Tally, tally

_FENCES = ("unique", "draft", "none")
"""Of the demo ERP: a shop for each. Any other ERP has the one that it has."""
_LAST_ACTS_SHARE = 0.12
_FIRST_SHARE = 0.94
"""The rest of the orders is kept for steps that nobody came to at first."""

_CARELESS_ORDERS = 12
"""At least: four are killed over them, and every fifth answer is lost."""

WEB, WORKER = ("-m", "app.cli", "serve"), ("-m", "app.cli", "worker")
_CONTROL_FAULTS = {"lost_after": 0.2, "late": 0.2}
"""Often enough that even a few orders meet one: no careless engine comes through."""
CARELESS = ("-m", "bench.crash.careless_worker")


@dataclass(frozen=True, kw_only=True)
class Asked:
    orders: int
    kills: int
    seed: int
    control: bool = True
    erp: str = DEMO
    dialect: str = ""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """`quiet`: all work came to rest before the counting."""

    asked: Asked
    main: Tally
    control: Tally | None
    director: Director
    quiet: bool
    missed: list[str]
    unacknowledged: int
    seconds: float

    @property
    def good(self) -> bool:
        bad = self.main.lost or self.main.doubled or self.main.wrong or self.missed or self.unacknowledged
        return self.quiet and not bad and (self.control is None or self.control.doubled > 0)

    def shown(self) -> dict[str, Any]:
        d, asked, main = self.director, self.asked, self.main
        crew, servers = d.crew, d.stage.killed
        return {
            "erp": asked.erp,
            "seed": asked.seed,
            "profile": d.stage.env["PROFILE"],
            "kills": sum(crew.killed.values()) + sum(servers.values()),
            "killed": {**crew.killed, **servers},
            "steps": d.barrier.shown(STEP_NAMES),
            "steps_missed": self.missed,
            "orders": main.orders,
            "documents": main.documents,
            "lost": main.lost,
            "doubled": main.doubled,
            "wrong": main.wrong,
            "control_orders": self.control and self.control.orders,
            "control_doubled": self.control and self.control.doubled,
            "zombies": d.zombies,
            "overtaken": d.overtaken,
            "wipes": d.wipes,
            "fences": list(_FENCES) if asked.erp == DEMO else [fence_of(d.stage.shops[0])],
            "quiet": self.quiet,
            "unacknowledged": self.unacknowledged,
            "found": main.found[:40],
            "seconds": round(self.seconds, 1),
        }


async def run(asked: Asked, home: Path) -> Outcome:
    began = time.monotonic()
    shops = _shops(asked)
    careless = Shop(
        domain="careless.myshopify.com",
        erp=DemoErp(fence="none"),
        seed=asked.seed + 9,
        orders=max(_CARELESS_ORDERS, asked.orders // 20),
    )
    async with open_stage(home, [*shops, *([careless] if asked.control else [])]) as stage:
        joined, proof = stage.shops[: len(shops)], stage.shops[-1]
        barrier = Barrier()
        async with barrier.serve(home / "barrier.sock"):
            director, quiet, main = await _careful(asked, stage, joined, barrier)
            missed = _missed(asked, barrier)
            given_up = await unacknowledged(stage)
            say(f"counted: {main.lost} lost, {main.doubled} doubled, {main.wrong} wrong")
            doubled = await control(asked.seed, stage, proof) if asked.control else None
    return Outcome(
        asked=asked,
        main=main,
        control=doubled,
        director=director,
        quiet=quiet,
        missed=missed,
        unacknowledged=given_up,
        seconds=time.monotonic() - began,
    )


def fence_of(shop: Shop) -> str:
    """Of this connection: what its own form says of it goes before what its kind declares."""
    return HOSTS[shop.erp.host].borne(shop.erp.credentials).fence.value


def _shops(asked: Asked) -> list[Shop]:
    if asked.erp != DEMO:
        erp = SimulatedErp(host=asked.erp, dialect=asked.dialect)
        return [Shop(domain=f"{asked.erp}.myshopify.com", erp=erp, seed=asked.seed, orders=asked.orders)]
    each = -(-asked.orders // len(_FENCES))
    return [
        Shop(
            domain=f"{fence}.myshopify.com",
            erp=DemoErp(fence=fence),
            seed=asked.seed + n,
            orders=min(each, asked.orders - n * each),
        )
        for n, fence in enumerate(_FENCES)
    ]


async def _careful(
    asked: Asked, stage: Stage, shops: list[Shop], barrier: Barrier
) -> tuple[Director, bool, Tally]:
    crew = Crew(env=stage.env, logs=stage.home)
    director = Director(stage=stage, crew=crew, barrier=barrier, draw=random.Random(asked.seed))
    mishaps = script.mishaps(asked.seed, asked.kills)
    at_steps = [m for m in mishaps if m.at_step]
    instants = [m for m in mishaps if not m.at_step]
    late = instants[: round(len(mishaps) * _LAST_ACTS_SHARE)]
    first = [m for m in mishaps if not any(m is one for one in late)]
    try:
        crew.start("web", 2, (sys.executable, *WEB))
        await answers(stage)
        await asyncio.gather(*(join(stage, shop) for shop in shops))
        for shop in shops:
            await stage.faults(shop, FAULTS)
        crew.start("worker", 2, (sys.executable, *WORKER))
        say(
            f"{len(at_steps)} mishaps at steps, {len(instants)} at instants, {len(late)} of them in the second wave"
        )
        feed = _feeder(stage, shops)
        missed = await director.perform(first, feed=lambda share: feed(share * _FIRST_SHARE))
        await director.perform(missed, feed=lambda share: feed(_FIRST_SHARE + share * (1 - _FIRST_SHARE)))
        await feed(1.0)
        await director.all_awake()
        await rest(stage)
        acts = asyncio.gather(*(_second_wave(stage, shop) for shop in shops))
        await director.perform(late)
        await acts
        await director.all_awake()
        for shop in shops:
            await stage.faults(shop, {})
        quiet = await rest(stage)
        total = Tally()
        for shop in shops:
            total.add(await _counted(stage, shop))
        return director, quiet, total
    finally:
        await crew.end()


async def control(seed: int, stage: Stage, shop: Shop) -> Tally:
    """The same engine, orders and ERP, but it does not look before it sends."""
    crew = Crew(env=stage.env, logs=stage.home / "control")
    crew.logs.mkdir()
    barrier = Barrier()
    director = Director(stage=stage, crew=crew, barrier=barrier, draw=random.Random(seed))
    env = dict(stage.env) | {"CRASH_BARRIER": str(stage.home / "control.sock")}
    crew.env = env
    try:
        async with barrier.serve(stage.home / "control.sock"):
            crew.start("web", 1, (sys.executable, *WEB))
            await answers(stage)
            await join(stage, shop)
            await stage.faults(shop, _CONTROL_FAULTS, verbs=("create",))
            crew.start("worker", 2, (sys.executable, *CARELESS))
            await director.perform(script.careless(seed, 4), feed=_feeder(stage, [shop]))
            await rest(stage)
            return await _counted(stage, shop)
    finally:
        await crew.end()


def _feeder(stage: Stage, shops: list[Shop]) -> Callable[[float], Awaitable[None]]:
    """Places orders of every shop as the script goes on, so that there is always something to be killed over."""
    placed = {shop.domain: 0 for shop in shops}

    async def feed(share: float) -> None:
        for shop in shops:
            start, wanted = placed[shop.domain], round(shop.orders * share)
            if wanted > start:
                placed[shop.domain] = wanted
                part = {"from": start, "count": wanted - start}
                await stage.ask("POST", f"/control/plan/{shop.domain}/waves/1", part)

    return feed


async def _second_wave(stage: Stage, shop: Shop) -> None:
    """Captures, payments, edits and cancellations; and every third order is touched without anything being new."""
    plan = await stage.ask("GET", f"/control/plan/{shop.domain}")
    touched = [{"order": o["ref"], "act": "touch"} for o in plan["orders"][::3]]
    await stage.ask("POST", f"/control/plan/{shop.domain}/waves/2", {"per_second": 3})
    await stage.ask("POST", f"/control/shops/{shop.domain}/acts", {"acts": touched, "per_second": 10})


async def _counted(stage: Stage, shop: Shop) -> Tally:
    plan = await stage.ask("GET", f"/control/plan/{shop.domain}")
    orders = await stage.ask("GET", f"/control/shops/{shop.domain}/orders")
    return tally(plan["orders"], orders["orders"], await stage.documents(shop))


def _missed(asked: Asked, barrier: Barrier) -> list[str]:
    """Steps that were never reached; where the kills suffice for all, also those where nobody was killed."""
    owed = {m.target for m in script.mishaps(asked.seed, asked.kills) if m.what is script.What.KILL_AT}
    return [n for n in STEP_NAMES if not barrier.reached[n] or (n in owed and not barrier.killed[n])]
