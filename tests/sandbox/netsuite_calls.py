"""Calls to a simulated NetSuite within the process, as an integration makes them."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import httpx
import jwt

from sandbox.erps.netsuite.__main__ import make
from sandbox.erps.netsuite.account import Account
from sandbox.erps.office import Item, Office
from sandbox.erps.serving import Chosen, Simulator, built

HOST = "http://127.0.0.1:9"
TOKEN = "/services/rest/auth/oauth2/v1/token"
RECORD = "/services/rest/record/v1"
QUERY = "/services/rest/query/v1/suiteql"


@dataclass(kw_only=True)
class NetSuite:
    """An account, its people, and a client that has a token."""

    simulator: Simulator
    http: httpx.AsyncClient
    token: str = ""

    @property
    def office(self) -> Office:
        return self.simulator.office

    @property
    def told(self) -> Mapping[str, str]:
        return self.simulator.credentials

    def assertion(self, *, alg: str = "ES256", kid: str = "", key: str = "", **changes: Any) -> str:
        now = int(time.time())
        claims = {
            "iss": self.told["client_id"],
            "scope": "rest_webservices",
            "aud": f"{HOST}{TOKEN}",
            "iat": now,
            "exp": now + 600,
        }
        headers = {"kid": kid or self.told["certificate_id"]}
        return jwt.encode(
            {**claims, **changes}, key or self.told["private_key"], algorithm=alg, headers=headers
        )

    async def login(self, assertion: str | None = None) -> httpx.Response:
        kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
        form = {
            "grant_type": "client_credentials",
            "client_assertion_type": kind,
            "client_assertion": assertion or self.assertion(),
        }
        answer = await self.http.post(TOKEN, data=form)
        if answer.status_code == 200:
            self.token = answer.json()["access_token"]
        return answer

    async def call(self, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        said = {"authorization": f"Bearer {self.token}", "content-type": "application/json", **headers}
        content = None if body is None else json.dumps(body, default=float)
        return await self.http.request(method, path, content=content, headers=said)

    async def ask(self, query: str, *, params: str = "") -> list[dict[str, str]]:
        answer = await self.call("POST", f"{QUERY}{params}", {"q": query}, prefer="transient")
        assert answer.status_code == 200, answer.text
        return [
            {name: value for name, value in row.items() if name != "links"} for row in answer.json()["items"]
        ]

    async def make(self, type: str, body: Any) -> str:
        """A record that is taken; its id."""
        answer = await self.call("POST", f"{RECORD}/{type}", body)
        assert answer.status_code == 204, answer.text
        return answer.headers["location"].rpartition("/")[2]

    async def refused(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, str, str]:
        answer = await self.call(method, path, body, **headers)
        assert answer.status_code >= 400, answer.text
        problem = answer.json()["o:errorDetails"][0]
        return answer.status_code, problem["o:errorCode"], problem["detail"]

    async def read(self, type: str, id: str) -> dict[str, Any]:
        answer = await self.call("GET", f"{RECORD}/{type}/{id}?expandSubResources=true")
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def item(self, sku: str) -> str:
        return (await self.ask(f"SELECT id FROM item WHERE itemid = '{sku}'"))[0]["id"]

    async def customer(self, name: str = "Ada Beispiel", **more: Any) -> str:
        first, _, last = name.partition(" ")
        body = {"isPerson": True, "firstName": first, "lastName": last, "subsidiary": {"id": "1"}, **more}
        return await self.make("customer", body)

    async def order(self, customer: str, *lines: Mapping[str, Any], **more: Any) -> str:
        body = {"entity": {"id": customer}, "orderStatus": {"id": "B"}, "location": {"id": "1"}, "taxDetailsOverride": True,
                "item": {"items": list(lines)}, **more}  # fmt: skip
        return await self.make("salesOrder", body)

    async def line(self, sku: str, quantity: int, rate: str, **more: Any) -> dict[str, Any]:
        return {
            "item": {"id": await self.item(sku)},
            "quantity": quantity,
            "rate": Decimal(rate),
            "price": {"id": "-1"},
            **more,
        }


ITEMS = (
    Item(sku="TEA", title="Tea", price=Decimal("10.00"), stock=Decimal(100)),
    Item(sku="MUG", title="Mug", price=Decimal("8.00"), stock=Decimal(5)),
)


@asynccontextmanager
async def netsuite(account: Account | None = None) -> AsyncIterator[NetSuite]:
    simulator = make(Chosen(items=ITEMS), account)
    transport = httpx.ASGITransport(app=built(simulator), raise_app_exceptions=True)
    async with httpx.AsyncClient(transport=transport, base_url=HOST) as http:
        there = NetSuite(simulator=simulator, http=http)
        await there.login()
        yield there
