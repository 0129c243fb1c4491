"""All seven flows and the alerts under every mishap: a demo with all flows, its processes and servers killed throughout.

What the demo does at its end, the counting by a judge outside, is done here after everything has come to rest.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import sys
import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import httpx

from app.cli import judge as judges
from app.cli.demo import FLOWS, flow_changes, judge_child
from app.cli.judge import Judge, open_judge
from app.cli.stage import Stage as DemoStage
from app.cli.stage import demo_environment, options
from app.cli.stocking import carry
from app.embedded import EmbeddedPostgres, EmbeddedValkey
from app.errors import Refused
from app.processes import Supervisor
from app.steps.points import ALL_STEP_NAMES
from bench.children import ROOT
from bench.crash import run as orders
from bench.crash.barrier import Barrier
from bench.crash.crew import Crew
from bench.crash.director import Director
from bench.crash.erps import DEMO, DemoErp
from bench.crash.hearing import Hearing, hearing
from bench.crash.hunt import Hunt, owed
from bench.crash.patience import say
from bench.crash.stage import Shop, Stage, open_stage, surroundings
from bench.crash.tally import Tally

_SHOP = "everything.myshopify.com"
_ORDERS_SECONDS = 150.0
"""Over so long the orders of the plan are placed, so that there are always some to be killed over."""
_MOST_SECONDS = 1_380.0
_NO_RECONCILIATION = 86_400
_TRUST = 240
_OLDEST_PLAN = 330.0
"""A plan is written up to five minutes after the ERP was asked, however often those die who write it."""
_TRADE = {"corrections": [], "reading_seconds": _OLDEST_PLAN, "stuck_after": 1.6 * _TRUST}
_LINKS_BY_FILE, _LOADS_BY_FILE, _PRICES_BY_FILE = 1, 8, 20
"""So small a shop's links, first stock and first prices go by file all the same; what changes later goes by calls."""
_TEST_EVERY = 40.0


@dataclass(frozen=True, kw_only=True)
class Asked:
    orders: int
    skus: int
    kills: int
    seed: int
    control: bool = True
    erp: str = DEMO
    dialect: str = ""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """`result` is the judge's; `alerts` maps each message that was promised to how often it was taken."""

    asked: Asked
    result: Mapping[str, Any]
    details: Mapping[str, Any]
    clean: bool
    alerts: Mapping[str, int]
    control: Tally | None
    director: Director
    missed: list[str]
    kills: int
    seconds: float

    @property
    def good(self) -> bool:
        enough = self.kills >= self.asked.kills and not self.missed
        told = bool(self.alerts) and all(self.alerts.values())
        return self.clean and enough and told and (self.control is None or self.control.doubled > 0)

    def shown(self) -> dict[str, Any]:
        d, flows = self.director, self.result["flows"]
        return {
            "flow": "all",
            "erp": self.asked.erp,
            "seed": self.asked.seed,
            "profile": d.stage.env["PROFILE"],
            "kills": self.kills,
            "killed": {**d.crew.killed, **d.stage.killed},
            "steps": d.barrier.shown(ALL_STEP_NAMES),
            "steps_missed": self.missed,
            "orders": self.result["orders_placed"],
            "lost": _sum(flows, "missing"),
            "doubled": _sum(flows, "duplicates") + int(self.result["oversold"]),
            "wrong": _sum(flows, "wrong") - int(self.result["oversold"]),
            "held_unexpected": sum(len(each.get("held_unexpected", ())) for each in flows.values()),
            "flows": flows,
            "alerts": len(self.alerts),
            "alerts_lost": sum(not times for times in self.alerts.values()),
            "alerts_twice": sum(times > 1 for times in self.alerts.values()),
            "control_orders": self.control and self.control.orders,
            "control_doubled": self.control and self.control.doubled,
            "zombies": d.zombies,
            "overtaken": d.overtaken,
            "wipes": d.wipes,
            "found": [str(each) for each in _open(self.details)][:60],
            "seconds": round(self.seconds, 1),
        }


def _sum(flows: Mapping[str, Any], name: str) -> int:
    return sum(int(each.get(name, 0)) for each in flows.values())


def _open(details: Mapping[str, Any]) -> list[object]:
    """What the judge has to say against the flows."""
    found = [
        *details.get("against_plan", ()),
        *details.get("differences", ()),
        *details.get("levels_differing", ()),
        *details.get("oversales", ()),
    ]
    return [*found, *(each for against in details.get("against_the_flows", {}).values() for each in against)]


async def run(asked: Asked, home: Path) -> Outcome:
    began = time.monotonic()
    barrier = Barrier()
    async with barrier.serve(home / "barrier.sock"), hearing() as ear:
        with (
            EmbeddedPostgres(home / "postgres", durable=True) as postgres,
            EmbeddedValkey(home / "valkey") as valkey,
        ):
            found = await _played(asked, home, barrier, ear, postgres, valkey)
    result, director, alerts = found
    say(f"counted: {'clean' if result.clean else 'not clean'}; now the control")
    (home / "careless").mkdir()
    control = await _control(asked, home / "careless") if asked.control else None
    kills = sum(director.crew.killed.values()) + sum(director.stage.killed.values())
    return Outcome(
        asked=asked,
        result=result.result,
        details=result.details,
        clean=result.clean,
        alerts=alerts,
        control=control,
        director=director,
        missed=[name for name in ALL_STEP_NAMES if not barrier.reached[name]],
        kills=kills,
        seconds=time.monotonic() - began,
    )


async def _control(asked: Asked, home: Path) -> Tally:
    """The same engine with orders, but it does not look before it sends."""
    shop = Shop(domain="careless.myshopify.com", erp=DemoErp(fence="none"), seed=asked.seed + 9, orders=24)
    async with open_stage(home, [shop]) as stage:
        return await orders.control(asked.seed, stage, stage.shops[0])


async def _played(
    asked: Asked,
    home: Path,
    barrier: Barrier,
    ear: Hearing,
    postgres: EmbeddedPostgres,
    valkey: EmbeddedValkey,
) -> tuple[judges.Result, Director, Mapping[str, int]]:
    environment = _environment(home, postgres, valkey)
    (home / "logs").mkdir()
    async with Supervisor(lambda name, said: say(f"{name} {said}")) as supervisor:
        demo = DemoStage(
            supervisor=supervisor,
            environment=environment,
            home=home,
            port=int(environment["PORT"]),
            shop=_SHOP,
        )
        shopify = await demo.open_store(seed=asked.seed, retry_base=0.3)
        await demo.migrate()
        words = options(
            shopify=shopify, app=demo.app, toml=ROOT / "shopify.app.toml", shop=demo.shop, erp=asked.erp,
            seed=asked.seed, orders=asked.orders, skus=asked.skus, flows=",".join(FLOWS),
        )  # fmt: skip
        async with (
            open_judge(judge_child(demo, *words)) as judge,
            httpx.AsyncClient(timeout=httpx.Timeout(600, connect=10), trust_env=False) as http,
        ):
            stage = Stage(
                home=home,
                env=environment,
                postgres=postgres,
                valkey=valkey,
                shopify=shopify,
                http=http,
                shops=[],
            )
            crew = Crew(env=environment, logs=home / "logs")
            draw = random.Random(asked.seed)
            director = Director(stage=stage, crew=crew, barrier=barrier, draw=draw)
            try:
                result = await _acted(asked, demo, judge, director, ear)
                return result, director, await _heard(stage, ear)
            finally:
                await crew.end()


def _environment(home: Path, postgres: EmbeddedPostgres, valkey: EmbeddedValkey) -> dict[str, str]:
    return {
        **demo_environment(os.environ),
        # It would heal what was lost after its 200.
        "TIMING_RECONCILE_EVERY": str(_NO_RECONCILIATION),
        # A sale whose order is late must not pass for a person's correction while everything is dead for a while.
        "TIMING_STOCK_TRUST": str(_TRUST),
        "BULK_LINK_FROM": str(_LINKS_BY_FILE),
        "BULK_LOAD_FROM": str(_LOADS_BY_FILE),
        "PRICE_BULK_FROM": str(_PRICES_BY_FILE),
        **surroundings(home, postgres, valkey),
    }


async def _acted(
    asked: Asked, demo: DemoStage, judge: Judge, director: Director, ear: Hearing
) -> judges.Result:
    planned = await judge.until(judges.Planned)
    erp = await demo.open_erp(asked.erp, planned, dialect=asked.dialect)
    proxy, told = await demo.open_proxy(erp)
    demo.allow(told)
    demo.environment["ALLOWED_PRIVATE_ENDPOINTS"] += f",{ear.netloc}"
    crew = director.crew
    crew.env = demo.environment
    crew.start("web", 2, (sys.executable, *orders.WEB))
    await judge.ask("install", stock=True)
    await judge.until(judges.Installed)
    crew.start("worker", 2, (sys.executable, *orders.WORKER))
    await demo.connect(told, changes=flow_changes(FLOWS, both_ways=planned.both_ways))
    await demo.say("alerts", "add", *options(shop=demo.shop, webhook=ear.address))
    await judge.ask(
        "run", host=erp.host, credentials=erp.credentials, through="doors", proxy=proxy, faults="none", waits=True,
        per_second=round(asked.orders / _ORDERS_SECONDS, 3), late_most=planned.pace.late_most, stock=True,
        token=await demo.token(), seconds=_MOST_SECONDS, trade=_TRADE,
    )  # fmt: skip
    async with _beside(_tests(demo)):
        return await _hunted(asked, demo, judge, director, {"stock": planned.stock, "prices": planned.prices})


async def _hunted(
    asked: Asked,
    demo: DemoStage,
    judge: Judge,
    director: Director,
    settings: Mapping[str, Mapping[str, object]],
) -> judges.Result:
    """Strikes from the first set-up on until all has happened; then whoever stands still wakes up, and it is counted."""
    hunt = Hunt(director=director, draw=random.Random(asked.seed + 1), owed=owed(asked.seed, asked.kills))
    last = ""
    async with contextlib.AsyncExitStack() as stack:
        await stack.enter_async_context(_beside(_set_up(demo, settings, hunt)))
        hunting = await stack.enter_async_context(_beside(hunt.go()))
        async for event in judge.events():
            match event:
                case judges.Progress():
                    if event.stage != last:
                        say(f"{event.stage}: {event.done} of {event.total}; {hunt.told()}")
                        last = event.stage
                case judges.Stuck():
                    say("nothing moves any more: " + "; ".join(event.orders))
                case judges.Happened():
                    hunting.cancel()
                    await asyncio.gather(hunting, return_exceptions=True)
                    say(f"all has happened; {hunt.told()}")
                    await director.all_awake()
                    await judge.ask("count")
                case judges.Result():
                    return event
                case _:
                    pass
    raise AssertionError("the judge's events end with an error")


async def _set_up(demo: DemoStage, settings: Mapping[str, Mapping[str, object]], hunt: Hunt) -> None:
    """Stock and prices as an operator turns them on, whose words may die as well; then they are said again."""
    for word, wanted in settings.items():
        while True:
            try:
                await carry(demo, word, wanted)
                break
            except Refused as refused:
                say(f"{word}: {refused.sentence[-300:]}")
    hunt.instants = True
    say("stock and prices are set up")


async def _tests(demo: DemoStage) -> None:
    """Someone presses the button of the alerts now and then; what is written down is owed to the receiver."""
    while True:
        with contextlib.suppress(Refused):
            await demo.say("alerts", "test", *options(shop=demo.shop))
        await asyncio.sleep(_TEST_EVERY)


async def _heard(stage: Stage, ear: Hearing) -> Mapping[str, int]:
    """How often each message that was promised was taken; it is waited for what is still under way."""
    deadline = time.monotonic() + 120
    while True:
        with contextlib.suppress(OSError, asyncpg.PostgresError, TimeoutError):
            rows = await stage.rows("SELECT id, state FROM notification")
            if time.monotonic() > deadline or all(row["state"] == "done" for row in rows):
                return {str(row["id"]): ear.taken[str(row["id"])] for row in rows}
        await asyncio.sleep(1)


@contextlib.asynccontextmanager
async def _beside(coroutine: Any) -> AsyncIterator[asyncio.Task[None]]:
    """Goes on beside the block and is over with it; what went wrong in it is not passed over."""
    task: asyncio.Task[None] = asyncio.ensure_future(coroutine)
    try:
        yield task
        if task.done() and not task.cancelled():
            task.result()
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
