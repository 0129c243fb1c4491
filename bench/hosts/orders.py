"""Orders of known customers in a backlog, from the simulated store to a simulated ERP, by the product as it runs."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from app.registry import HOSTS
from bench.children import BenchError
from bench.crash.crew import Crew
from bench.crash.erps import SimulatedErp
from bench.crash.patience import answers, rest, say
from bench.crash.run import WEB, WORKER
from bench.crash.stage import Shop, Stage, join, open_stage
from bench.hosts.judging import Row, Sample, per_order, used
from bench.hosts.lists import calls_of_lists
from sandbox.draw import Draw

PAID, UNPAID = "invoiced_order", "sales_order"
_CUSTOMERS = 40
_LOOK_EVERY = 0.25
_MOST_SECONDS = 1_800.0
_FAR = "86400"
_QUIET = {"TIMING_RECONCILE_EVERY": _FAR, "TIMING_LISTEN_EVERY": _FAR, "TIMING_DEADLINE": "40"}
"""What is asked for by the clock is no order's; and nobody is to hang up on an ERP that takes its time."""


async def measured(erp: str, home: Path, *, dialect: str, orders: int, latency_ms: int, seed: int) -> Row:
    shops = [
        Shop(
            domain=f"{document.replace('_', '-')}.myshopify.com",
            erp=SimulatedErp(
                host=erp, dialect=dialect, latency_ms=latency_ms, chosen={"paid_document": document}
            ),
            seed=seed,
            orders=1,
        )
        for document in (UNPAID, PAID)
    ]
    async with open_stage(home, shops) as stage:
        stage.env.pop("CRASH_BARRIER")
        stage.env.update(_QUIET)
        crew = Crew(env=stage.env, logs=home)
        try:
            crew.start("web", 1, (sys.executable, *WEB))
            await answers(stage)
            for shop in shops:
                await join(stage, shop)
            crew.start("worker", 2, (sys.executable, *WORKER))
            plain = await _backlog(stage, shops[0], orders, seed, paid=False)
            posted = await _backlog(stage, shops[1], orders, seed, paid=True)
        finally:
            await crew.end()
        lists = await calls_of_lists(SimulatedErp(host=erp, dialect=dialect), home, stage.env)
    ours = HOSTS[erp].borne(shops[0].erp.credentials).concurrency
    allowed = min(ours, plain["limit"] or ours)
    return Row(
        erp=erp,
        plain=plain["calls"],
        posted=posted["calls"],
        lists=lists,
        allowed=allowed,
        used=used(plain["samples"], allowed),
        over_limit=plain["over_limit"] + posted["over_limit"],
        missing=plain["missing"] + posted["missing"],
    )


async def _backlog(stage: Stage, shop: Shop, orders: int, seed: int, *, paid: bool) -> dict[str, Any]:
    """First one order of each customer, then all the others at once."""
    described = await _described(stage, shop, orders + _CUSTOMERS, seed, paid=paid)
    await _placed(stage, shop, described[:_CUSTOMERS])
    before = await shop.erp.state(stage.http)
    say(f"{shop.erp.host}: {_CUSTOMERS} customers are known, {orders} orders come at once")
    samples: list[Sample] = []
    watching = asyncio.ensure_future(_watch(stage, shop, samples))
    try:
        await _placed(stage, shop, described[_CUSTOMERS:])
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
    after = await shop.erp.state(stage.http)
    real = sum(row["status"] == "posted" for row in await shop.erp.documents(stage.http))
    return {
        "calls": per_order(before["by_verb"], after["by_verb"], orders),
        "limit": after["at_once"],
        "over_limit": after["over_limit"] - before["over_limit"],
        "missing": max(0, len(described) - real),
        "samples": samples,
    }


async def _described(
    stage: Stage, shop: Shop, count: int, seed: int, *, paid: bool
) -> list[Mapping[str, Any]]:
    """One line each, by a few customers in turn, who are known with the address that they have."""
    plan = await stage.ask("GET", f"/control/plan/{shop.domain}")
    draw = Draw(seed, [item for item in plan["erp_items"] if item["sku"].startswith("SKU-")])
    buyers = [draw.buyer(draw.address()) | {"email": f"buyer{n}@example.com"} for n in range(_CUSTOMERS)]
    money: dict[str, Any] = {} if paid else {"transactions": []}
    return [_at_home(draw, buyers[n % _CUSTOMERS]) | money for n in range(count)]


def _at_home(draw: Draw, buyer: Mapping[str, Any]) -> Mapping[str, Any]:
    place = buyer["address"]
    return draw.order(lines=draw.lines(1, 1), customer=buyer, shipping_address=place, billing_address=place)


async def _placed(stage: Stage, shop: Shop, described: list[Mapping[str, Any]]) -> None:
    """Until each has its end."""
    await stage.ask("POST", f"/control/shops/{shop.domain}/orders", {"orders": described})
    if not await rest(stage, within=_MOST_SECONDS):
        raise BenchError("the orders never came to rest")


async def _watch(stage: Stage, shop: Shop, samples: list[Sample]) -> None:
    while True:
        state = await shop.erp.state(stage.http)
        samples.append(Sample(at=time.monotonic(), calls=state["calls"], busy=state["busy"]))
        await asyncio.sleep(_LOOK_EVERY)
