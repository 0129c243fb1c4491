"""Calls to a simulated Business Central within the process, as an integration makes them."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import httpx

from sandbox.erps.businesscentral.__main__ import make
from sandbox.erps.businesscentral.company import Company
from sandbox.erps.office import Item, Office
from sandbox.erps.serving import Chosen, Simulator, built

HOST = "http://127.0.0.1:9"
SCOPE = "https://api.businesscentral.dynamics.com/.default"
ITEMS = (
    Item(sku="TEA", title="Tea", price=Decimal("10.00"), stock=Decimal(100)),
    Item(sku="MUG", title="Mug", price=Decimal("8.00"), stock=Decimal(5)),
)


@dataclass(kw_only=True)
class BusinessCentral:
    """A company, its people, and a client that has a token."""

    simulator: Simulator
    http: httpx.AsyncClient
    token: str = ""

    @property
    def office(self) -> Office:
        return self.simulator.office

    @property
    def told(self) -> Mapping[str, str]:
        return self.simulator.credentials

    @property
    def root(self) -> str:
        return f"/v2.0/{self.told['tenant']}/{self.told['environment']}/api/v2.0"

    @property
    def company(self) -> str:
        return f"companies({self.told['company']})"

    async def login(self, *, tenant: str = "", **changes: str) -> httpx.Response:
        form = {
            "grant_type": "client_credentials",
            "client_id": self.told["client_id"],
            "client_secret": self.told["client_secret"],
            "scope": SCOPE,
        }
        path = f"/{tenant or self.told['tenant']}/oauth2/v2.0/token"
        answer = await self.http.post(path, data=form | changes)
        if answer.status_code == 200:
            self.token = answer.json()["access_token"]
        return answer

    async def call(self, method: str, path: str, body: Any = None, **more: Any) -> httpx.Response:
        """A path inside the company; options of the query by their names without the dollar, headers as `headers`."""
        headers = {"authorization": f"Bearer {self.token}", **more.pop("headers", {})}
        content = None
        if body is not None:
            content, headers["content-type"] = json.dumps(body, default=float), "application/json"
        params = {f"${name}": value for name, value in more.items()}
        url = f"{self.root}/{self.company}/{path}"
        return await self.http.request(method, url, content=content, headers=headers, params=params or None)

    async def ask(self, path: str, **options: Any) -> list[dict[str, Any]]:
        answer = await self.call("GET", path, **options)
        assert answer.status_code == 200, answer.text
        return list(answer.json()["value"])

    async def make(self, path: str, body: Any, **options: Any) -> dict[str, Any]:
        answer = await self.call("POST", path, body, **options)
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    async def refused(self, method: str, path: str, body: Any = None, **more: Any) -> tuple[int, str, str]:
        answer = await self.call(method, path, body, **more)
        assert answer.status_code >= 400, answer.text
        error = answer.json()["error"]
        assert "CorrelationId:" in error["message"]
        return answer.status_code, error["code"], error["message"]

    async def act(self, path: str, action: str) -> str:
        """The address of what came of it."""
        answer = await self.call("POST", f"{path}/Microsoft.NAV.{action}", {})
        assert answer.status_code == 204, answer.text
        return str(answer.headers["location"])

    async def batch(self, *requests: Mapping[str, Any], **headers: str) -> list[dict[str, Any]]:
        told = [{"id": str(at), **each} for at, each in enumerate(requests)]
        answer = await self.http.post(
            f"{self.root}/$batch",
            json={"requests": told},
            headers={"authorization": f"Bearer {self.token}", **headers},
        )
        assert answer.status_code == 200, answer.text
        return list(answer.json()["responses"])

    async def customer(self, number: str = "C1", **more: Any) -> str:
        body = {"number": number, "displayName": "Ada Beispiel", "email": "ada@example.com", **more}
        return str((await self.make("customers", body))["number"])

    async def order(self, *lines: Mapping[str, Any], key: str = "#1001", **more: Any) -> dict[str, Any]:
        found = await self.ask("customers", filter="number eq 'C1'")
        number = found[0]["number"] if found else await self.customer()
        body = {
            "customerNumber": number,
            "externalDocumentNumber": key,
            "salesOrderLines": [*lines],
            **more,
        }
        return await self.make("salesOrders", body)

    async def journal(self, code: str = "CARD") -> str:
        (found,) = await self.ask("customerPaymentJournals", filter=f"code eq '{code}'")
        return str(found["id"])


def line(sku: str, quantity: float, price: float, **more: Any) -> dict[str, Any]:
    return {
        "lineType": "Item",
        "lineObjectNumber": sku,
        "quantity": quantity,
        "unitPrice": price,
        "taxCode": "VAT20",
        **more,
    }


@asynccontextmanager
async def business_central(company: Company | None = None) -> AsyncIterator[BusinessCentral]:
    simulator = make(Chosen(items=ITEMS), company)
    transport = httpx.ASGITransport(app=built(simulator), raise_app_exceptions=True)
    async with httpx.AsyncClient(transport=transport, base_url=HOST) as http:
        there = BusinessCentral(simulator=simulator, http=http)
        await there.login()
        yield there
