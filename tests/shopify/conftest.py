"""A simulated Shopify in a process of its own, on the real schema, and one installed shop in it per test."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.outbound import open_http
from app.ports import Http, Store, StoreAccess
from app.shopify.client import Client
from app.shopify.install import Install, Installer
from app.shopify.oauth import TokenEndpoint
from app.shopify.session import SessionCheck
from app.shopify.store import ADDRESS, SHOPIFY, client
from app.shopify.tokens import ShopTokens
from tests.hosts.rig import certificates
from tests.patience import FAR
from tests.shopify.fakes import CLIENT_ID, SECRET, Pace, Shops, Vault

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def simulated() -> Iterator[str]:
    """Its address."""
    asked = [
        "--port",
        "0",
        "--client-id",
        CLIENT_ID,
        "--client-secret",
        SECRET,
        "--app-toml",
        "shopify.app.toml",
    ]
    process = subprocess.Popen(
        [sys.executable, "-m", "sandbox", *asked],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout
    try:
        yield str(json.loads(process.stdout.readline())["address"])
    finally:
        process.terminate()
        process.wait(FAR)
        process.stdout.close()


@dataclass
class InstalledShop:
    """One shop of the simulation, our side of it, and the control place to make things happen."""

    name: str
    address: str
    http: Http
    control: httpx.AsyncClient
    endpoint: TokenEndpoint
    vault: Vault
    pace: Pace
    tokens: ShopTokens
    kept: dict[str, object] = field(default_factory=dict)

    @property
    def access(self) -> StoreAccess:
        return StoreAccess(
            shop=self.name,
            http=self.http,
            tokens=self.tokens,
            limiter=self.pace,
            settings={ADDRESS: self.template},
            kept=self.kept,
        )

    @property
    def template(self) -> str:
        return f"{self.address}/shops/{{shop}}"

    @property
    def client(self) -> Client:
        return client(self.access)

    @property
    def store(self) -> Store:
        return SHOPIFY.open(self.access)

    async def tell(self, verb: str, path: str = "", **sent: Any) -> Any:
        answer = await self.control.request(verb, f"/control/shops/{self.name}{path}", json=sent)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def place(self, *orders: dict[str, Any]) -> list[dict[str, Any]]:
        return list((await self.tell("POST", "/orders", orders=list(orders)))["orders"])

    async def id_token(self) -> str:
        answer = await self.control.post("/control/id-token", json={"shop": self.name})
        return str(answer.json()["id_token"])

    async def next_fault(self, **fault: Any) -> None:
        answer = await self.control.post("/control/faults/next", json=fault)
        assert answer.status_code == 200, answer.text

    async def sign_in(self) -> None:
        """As a merchant who opens the app: session token, exchange, store."""
        token = await self.id_token()
        session = SessionCheck(client_id=CLIENT_ID, secrets=(SECRET,)).verify(token)
        rows = Shops()
        await Installer(endpoint=self.endpoint, installs=rows, scopes=("read_orders",)).open(session, token)
        self.vault.put(rows.pairs[session.shop])
        assert isinstance(rows.rows[self.name], Install)


@pytest.fixture
async def shop(simulated: str) -> AsyncIterator[InstalledShop]:
    name = f"test-{secrets.token_hex(4)}.myshopify.com"
    async with (
        open_http(trusted=True) as http,
        httpx.AsyncClient(base_url=simulated, timeout=FAR, verify=certificates(), trust_env=False) as control,
    ):
        await control.post(
            "/control/shops",
            json={
                "shop": name,
                "currency": "EUR",
                "skus": 40,
                "installed": True,
                "locations": ["Main warehouse", "Store Hamburg"],
            },
        )
        vault, pace = Vault(), Pace()
        endpoint = TokenEndpoint(
            http=http, client_id=CLIENT_ID, client_secret=SECRET, template=f"{simulated}/shops/{{shop}}"
        )
        tokens = ShopTokens(shop=name, vault=vault, renewal=endpoint)
        made = InstalledShop(name, simulated, http, control, endpoint, vault, pace, tokens)
        await made.sign_in()
        yield made
