"""The word `demo`: everything started, N mixed orders placed, all ends counted by a judge, everything stopped."""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import shutil
import sys
import tempfile
import time
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import click
import msgspec
from redis.asyncio import Redis

from app.cli import judge as judges
from app.cli.defects import defects
from app.cli.judge import Judge, open_judge
from app.cli.show import ProgressShown, print_result
from app.cli.stage import ROOT, ErpConfig, Stage, demo_environment, free_port, options, read_config
from app.cli.stocking import carry
from app.errors import Refused
from app.local import completed
from app.ports import Flow
from app.processes import Child, Supervisor, run
from app.registry import HOSTS

FLOWS = ("orders", "refunds", "customers", "products", "prices", "inventory", "fulfillments")
_DEFAULT = ("orders", "inventory")
WORKERS = 2
_CHANGES = {"customers": ("customers", "--on")}
"""Flows that are off until somebody turns them on."""
_BOTH_WAYS = ("fulfillments", "--owner", "either")
"""Beside an ERP that takes parcels, goods leave from the store as well."""
# Only a bound: whoever is stuck is told long before.
_SECONDS_AT_LEAST, _SECONDS_EACH, _SECONDS_A_FLOW = 780.0, 9.0, 180.0


@dataclass(frozen=True, kw_only=True)
class Chosen:
    orders: int
    skus: int
    seed: int
    erp: str
    erp_config: ErpConfig | None
    faults: str
    flows: tuple[str, ...] = _DEFAULT
    dialect: str = ""

    @property
    def stock(self) -> bool:
        return "inventory" in self.flows and self.no_stock is None

    @property
    def no_stock(self) -> str | None:
        """Why this ERP tells no stock, where it does not."""
        return HOSTS[self.erp].missing.get(Flow.INVENTORY)


@click.command()
@click.option("--once", is_flag=True, help="End when all is counted; else everything runs on until ctrl-C.")
@click.option("--orders", default=60, show_default=True, type=click.IntRange(1, 20_000))
@click.option("--skus", default=80, show_default=True, type=click.IntRange(2, 20_000))
@click.option("--seed", default=7, show_default=True)
@click.option(
    "--flows", default=",".join(_DEFAULT), show_default=True, help="Which flows, separated by commas, or all."
)
@click.option("--erp", default="memory", show_default=True, type=click.Choice(sorted(HOSTS)))
@click.option(
    "--erp-config", type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="JSON of host, credentials, mapping and options: an ERP server that already runs.",
)  # fmt: skip
@click.option(
    "--dialect", default="", help="Which wire format the simulated ERP speaks, where it has several."
)
@click.option("--faults", default="none", show_default=True, type=click.Choice(["none", "default"]))
@click.option("--json", "as_json", is_flag=True, help="Stdout is one JSON object, everything else is stderr.")
def demo(
    once: bool, orders: int, skus: int, seed: int, flows: str, erp: str, erp_config: Path | None, dialect: str, faults: str,
    as_json: bool,
) -> None:  # fmt: skip
    """Carries mixed orders from a simulated Shopify to an ERP, and its stock back, and counts how each one ended.

    The demo's databases run without fsync: they are thrown away.
    """
    wanted = FLOWS if flows == "all" else tuple(filter(None, flows.split(",")))
    unknown = set(wanted) - set(FLOWS)
    if unknown:
        raise Refused("demo.flow_unknown", f"These flows are not built: {', '.join(sorted(unknown))}.")
    config = read_config(erp_config) if erp_config else None
    chosen = Chosen(
        orders=orders, skus=skus, seed=seed, erp=config.host if config else erp, erp_config=config, faults=faults,
        flows=wanted, dialect=dialect,
    )  # fmt: skip
    outcome = Outcome()
    with _home() as home, completed(demo_environment(os.environ), home, durable=False) as environment:
        run(_demo(chosen, environment, home, outcome, once=once, as_json=as_json))
        if not outcome.clean:
            kept = shutil.copytree(home / "logs", Path(tempfile.mkdtemp(prefix="stockbridge-demo-")) / "logs")
            click.echo(f"The logs of this run are in {kept}.", err=True)
    sys.exit(0 if outcome.clean else 1)


@dataclass(kw_only=True)
class Outcome:
    """Known once everything is counted, also to a demo that is ended later by ctrl-C."""

    clean: bool = False


async def _demo(
    chosen: Chosen, environment: dict[str, str], home: Path, outcome: Outcome, *, once: bool, as_json: bool
) -> None:
    with ProgressShown() as shown:
        async with Supervisor(shown.said) as supervisor:
            stage = Stage(
                supervisor=supervisor,
                environment=environment,
                home=home,
                port=free_port(),
                # A name that no earlier demo left in an ERP that runs on.
                shop=f"demo{secrets.token_hex(4)}.myshopify.com",
            )
            result = await Demo(stage=stage, chosen=chosen, shown=shown).run()
            shown.end()
            outcome.clean = result.clean
            print_result(result.result, as_json=as_json)
            if once:
                shown.stage("stopping everything")
            if not once:
                click.echo(f"The app stays at {stage.app}; ctrl-C ends everything.", err=True)
                await asyncio.Event().wait()


@dataclass(frozen=True, kw_only=True)
class Demo:
    stage: Stage
    chosen: Chosen
    shown: ProgressShown

    async def run(self) -> judges.Result:
        began, stage, chosen = time.monotonic(), self.stage, self.chosen
        self.shown.stage("starting the simulated Shopify")
        shopify = await stage.open_store(seed=chosen.seed)
        await stage.migrate()
        words = options(
            shopify=shopify, app=stage.app, toml=ROOT / "shopify.app.toml", shop=stage.shop, erp=chosen.erp,
            seed=chosen.seed, orders=chosen.orders, skus=chosen.skus, flows=",".join(chosen.flows),
        )  # fmt: skip
        async with open_judge(judge_child(stage, *words)) as judge:
            planned = await judge.until(judges.Planned)
            stage.environment.update(planned.pace.timings)
            self.shown.stage(f"starting the ERP ({chosen.erp})")
            erp = await self._erp(planned)
            proxy, told = await stage.open_proxy(erp) if chosen.faults != "none" else (None, erp)
            stage.allow(told)
            self.shown.stage("starting web and workers, connecting the shop")
            await stage.open_web()
            await judge.ask("install", stock=chosen.stock)
            await judge.until(judges.Installed)
            await stage.open_workers(WORKERS)
            await stage.connect(told, changes=flow_changes(chosen.flows, both_ways=planned.both_ways))
            result = await self._judged(judge, planned, erp, proxy)
        broken = defects(stage.home / "logs")
        result = msgspec.structs.replace(result, clean=result.clean and not broken)
        result.result["defects"] = list(broken)
        result.result["seconds"] = round(time.monotonic() - began, 1)
        return result

    async def _erp(self, planned: judges.Planned) -> ErpConfig:
        if self.chosen.erp_config is not None:
            given = self.chosen.erp_config
            return msgspec.structs.replace(
                given, mapping=given.mapping or planned.mapping, options=given.options or planned.options
            )
        return await self.stage.open_erp(self.chosen.erp, planned, dialect=self.chosen.dialect)

    async def _judged(
        self, judge: Judge, planned: judges.Planned, erp: ErpConfig, proxy: str | None
    ) -> judges.Result:
        chosen, pace = self.chosen, planned.pace
        await judge.ask(
            "run", host=erp.host, credentials=erp.credentials, through="api" if chosen.erp_config else "doors", proxy=proxy,
            faults=chosen.faults,
            per_second=pace.per_second, late_most=pace.late_most, stock=chosen.stock,
            token=await self.stage.token(), seconds=self._bound(),
        )  # fmt: skip
        settings = {"stock": planned.stock} if chosen.stock else {}
        settings |= {"prices": planned.prices} if "prices" in chosen.flows else {}
        carried = asyncio.gather(*(carry(self.stage, word, each) for word, each in settings.items()))
        result, _ = await asyncio.gather(self._followed(judge, pace), carried)
        return result

    def _bound(self) -> float:
        """Each flow beside orders and stock has its turn once these have ended."""
        orders = max(_SECONDS_AT_LEAST, self.chosen.orders * _SECONDS_EACH)
        return orders + _SECONDS_A_FLOW * len(set(self.chosen.flows) - set(_DEFAULT))

    async def _followed(self, judge: Judge, pace: judges.Pace) -> judges.Result:
        chosen, kills = self.chosen, 0
        async for event in judge.events():
            match event:
                case judges.Progress():
                    self.shown.progress(event.stage, event.done, event.total)
                case judges.Halfway() if chosen.faults != "none":
                    kills += 1
                    await self._accident()
                case judges.Stuck():
                    self.shown.warn("nothing moves any more:", *event.orders)
                case judges.Result():
                    return self._complete(event, pace, kills)
                case _:
                    pass
        raise AssertionError("the judge's events end with an error")

    async def _accident(self) -> None:
        """One worker dies without a word, and Redis forgets everything."""
        self.shown.warn("killing a worker and wiping Valkey")
        self.stage.supervisor.kill("worker-1")
        client: Redis = Redis.from_url(self.stage.environment["REDIS_URL"])
        try:
            await client.flushall()
        finally:
            await client.aclose()

    def _complete(self, event: judges.Result, pace: judges.Pace, kills: int) -> judges.Result:
        flows = event.result.get("flows", list(self.chosen.flows))
        if isinstance(flows, dict) and "inventory" in self.chosen.flows and self.chosen.no_stock is not None:
            flows = {**flows, "inventory": {"unavailable": self.chosen.no_stock}}
        about: judges.JsonObject = {
            "profile": self.stage.environment["PROFILE"],
            "timings": dict(pace.timings),
            "fsync": False,
            "seed": self.chosen.seed,
            "skus": self.chosen.skus,
            "flows": flows,
            "erp": self.chosen.erp,
            "faults": self.chosen.faults,
            "workers_killed": kills,
            "valkey_wiped": kills,
        }
        whole: judges.JsonObject = {**event.result, **about, **event.details}
        return msgspec.structs.replace(event, result=whole)


def flow_changes(flows: Collection[str], *, both_ways: bool) -> list[Sequence[str]]:
    """What is said about flows before the connection goes live."""
    asked: list[Sequence[str]] = [change for flow, change in _CHANGES.items() if flow in flows]
    return [*asked, *([_BOTH_WAYS] if both_ways and "fulfillments" in flows else [])]


def judge_child(stage: Stage, *words: str) -> Child:
    """The judge sees the store, the ERP and the app from outside; the app's credentials are the store's too."""
    child = stage.outsider("judge", "sandbox.demo", *words)
    known = {name: stage.environment[name] for name in ("SHOPIFY_API_KEY", "SHOPIFY_API_SECRET")}
    return replace(child, environment={**child.environment, **known})


@contextlib.contextmanager
def _home() -> Iterator[Path]:
    """A short path that the servers' own account may pass through; gone at the end."""
    home = Path(tempfile.mkdtemp(prefix="stockbridge-"))
    home.chmod(0o755)
    try:
        yield home
    finally:
        shutil.rmtree(home, ignore_errors=True)


WORDS = (demo,)
