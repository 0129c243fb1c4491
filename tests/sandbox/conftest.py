"""The simulated Shopify in this process, an app's address that keeps what it is sent, and verbs to drive both."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.app_config import AppConfig
from sandbox.schema import DEFAULT_FILE, AdminSchema, Published
from sandbox.server import build_server, build_world
from sandbox.world import World
from tests.patience import FAR

SHOP = "nordlicht.myshopify.com"
EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
OFFLINE = "urn:shopify:params:oauth:token-type:offline-access-token"
ID_TOKEN = "urn:ietf:params:oauth:token-type:id_token"
LINE = {"sku": "SKU-0001", "quantity": 2, "price": "10.00", "taxes": [{"title": "VAT", "rate": "0.19"}]}
PAID = {"lines": [LINE], "transactions": [{"kind": "SALE", "gateway": "shopify_payments"}]}


@dataclass
class Store:
    """A shop as a tester drives it and as an app talks to it."""

    client: httpx.AsyncClient
    world: World
    shop: str = SHOP
    token: str = ""
    version: str = "2026-10"

    async def control(self, method: str, path: str, **sent: Any) -> Any:
        answer = await self.client.request(method, "/control" + path, json=sent)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def refused(self, method: str, path: str, **sent: Any) -> str:
        answer = await self.client.request(method, "/control" + path, json=sent)
        assert answer.status_code == 400
        return str(answer.json()["error"])

    async def place(self, **more: Any) -> dict[str, Any]:
        return (await self.control("POST", f"/shops/{self.shop}/orders", orders=[PAID | more]))["orders"][0]

    async def act(self, order: dict[str, Any], name: str, **more: Any) -> dict[str, Any]:
        sent = {"order": order["id"], "act": name} | more
        return (await self.control("POST", f"/shops/{self.shop}/acts", acts=[sent]))["orders"][0]

    async def send(self, query: str, /, **variables: Any) -> httpx.Response:
        return await self.client.post(
            f"/shops/{self.shop}/admin/api/{self.version}/graphql.json",
            headers={"X-Shopify-Access-Token": self.token},
            json={"query": query, "variables": variables},
        )

    async def ask(self, query: str, /, **variables: Any) -> dict[str, Any]:
        body = (await self.send(query, **variables)).json()
        assert "errors" not in body, body["errors"]
        return body["data"]

    async def codes(self, query: str, /, **variables: Any) -> list[str]:
        body = (await self.send(query, **variables)).json()
        return [error["extensions"]["code"] for error in body.get("errors", ())]

    async def grant(self, **more: str) -> httpx.Response:
        app = self.world.app
        sent = {"client_id": app.client_id, "client_secret": app.client_secret} | more
        return await self.client.post(f"/shops/{self.shop}/admin/oauth/access_token", json=sent)

    async def exchange(self, **more: str) -> httpx.Response:
        minted = await self.control("POST", "/id-token", shop=self.shop)
        sent = {
            "grant_type": EXCHANGE,
            "subject_token": minted["id_token"],
            "subject_token_type": ID_TOKEN,
            "requested_token_type": OFFLINE,
            "expiring": "1",
        }
        return await self.grant(**(sent | more))


@dataclass
class Inbox:
    """An app's address: keeps each delivery, answers what it was told to."""

    url: str = ""
    status: int = 200
    taken: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    arrived: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def receive(self, request: Request) -> Response:
        self.taken.append((dict(request.headers), await request.body()))
        async with self.arrived:
            self.arrived.notify_all()
        return Response(status_code=self.status)

    def topics(self) -> list[str]:
        return [headers.get("x-shopify-topic", headers.get("shopify-topic", "")) for headers, _ in self.taken]

    async def until(self, count: int) -> None:
        async with asyncio.timeout(FAR):
            async with self.arrived:
                await self.arrived.wait_for(lambda: len(self.taken) >= count)


@pytest.fixture(scope="session")
def schemas() -> Mapping[str, AdminSchema]:
    return Published(DEFAULT_FILE)


@asynccontextmanager
async def running(schemas: Mapping[str, AdminSchema]) -> AsyncIterator[Store]:
    world = build_world(AppConfig(), retry_base=0.05)
    server = build_server(world, schemas)
    transport = httpx.ASGITransport(server)
    client = httpx.AsyncClient(transport=transport, base_url="http://sandbox")
    async with server.inner.router.lifespan_context(server.inner), client:
        yield Store(client, world)


@pytest.fixture
async def store(schemas: Mapping[str, AdminSchema]) -> AsyncIterator[Store]:
    """A shop with 20 SKUs that has the app installed and a token for it."""
    async with running(schemas) as found:
        await found.control("POST", "/shops", shop=SHOP, skus=20, installed=True)
        found.token = (await found.exchange()).json()["access_token"]
        yield found


@pytest.fixture
async def inbox(store: Store) -> AsyncIterator[Inbox]:
    """The store's app, listening; subscribed to everything about orders."""
    box = Inbox()
    app = Starlette(routes=[Route("/hooks", box.receive, methods=["POST"])])
    sock = socket.socket()
    sock.bind(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off", loop="none"))
    task = asyncio.create_task(server.serve(sockets=[sock]))
    box.url = f"http://127.0.0.1:{sock.getsockname()[1]}"
    topics = [
        "orders/create",
        "orders/updated",
        "orders/paid",
        "orders/edited",
        "orders/delete",
        "app/uninstalled",
    ]
    await store.control("PUT", "/app", url=box.url, subscriptions=[{"topics": topics, "uri": "/hooks"}])
    yield box
    server.should_exit = True
    await task
