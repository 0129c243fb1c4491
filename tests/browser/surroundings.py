"""All of Stockbridge beside a simulated admin and a demo ERP, each a process of its own, for a browser to look at."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx

from app.cli.stage import ROOT, ErpConfig, Stage, demo_environment, free_port, options
from app.domain.ids import parts_of
from app.local import completed
from app.processes import Supervisor
from app.settings import APP_BRIDGE_URL, POLARIS_URL
from tests.patience import FAR
from tests.typed import said

SHOP = "nordlicht.myshopify.com"
KEY = "demo-key"
LINE = {"sku": "SKU-0001", "quantity": 2}
PAID = {"lines": [LINE], "transactions": [{"kind": "SALE", "gateway": "shopify_payments"}]}


TABLES = {
    "payments": {"*": "CASH"},
    "taxes": {"*": "VAT"},
    "shipping": {"*": "STANDARD"},
    "locations": {"*": "MAIN"},
    "special": {"shipping": "SHIPPING", "rounding": "ROUNDING"},
}


WRITING = frozenset(
    name
    for path in (ROOT / "app" / "shopify" / "queries").glob("*.graphql")
    for operation in re.findall(r"^mutation (\w+)", path.read_text(), re.MULTILINE)
    for name in (path.stem, operation)
)
"""The names of the documents that write, as the simulated Shopify may know them."""


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """`admin` is the address to open; `app`, `shopify` and `erp` say where the three answer.

    `spare`: a port of this machine where another ERP may be, for the test that brings one.
    """

    stage: Stage
    shopify: str
    erp: str
    spare: int
    control: httpx.AsyncClient
    tools: dict[str, str] = field(default_factory=dict)
    """An API token of each shop: with a session of the admin only the page's own documents are taken."""

    @property
    def shop(self) -> str:
        return self.stage.shop

    @property
    def admin(self) -> str:
        return f"{self.shopify}/store/{self.shop}/apps/stockbridge"

    @property
    def app(self) -> str:
        return self.stage.app

    async def beside(self, shop: str) -> Surroundings:
        """Another shop in the same places, nothing of ours in it yet."""
        await self.act("POST", "/shops", shop=shop, skus=50, installed=True)
        return replace(self, stage=replace(self.stage, shop=shop))

    async def in_development(self) -> Surroundings:
        """The same as a development server shows it: a web process of its own."""
        port = free_port()
        environment = self.stage.environment | {
            "PORT": str(port),
            "APP_URL": f"http://127.0.0.1:{port}",
            "DEVELOPMENT": "1",
        }
        stage = replace(self.stage, environment=environment, port=port)
        words = ("serve", "--port", str(port))
        await stage.supervisor.start(stage.ours("development", *words))
        await _answering(stage.app)
        return replace(self, stage=stage)

    async def connect(self, tables: dict[str, dict[str, str]] = TABLES) -> None:
        """Joins the shop to the ERP and goes live by command, for tests that are about what comes after."""
        await self.install()
        credentials = {"address": self.erp, "key": KEY}
        await self.stage.connect(ErpConfig(host="memory", credentials=credentials, mapping=tables))

    async def install(self) -> None:
        """The merchant opens the app in the admin for the first time."""
        token = (await self.act("POST", "/id-token", shop=self.shop))["id_token"]
        opened = await self.control.get(f"{self.app}/", params={"shop": self.shop, "id_token": token})
        assert opened.status_code == 200, opened.text

    async def token(self, *scopes: str) -> str:
        """An API token of the installed app, as the command prints it."""
        words = ["token", "create", "--shop", self.shop, "--name", "tool"]
        words += [word for scope in scopes for word in ("--scope", scope)]
        made = await said(self.stage.environment, *words)
        assert made.code == 0, made.err
        return made.out.split()[-1]

    async def ask(self, document: str, **variables: Any) -> Any:
        """What the API answers to a tool that may do everything; nothing may be wrong with it."""
        if self.shop not in self.tools:
            self.tools[self.shop] = await self.token("admin")
        answer = await self.control.post(
            f"{self.app}/graphql",
            json={"query": document, "variables": variables},
            headers={"Authorization": f"Bearer {self.tools[self.shop]}"},
        )
        body = answer.json()
        assert not body.get("errors"), body
        return body["data"]

    async def written(self) -> int:
        """How many calls that write the ERP was ever sent."""
        headers = {"Authorization": f"Bearer {KEY}"}
        answer = await self.control.get(f"{self.erp}/control/state", headers=headers)
        return int(answer.json()["writes"])

    async def told(self, method: str, path: str, body: Any = None) -> Any:
        """One call to the ERP past us."""
        headers = {"Authorization": f"Bearer {KEY}"}
        answer = await self.control.request(method, f"{self.erp}{path}", json=body, headers=headers)
        assert answer.status_code < 300, answer.text
        return answer.json() if answer.content else None

    async def shop_writes(self) -> dict[str, int]:
        """The writing calls that the shop was ever sent by us, by document."""
        seen = (await self.control.get("/ledger", params={"shop": self.shop})).json()["by_document"]
        return {name: count for name, count in seen.items() if name in WRITING}

    async def slow(self, document: str, seconds: float, *, times: int = 1) -> None:
        """Shopify takes so long for the next calls of a document."""
        told = {"where": "graphql", "kind": "slow", "document": document, "seconds": seconds, "times": times}
        await self.act("POST", "/faults/next", **told)

    async def frame(self, app: str) -> None:
        """The admin frames the app at another address from now on."""
        await self.act("PUT", "/app", url=app)

    async def act(self, method: str, path: str, **sent: Any) -> Any:
        answer = await self.control.request(method, path, json=sent or None)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def shelve(self, quantities: dict[str, int]) -> None:
        """What lies in the ERP's warehouse from now on, by SKU."""
        shelves = [
            {"item": sku, "warehouse": "MAIN", "physical": str(count)} for sku, count in quantities.items()
        ]
        answer = await self.control.put(
            f"{self.erp}/control/stock",
            json={"shelves": shelves},
            headers={"Authorization": f"Bearer {KEY}"},
        )
        assert answer.status_code == 204, answer.text

    async def place(self, *orders: dict[str, Any]) -> list[dict[str, Any]]:
        """Places orders in the simulated shop, paid ones of one line where nothing else is said."""
        wanted = [PAID | order for order in orders or ({},)]
        placed = await self.act("POST", f"/shops/{self.shop}/orders", orders=wanted)
        return list(placed["orders"])

    async def documents(self) -> list[dict[str, Any]]:
        """The documents of this shop's orders in the ERP, from its own books."""
        found: list[dict[str, Any]] = []
        after: int | None = 0
        while after is not None:
            answer = await self.control.get(
                f"{self.erp}/control/documents",
                params={"after": after},
                headers={"Authorization": f"Bearer {KEY}"},
            )
            assert answer.status_code == 200, answer.text
            page = answer.json()
            found += page["documents"]
            after = page["next"]
        return [each for each in found if (parts_of(each["external_id"] or "") or ("", ""))[1] == self.shop]

    async def refund(self, name: str) -> None:
        """One unit of the order's first line goes back."""
        act = {"order": name, "act": "refund", "lines": [{"line": 0, "quantity": 1}]}
        await self.act("POST", f"/shops/{self.shop}/acts", acts=[act])


class _Stage(Stage):
    """Its words are typed where the command's modules are there already."""

    async def say(self, word: str, *more: str) -> None:
        ended = await said(self.environment, word, *more)
        assert ended.code == 0, ended.err


@asynccontextmanager
async def surroundings(
    home: Path, *, scripts_of_shopify: bool = False, **settings: str
) -> AsyncIterator[Surroundings]:
    """`scripts_of_shopify`: the document names Shopify's own scripts, as in production. `settings`: what else is said."""
    with completed(demo_environment(os.environ), home, durable=False) as environment:
        port = free_port()
        environment |= {"PORT": str(port), "APP_URL": f"http://127.0.0.1:{port}"}
        environment.update(settings, DEVELOPMENT="")
        async with Supervisor(grace=8.0) as supervisor:
            stage = _Stage(supervisor=supervisor, environment=environment, home=home, port=port, shop=SHOP)
            shopify = await stage.open_store()
            if scripts_of_shopify:
                environment |= {"APP_BRIDGE_URL": APP_BRIDGE_URL, "POLARIS_URL": POLARIS_URL}
            words = [*options(port=0, state=home / "erp.sqlite", key=KEY), "--control"]
            erp = (await supervisor.start(stage.outsider("erp", "app.hosts.memory", *words)))["address"]
            spare = free_port()
            environment["ALLOWED_PRIVATE_ENDPOINTS"] = f"{erp.removeprefix('http://')},127.0.0.1:{spare}"
            words = ["--practice", *options(port=0, state=home / "practice", key=KEY)]
            room = (await supervisor.start(stage.outsider("practice", "app.hosts.memory", *words)))["address"]
            environment |= {"PRACTICE_URL": room, "PRACTICE_SECRET": KEY}
            await stage.migrate()
            async with httpx.AsyncClient(
                base_url=f"{shopify}/control", timeout=FAR, trust_env=False
            ) as client:
                found = Surroundings(stage=stage, shopify=shopify, erp=erp, spare=spare, control=client)
                await _furnish(found, environment)
                await stage.open_web(1)
                await stage.open_workers(1)
                await _answering(found.app)
                yield found


async def _answering(app: str) -> None:
    """The web process says nothing when it is there; a browser that came earlier would show a broken frame."""
    async with asyncio.timeout(FAR), httpx.AsyncClient(trust_env=False) as client:
        while True:
            with suppress(httpx.TransportError):
                if (await client.get(f"{app}/readyz")).status_code == 200:
                    return
            await asyncio.sleep(0.1)


async def _furnish(found: Surroundings, environment: dict[str, str]) -> None:
    await found.act(
        "PUT",
        "/app",
        client_id=environment["SHOPIFY_API_KEY"],
        client_secret=environment["SHOPIFY_API_SECRET"],
        url=found.app,
        toml=str(ROOT / "shopify.app.toml"),
    )
    await found.act("POST", "/shops", shop=SHOP, skus=50, installed=True)
