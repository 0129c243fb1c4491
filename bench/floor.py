"""A shop floor for the orders bench: simulated Shopify, a demo ERP with its latency, one web and one worker process."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import asyncpg
import httpx

from bench.children import ROOT, BenchError, Child, child, free_port, wait_until_answers
from bench.ground import Ground
from sandbox.draw import Draw

SHOP = "bench.myshopify.com"
KEY = "demo-key"
PLUS = {"maximum": 20_000, "restore_rate": 1_000}
_SKUS = 100
_SPECIAL = ("gift_card", "tip", "duty", "fee", "shipping", "custom", "rounding")
_NOT_DONE = """
SELECT (SELECT count(*) FROM inbox_work)
     + (SELECT count(*) FROM record WHERE due_at IS NOT NULL OR mark_due_at IS NOT NULL)
"""


@dataclass(frozen=True, kw_only=True)
class Calls:
    """What both sides' own books say they were asked so far."""

    shopify: int
    erp: int
    by_document: Mapping[str, int]
    by_verb: Mapping[str, int]


@dataclass(frozen=True, kw_only=True)
class Floor:
    shopify: str
    erp: str
    owner: str
    http: httpx.Client

    def place(self, orders: Sequence[Mapping[str, Any]], *, per_second: float | None = None) -> list[str]:
        """Lets customers buy; answers with the names of their orders."""
        asked = {"orders": list(orders), **({"per_second": per_second} if per_second else {})}
        placed = self.ask("POST", f"/control/shops/{SHOP}/orders", asked)["orders"]
        return [str(order["name"]) for order in placed]

    def calls(self) -> Calls:
        ledger = self.ask("GET", "/control/ledger")
        state = self._erp("/control/state")
        verbs = state["by_verb"]
        return Calls(
            shopify=ledger["calls"],
            erp=sum(verbs.values()),
            by_document=ledger["by_document"],
            by_verb=verbs,
        )

    def fired(self, placed: Sequence[str]) -> dict[str, float]:
        """When each order's first event was fired, by the store's own log, which is in the order of placing."""
        told = self.ask("GET", f"/control/webhooks?rows={len(placed)}&topic=orders/create")["deliveries"]
        at = [datetime.fromisoformat(each["triggered_at"]).timestamp() for each in told]
        return dict(zip(placed, at, strict=True))

    def documents(self) -> dict[str, float]:
        """When each document was made, by the ERP's own books, by the order it is for."""
        found: dict[str, float] = {}
        after: int | None = 0
        while after is not None:
            page = self._erp(f"/control/documents?after={after}")
            for each in page["documents"]:
                found[each["reference"]] = datetime.fromisoformat(each["created_at"]).timestamp()
            after = page["next"]
        return found

    def wait_for_rest(self, *, seconds: float) -> None:
        """Until nothing is under way, due, or waiting to be written back."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if not self.ask("GET", "/control/webhooks")["pending"] and not asyncio.run(_not_done(self.owner)):
                return
            time.sleep(0.25)
        raise BenchError(f"orders are still under way after {seconds:.0f} s")

    def ask(self, method: str, path: str, body: object = None) -> Any:
        answer = self.http.request(method, self.shopify + path, json=body)
        if answer.is_error:
            raise BenchError(f"{path}: {answer.text[:300]}")
        return answer.json()

    def _erp(self, path: str) -> Any:
        answer = self.http.get(self.erp + path, headers={"authorization": f"Bearer {KEY}"})
        answer.raise_for_status()
        return answer.json()


async def _not_done(owner: str) -> int:
    connection = await asyncpg.connect(owner)
    try:
        return int(await connection.fetchval(_NOT_DONE))
    finally:
        await connection.close()


def plain_orders(count: int, *, seed: int) -> list[dict[str, Any]]:
    """Paid orders of one to four lines."""
    items = [{"sku": f"SKU-{n:05d}", "title": f"Item {n:05d}", "price": "19.90"} for n in range(1, _SKUS + 1)]
    draw = Draw(seed, items)
    return [draw.order() for _ in range(count)]


@contextmanager
def floor(ground: Ground, *, latency_ms: float) -> Iterator[Floor]:
    """Everything running, the shop installed, connected and live."""
    home, port = ground.home, free_port()
    outside = {name: value for name, value in ground.environment.items() if not name.startswith("SHOPIFY_")}
    sandbox = [sys.executable, "-m", "sandbox", "--port", "0"]
    erp = [sys.executable, "-m", "app.hosts.memory", "--port", "0", "--control", "--key", KEY]
    erp += ["--latency-ms", str(latency_ms), "--state", str(home / "erp.db")]
    with (
        child(sandbox, env=outside, log=home / "sandbox.log") as store,
        child(erp, env=outside, log=home / "erp.log") as books,
        httpx.Client(timeout=600, trust_env=False) as http,
    ):
        made = Floor(shopify=_address(store), erp=_address(books), owner=ground.owner, http=http)
        env = _environment(ground, made, port)
        with child(_ours("serve"), env=env, log=home / "serve.log") as web:
            wait_until_answers(f"http://127.0.0.1:{port}/healthz", of=web)
            _open_shop(made, env, home)
            with child(_ours("worker"), env=env, log=home / "worker.log"):
                made.wait_for_rest(seconds=60)
                yield made


def _environment(ground: Ground, made: Floor, port: int) -> dict[str, str]:
    return {
        **ground.environment,
        "PORT": str(port),
        "APP_URL": f"http://127.0.0.1:{port}",
        "SHOPIFY_ADDRESS": made.shopify + "/shops/{shop}",
        "ALLOWED_PRIVATE_ENDPOINTS": made.erp.split("//")[1],
        # As in production; the short profile would list the store's orders every few seconds.
        "TIMING_RECONCILE_EVERY": "900",
    }


def _open_shop(made: Floor, env: Mapping[str, str], home: Path) -> None:
    ask = made.ask
    app = {
        "client_id": env["SHOPIFY_API_KEY"],
        "client_secret": env["SHOPIFY_API_SECRET"],
        "url": env["APP_URL"],
    }
    ask("PUT", "/control/app", {**app, "toml": str(ROOT / "shopify.app.toml")})
    ask("POST", "/control/shops", {"shop": SHOP, "skus": _SKUS, "installed": True, "bucket": PLUS})
    ask("POST", f"/control/shops/{SHOP}/install", {})
    token = ask("POST", "/control/id-token", {"shop": SHOP, "user": "1"})
    query = {"id_token": token["id_token"], "shop": SHOP, "embedded": "1", "host": token["host"]}
    opened = made.http.get(env["APP_URL"] + "/", params=query)
    if opened.status_code != 200:
        raise BenchError(f"the page answered {opened.status_code}")
    tables = {name: {"*": "MAIN"} for name in ("payments", "taxes", "shipping", "locations")}
    mapping = {**tables, "special": {name: name.upper() for name in _SPECIAL}}
    (home / "credentials.json").write_text(json.dumps({"address": made.erp, "key": KEY}))
    (home / "mapping.json").write_text(json.dumps(mapping))
    files = ["--credentials", str(home / "credentials.json"), "--mapping", str(home / "mapping.json")]
    _say(env, "connect", "--shop", SHOP, "--host", "memory", *files)
    _say(env, "go-live", "--shop", SHOP, "--yes")


def _say(env: Mapping[str, str], *words: str) -> None:
    done = subprocess.run(_ours(*words), cwd=ROOT, env=dict(env), capture_output=True, text=True, check=False)
    if done.returncode:
        raise BenchError(f"`stockbridge {words[0]}` failed: {done.stderr[-600:]}")


def _ours(*words: str) -> list[str]:
    return [sys.executable, "-P", "-m", "app.cli", *words]


def _address(process: Child) -> str:
    return str(json.loads(process.line())["address"])
