"""What the stock bench stands on: a simulated shop and a demo ERP with as many levels, joined, linked and at rest."""

from __future__ import annotations

import asyncio
import json
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

import asyncpg
import httpx

from bench.children import ROOT, START_SECONDS, BenchError, Child, child, free_port, wait_until_answers
from bench.ground import Ground
from bench.stock.judging import Call, call_of
from bench.stock.words import SHOP

KEY = "demo-key"
PLACES = {"North": "N1", "South": "S1"}
"""The shop's locations, and the warehouse that feeds each."""

STANDARD = {"maximum": 2_000, "restore_rate": 100}
FLOOR = 400.0
"""What the stock lane leaves in a Standard shop's bucket: a fifth."""

ANSWER_SECONDS = 0.4
PATIENCE = 900.0
_GENEROUS = {"maximum": 1_000_000, "restore_rate": 1_000_000}
_AT_ONCE = 5_000
_OF_A_PRODUCT = 50
_SPECIAL = ("gift_card", "tip", "duty", "fee", "shipping", "custom", "rounding")


@dataclass(kw_only=True)
class StockFloor:
    """`physical`: what lies in each warehouse, by item and warehouse; the shop must show the same in the end."""

    ground: Ground
    env: Mapping[str, str]
    shopify: str
    erp: str
    http: httpx.Client
    eye: Eye
    levels: int
    physical: dict[tuple[str, str], int] = field(default_factory=dict)
    flow: str = "inventory"

    # --- the two sides -------------------------------------------------------------------------------------------

    def ask(self, method: str, path: str, body: object = None) -> Any:
        answer = self.http.request(method, self.shopify + path, json=body)
        if answer.is_error:
            raise BenchError(f"{path}: {answer.text[:300]}")
        return answer.json()

    def count_anew(self, chosen: Sequence[tuple[str, str]]) -> None:
        """So many come to lie there, in the ERP."""
        for start in range(0, len(chosen), _AT_ONCE):
            shelves = [
                {"item": item, "warehouse": place, "physical": str(self.physical[item, place])}
                for item, place in chosen[start : start + _AT_ONCE]
            ]
            put = self.http.put(
                f"{self.erp}/control/stock",
                headers={"authorization": f"Bearer {KEY}"},
                json={"shelves": shelves},
            )
            put.raise_for_status()

    def change(self, share: float, *, seed: int) -> int:
        """Lets this share of the levels move by one in the ERP, none to zero; answers with how many did."""
        chosen = random.Random(seed).sample(sorted(self.physical), max(1, round(share * self.levels)))
        for each in chosen:
            self.physical[each] += 1
        self.count_anew(sorted(chosen))
        return len(chosen)

    def shown(self) -> dict[tuple[str, str], int]:
        """What the shop shows, by item and the warehouse behind its location."""
        found: dict[tuple[str, str], int] = {}
        after: int | None = 0
        while after is not None:
            page = self.ask("GET", f"/control/shops/{SHOP}/stock?after={after}&limit={_AT_ONCE}")
            for row in page["levels"]:
                found[row["sku"], PLACES[row["location"]]] = row["available"]
            after = page["next"]
        return found

    def wrong(self) -> int:
        shown = self.shown()
        return sum(shown.get(key) != quantity for key, quantity in self.physical.items())

    def standard(self) -> None:
        """A Standard shop's bucket, and answers that take as long as a real shop's."""
        self.ask("PATCH", f"/control/shops/{SHOP}", {"bucket": STANDARD})
        self.ask("PATCH", "/control/faults", {"api_slow": 1.0, "api_slow_seconds": ANSWER_SECONDS})
        self.forget_bucket()

    def generous(self) -> None:
        """For preparing only: points without end, answers at once."""
        self.ask("PATCH", f"/control/shops/{SHOP}", {"bucket": _GENEROUS})
        self.ask("PATCH", "/control/faults", {"api_slow": 0.0})
        self.forget_bucket()

    def at_the_floor(self) -> None:
        """The bucket holds what the stock lane leaves to others, and the workers know nothing of it."""
        self.ask("PATCH", f"/control/shops/{SHOP}", {"bucket": {**STANDARD, "level": FLOOR}})
        self.forget_bucket()

    def forget_bucket(self) -> None:
        asyncio.run(_wiped(str(self.ground.valkey.socket)))

    def ledger(self, *, since: float) -> list[Call]:
        """Every call that arrived since; each is in the book when its answer is out."""
        rows = self.ask("GET", f"/control/ledger?shop={SHOP}&rows=1000000")["rows"]
        return [call_of(row) for row in rows if row["at"] >= since and row["requested"]]

    # --- ours ----------------------------------------------------------------------------------------------------

    @contextmanager
    def worker(self) -> Iterator[Child]:
        """A worker process of its own, once it beats."""
        self.rows("DELETE FROM worker_beat")
        with child(ours("worker"), env=self.env, log=self.ground.home / "worker.log") as process:
            deadline = time.monotonic() + START_SECONDS
            while not self.rows("SELECT 1 FROM worker_beat"):
                if time.monotonic() > deadline or process.process.poll() is not None:
                    raise BenchError(f"the worker does not begin: {process.said()}")
                time.sleep(0.1)
            yield process

    def say(self, *words: str) -> str:
        done = subprocess.run(
            ours(*words), cwd=ROOT, env=dict(self.env), capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise BenchError(f"`stockbridge {' '.join(words[:2])}` failed: {done.stderr[-900:]}")
        return done.stdout

    def rows(self, sql: str, *values: object) -> list[asyncpg.Record]:
        return self.eye.rows(sql, *values)

    def newest(self) -> UUID | None:
        """The newest run."""
        found = self.rows("SELECT id FROM run WHERE flow = $1 ORDER BY started_at DESC LIMIT 1", self.flow)
        return found[0]["id"] if found else None

    def until(
        self, state: str, *, after: UUID | None = None, only: UUID | None = None, of: Child | None = None
    ) -> asyncpg.Record:
        """Waits for a run to be in this state, its plan complete: this one, or any but the known one."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline and (of is None or of.process.poll() is None):
            found = self.rows(
                "SELECT * FROM run WHERE flow = $3 AND id IS DISTINCT FROM $1 AND id = coalesce($2, id)"
                " AND checkpoint IS NOT NULL ORDER BY started_at DESC LIMIT 1",
                after,
                only,
                self.flow,
            )
            if found and found[0]["state"] == state:
                return found[0]
            time.sleep(0.1)
        raise BenchError(f"no run was {state} within {PATIENCE:.0f} s: {of.said() if of else ''}")

    def until_rest(self, *, of: Child) -> None:
        """Until the connection's turn is over: the next one comes with the schedule, in ten minutes."""
        deadline = time.monotonic() + PATIENCE
        rest = (
            f"SELECT 1 FROM schedule WHERE flow = '{self.flow}' AND due_at > now() + interval '9 minutes'"
            " AND turn_until < now()"
        )
        while not self.rows(rest):
            if time.monotonic() > deadline or of.process.poll() is not None:
                raise BenchError(f"the turn does not end: {of.said()}")
            time.sleep(0.1)


F = TypeVar("F", bound=StockFloor)


async def _wiped(socket: str) -> None:
    reader, writer = await asyncio.open_unix_connection(socket)
    writer.write(b"FLUSHALL\r\n")
    await writer.drain()
    await reader.readline()
    writer.close()


class Eye:
    """One connection that stays: what is waited for is looked for ten times a second."""

    def __init__(self, owner: str) -> None:
        self._runner = asyncio.Runner()
        self._connection = self._runner.run(asyncpg.connect(owner))

    def rows(self, sql: str, *values: object) -> list[asyncpg.Record]:
        found: list[asyncpg.Record] = self._runner.run(self._connection.fetch(sql, *values))
        return found

    def close(self) -> None:
        self._runner.run(self._connection.close())
        self._runner.close()


@contextmanager
def stock_floor(ground: Ground, *, levels: int, seed: int, by_files: bool) -> Iterator[StockFloor]:
    """Both sides running, connected, live, linked, and the first plan of every level made: it waits for approval."""
    env = chosen_settings(by_files=by_files)
    with standing(ground, partial(StockFloor, levels=levels), partial(_furnish, seed=seed), env=env) as made:
        _link(made, ground.home)
        yield made


@contextmanager
def standing(
    ground: Ground, make: Callable[..., F], furnish: Callable[[F], None], *, env: Mapping[str, str]
) -> Iterator[F]:
    """Both sides running and furnished, our web process, and the shop connected and live."""
    home, port = ground.home, free_port()
    outside = {name: value for name, value in ground.environment.items() if not name.startswith("SHOPIFY_")}
    sandbox = [sys.executable, "-m", "sandbox", "--port", "0"]
    erp = [sys.executable, "-m", "app.hosts.memory", "--port", "0", "--control", "--key", KEY]
    erp += ["--latency-ms", "50", "--state", str(home / "erp.db")]
    with (
        child(sandbox, env=outside, log=home / "sandbox.log") as store,
        child(erp, env=outside, log=home / "erp.log") as books,
        httpx.Client(timeout=600, trust_env=False) as http,
        closing(Eye(ground.owner)) as eye,
    ):
        shopify, host = address(store), address(books)
        ours_only = {
            **ground.environment,
            "PORT": str(port),
            "APP_URL": f"http://127.0.0.1:{port}",
            "SHOPIFY_ADDRESS": shopify + "/shops/{shop}",
            "ALLOWED_PRIVATE_ENDPOINTS": host.split("//")[1],
            **env,
        }
        made = make(ground=ground, env=ours_only, shopify=shopify, erp=host, http=http, eye=eye)
        furnish(made)
        with child(ours("serve"), env=ours_only, log=home / "serve.log") as web:
            wait_until_answers(f"http://127.0.0.1:{port}/healthz", of=web)
            open_shop(made, home)
            yield made


def chosen_settings(*, by_files: bool) -> Mapping[str, str]:
    """`by_files`: a first load is written as in production, where a large one goes by bulk operations."""
    return {
        "PROFILE": "standard",
        # What else would spend points while the push is measured.
        "TIMING_RECONCILE_EVERY": "86400",
        "TIMING_STOCK_SWEEP": "86400",
        **({} if by_files else {"BULK_LOAD_FROM": "1000000000"}),
    }


def declare(made: StockFloor, *, muted: Sequence[str]) -> dict[str, Any]:
    """Tells the store of our app and makes the shop. The echoes of what we write are webhooks; how fast those are taken is

    what `ingest` measures. Answers with how the shop is spoken of.
    """
    ask = made.ask
    app = {
        "client_id": made.env["SHOPIFY_API_KEY"],
        "client_secret": made.env["SHOPIFY_API_SECRET"],
        "url": made.env["APP_URL"],
    }
    ask("PUT", "/control/app", {**app, "toml": str(ROOT / "shopify.app.toml")})
    shop = {"shop": SHOP, "muted": list(muted)}
    ask("POST", "/control/shops", {**shop, "locations": list(PLACES), "installed": True})
    ask("POST", f"/control/shops/{SHOP}/install", {})
    made.generous()
    return shop


def _furnish(made: StockFloor, *, seed: int) -> None:
    """The shop's items, and what lies of each in the ERP's warehouses."""
    shop = declare(made, muted=[f"inventory_levels/{each}" for each in ("connect", "update")])
    chance, skus = random.Random(seed), [f"STK-{n:06}" for n in range(made.levels // len(PLACES))]
    for start in range(0, len(skus), _AT_ONCE):
        made.ask("POST", "/control/shops", {**shop, "products": _products(skus[start : start + _AT_ONCE])})
    made.physical.update({(sku, place): chance.randint(1, 99) for sku in skus for place in PLACES.values()})
    made.count_anew(sorted(made.physical))


def _products(skus: Sequence[str]) -> list[dict[str, Any]]:
    """Items that are stocked nowhere yet, fifty to a product."""
    return [
        {
            "title": skus[start],
            "variants": [
                {"sku": sku, "price": "9.90", "stock": None} for sku in skus[start : start + _OF_A_PRODUCT]
            ],
        }
        for start in range(0, len(skus), _OF_A_PRODUCT)
    ]


def open_shop(made: StockFloor, home: Path) -> None:
    token = made.ask("POST", "/control/id-token", {"shop": SHOP, "user": "1"})
    query = {"id_token": token["id_token"], "shop": SHOP, "embedded": "1", "host": token["host"]}
    opened = made.http.get(made.env["APP_URL"] + "/", params=query)
    if opened.status_code != 200:
        raise BenchError(f"the page answered {opened.status_code}")
    tables = {name: {"*": "MAIN"} for name in ("payments", "taxes", "shipping", "locations")}
    mapping = {**tables, "special": {name: name.upper() for name in _SPECIAL}}
    (home / "credentials.json").write_text(json.dumps({"address": made.erp, "key": KEY}))
    (home / "mapping.json").write_text(json.dumps(mapping))
    files = ["--credentials", str(home / "credentials.json"), "--mapping", str(home / "mapping.json")]
    made.say("connect", "--shop", SHOP, "--host", "memory", *files)
    made.say("go-live", "--shop", SHOP, "--yes")


def _link(made: StockFloor, home: Path) -> None:
    """The product's own link and first plan; every later plan that changes anything waits for a word."""
    places = made.ask("GET", f"/control/shops/{SHOP}")["locations"]
    warehouses = {gid.rsplit("/", 1)[-1]: [PLACES[name]] for name, gid in places.items()}
    (home / "stock.json").write_text(json.dumps({"warehouses": warehouses, "changed": 0.000_001}))
    made.say("stock", "set-up", "--shop", SHOP, "--settings", str(home / "stock.json"))
    with made.worker() as worker:
        made.until("planned", of=worker)
        made.until_rest(of=worker)


def ours(*words: str) -> list[str]:
    return [sys.executable, "-P", "-m", "app.cli", *words]


def address(process: Child) -> str:
    return str(json.loads(process.line())["address"])
