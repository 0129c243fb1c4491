"""Everything the product runs against: embedded servers, simulated Shopify, one demo ERP per shop; and their questions."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import httpx

from app.cli.stage import options
from app.embedded import EmbeddedPostgres, EmbeddedValkey
from bench.children import ROOT, Child, child, free_port
from bench.crash.erps import Erp

SKUS = 40
FAULTS = {"timeout_before": 0.01, "timeout_after": 0.02, "lost_after": 0.01, "late": 0.03, "error": 0.01}
_PLUS = {"maximum": 20_000, "restore_rate": 1_000}
_NOT_DONE = """
SELECT (SELECT count(*) FROM inbox_work WHERE held_code IS NULL AND tenant_id <> '00000000-0000-0000-0000-000000000000')
     + (SELECT count(*) FROM record WHERE due_at IS NOT NULL OR mark_due_at IS NOT NULL)
"""


@dataclass(frozen=True, kw_only=True)
class Shop:
    """A simulated shop with its own ERP. It has a plan of so many `orders`, or so many `levels` of stock."""

    domain: str
    erp: Erp
    orders: int
    seed: int
    levels: int = 0
    planned: list[dict[str, Any]] = field(default_factory=list)


@dataclass(kw_only=True)
class Stage:
    """What the crew plays on. Servers can be killed and come back on the same data at the same address."""

    home: Path
    env: dict[str, str]
    postgres: EmbeddedPostgres
    valkey: EmbeddedValkey
    shopify: str
    http: httpx.AsyncClient
    shops: list[Shop]
    killed: dict[str, int] = field(default_factory=lambda: {"postgres": 0, "valkey": 0})

    async def kill(self, name: str) -> None:
        """As a power cut would, and on again."""
        server = self.postgres if name == "postgres" else self.valkey
        await asyncio.to_thread(server.kill)
        self.killed[name] += 1
        await asyncio.to_thread(server.start)

    async def wipe(self) -> None:
        reader, writer = await asyncio.open_unix_connection(str(self.valkey.socket))
        writer.write(b"FLUSHALL\r\n")
        await writer.drain()
        await reader.readline()
        writer.close()

    async def rows(self, sql: str, *values: object) -> list[asyncpg.Record]:
        """A look into the tables, as a sign of rest only; what counts is asked of the two sides."""
        connection = await asyncpg.connect(self.env["DATABASE_OWNER_URL"], timeout=5)
        try:
            found: list[asyncpg.Record] = await connection.fetch(sql, *values)
            return found
        finally:
            await connection.close()

    async def at_rest(self) -> bool:
        """Nothing waits to be delivered, handled, run, marked, or to commit late."""
        sent = await self.ask("GET", "/control/webhooks")
        if sent["pending"]:
            return False
        for shop in self.shops:
            if await shop.erp.late(self.http):
                return False
        try:
            return int((await self.rows(_NOT_DONE))[0][0]) == 0
        except (OSError, asyncpg.PostgresError, TimeoutError):
            return False

    async def ask(self, method: str, path: str, body: Any = None) -> Any:
        answer = await self.http.request(method, self.shopify + path, json=body)
        answer.raise_for_status()
        return answer.json()

    async def documents(self, shop: Shop) -> list[dict[str, Any]]:
        """Every document in a shop's ERP, drafts and cancelled ones included."""
        return await shop.erp.documents(self.http)

    async def faults(self, shop: Shop, rates: Mapping[str, float], *, verbs: Sequence[str] = ()) -> None:
        """Late commits stay within the settle time that the short profile grants after the deadline."""
        plan = {"seed": shop.seed, "rates": rates, "verbs": verbs, "late_most": 2.9, "hang": 30.0}
        await shop.erp.fail(self.http, plan)


@contextlib.asynccontextmanager
async def open_stage(home: Path, shops: list[Shop]) -> AsyncIterator[Stage]:
    """All of it running, the shops planned, nothing of the product started yet."""
    with contextlib.ExitStack() as stack:
        postgres = stack.enter_context(EmbeddedPostgres(home / "postgres", durable=True))
        valkey = stack.enter_context(EmbeddedValkey(home / "valkey"))
        env = _environment(home, postgres, valkey)
        sandbox = [sys.executable, "-m", "sandbox", "--port", "0", "--retry-base", "0.3"]
        shopify = _address(stack.enter_context(child(sandbox, env=_plain(), log=home / "sandbox.log")))
        for shop in shops:
            command_line = shop.erp.command(shop.domain, home)
            running = stack.enter_context(child(command_line, env=_plain(), log=home / f"{shop.domain}.log"))
            shop.erp.announced(json.loads(running.line()))
            env |= shop.erp.timings
        env["SHOPIFY_ADDRESS"] = shopify + "/shops/{shop}"
        env["ALLOWED_PRIVATE_ENDPOINTS"] = ",".join(urlsplit(each.erp.address).netloc for each in shops)
        async with httpx.AsyncClient(timeout=httpx.Timeout(600, connect=10), trust_env=False) as http:
            stage = Stage(
                home=home,
                env=env,
                postgres=postgres,
                valkey=valkey,
                shopify=shopify,
                http=http,
                shops=shops,
            )
            await command(stage, "migrate")
            await _furnish(stage)
            yield stage


def _environment(home: Path, postgres: EmbeddedPostgres, valkey: EmbeddedValkey) -> dict[str, str]:
    return {
        **os.environ,
        "PROFILE": "short",
        # Reconciliation would heal what was lost after its 200, so here it stays away.
        "TIMING_RECONCILE_EVERY": "86400",
        # A sale whose order is late must not pass for a person's correction, however long everything was dead.
        "TIMING_STOCK_TRUST": "86400",
        # The way of stock under trial is that of pages and calls.
        "BULK_LINK_FROM": "1000000000",
        "BULK_LOAD_FROM": "1000000000",
        **surroundings(home, postgres, valkey),
    }


def surroundings(home: Path, postgres: EmbeddedPostgres, valkey: EmbeddedValkey) -> dict[str, str]:
    """What our processes are told of the servers, of themselves and of the bench, whatever they are to do."""
    port = free_port()
    return {
        "DATABASE_OWNER_URL": postgres.dsn("postgres"),
        "DATABASE_URL": postgres.dsn("stockbridge_web"),
        "DATABASE_INTAKE_URL": postgres.dsn("stockbridge_door"),
        "REDIS_URL": valkey.url(),
        "SEAL_KEYS": "k1:" + "A" * 43 + "=",
        "SHOPIFY_API_KEY": "crash-bench",
        "SHOPIFY_API_SECRET": "crash-bench-secret-that-is-long-enough",
        "APP_URL": f"http://127.0.0.1:{port}",
        "PORT": str(port),
        "CRASH_BARRIER": str(home / "barrier.sock"),
        "LOG_LEVEL": "info",
    }


def _plain() -> dict[str, str]:
    """What the simulators run in: none of the product's settings."""
    return {name: value for name, value in os.environ.items() if not name.startswith("SHOPIFY_")}


def _address(process: Child) -> str:
    return str(json.loads(process.line())["address"])


async def _furnish(stage: Stage) -> None:
    await stage.ask(
        "PUT",
        "/control/app",
        {
            "client_id": stage.env["SHOPIFY_API_KEY"],
            "client_secret": stage.env["SHOPIFY_API_SECRET"],
            "url": stage.env["APP_URL"],
            "toml": str(ROOT / "shopify.app.toml"),
        },
    )
    for shop in stage.shops:
        items = await (_stocked(stage, shop) if shop.levels else _planned(stage, shop))
        await shop.erp.know(stage.http, items)
        await stage.ask("POST", f"/control/shops/{shop.domain}/install", {})


async def _planned(stage: Stage, shop: Shop) -> list[dict[str, Any]]:
    about = {"shop": shop.domain, "seed": shop.seed, "orders": shop.orders, "skus": SKUS}
    plan = about | {"erp": shop.erp.host}
    made = await stage.ask("POST", "/control/plan", plan)
    return [{"sku": item["sku"], "title": item["title"]} for item in made["erp_items"]]


async def _stocked(stage: Stage, shop: Shop) -> list[dict[str, Any]]:
    """One location, on Shopify Plus: on a smaller plan the sales that go on would take all the points."""
    await stage.ask(
        "POST", "/control/shops", {"shop": shop.domain, "locations": ["Main warehouse"], "bucket": _PLUS}
    )
    await stage.ask("POST", f"/control/shops/{shop.domain}/stock", {"levels": shop.levels, "seed": shop.seed})
    rows = (await stage.ask("GET", f"/control/shops/{shop.domain}/stock"))["levels"]
    return [{"sku": row["sku"], "title": row["sku"]} for row in rows]


async def join(stage: Stage, shop: Shop) -> None:
    """What an operator does: opens the app in the admin, connects the ERP, goes live."""
    token = await stage.ask("POST", "/control/id-token", {"shop": shop.domain, "user": "1"})
    query = {"id_token": token["id_token"], "shop": shop.domain, "embedded": "1", "host": token["host"]}
    opened = await stage.http.get(stage.env["APP_URL"] + "/", params=query)
    if opened.status_code != 200:
        raise RuntimeError(f"the page of {shop.domain} answered {opened.status_code}")
    credentials = _kept(stage.home / f"{shop.domain}-credentials.json", shop.erp.credentials)
    mapping = _kept(stage.home / f"{shop.domain}-mapping.json", shop.erp.mapping)
    chosen = [word for name, value in shop.erp.options.items() for word in ("--option", f"{name}={value}")]
    words = options(shop=shop.domain, host=shop.erp.host, credentials=credentials, mapping=mapping)
    await command(stage, "connect", *words, *chosen)
    await command(stage, "go-live", "--shop", shop.domain, "--yes")


def _kept(file: Path, content: Mapping[str, Any]) -> str:
    file.write_text(json.dumps(content))
    return str(file)


async def command(stage: Stage, *words: str) -> str:
    """Runs a word of ours to its end and answers with what it said."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "app.cli", *words, cwd=ROOT, env=stage.env,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    said = (await process.communicate())[0].decode(errors="replace")
    if process.returncode:
        raise RuntimeError(f"`{words[0]}` failed: {said[-1500:]}")
    return said
