"""A real Tryton under test: the sandbox's rig, spoken to past the adapter where a test needs the truth."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from app.domain.document import SalesDocument
from app.embedded import EmbeddedPostgres
from app.hosts.tryton.spec import TRYTON
from app.outbound import json_of, open_http
from app.ports import Fence, HostSpec, Json, Request
from sandbox.tryton.__main__ import postgres_tools
from sandbox.tryton.catalogue import numbered
from sandbox.tryton.rig import tryton
from sandbox.tryton.rpc import Rpc
from sandbox.tryton.server import ADMIN_PASSWORD

STATE = Path(__file__).resolve().parents[3] / ".state"
ARTICLES = numbered(20)
_ITEMS = {"TEA": "SKU-00001", "MUG": "SKU-00002"}
_TAXES = {"VAT20": "Tax 20 %", "VAT7": "Tax 7 %"}
_METHODS = {"card": "shopify_payments"}
_FORM = ("address", "database", "key", "user", "password", "web_shop")


@dataclass(frozen=True, kw_only=True)
class TrytonUnderTest:
    """Implements `HostUnderTest`. `facts` is what the rig says about itself."""

    name: str
    facts: Mapping[str, Any]
    spec: HostSpec = TRYTON
    fence: Fence = Fence.UNIQUE
    unknown_item: str = "NO-SUCH-ITEM"
    stocked: tuple[str, str, int] = ("SKU-00001", "WH", 1_000)
    priced: tuple[str, str, str] = ("SKU-00001", "10", "EUR")

    @property
    def endpoint(self) -> str:
        return str(self.facts["address"]).removeprefix("http://")

    @property
    def credentials(self) -> Mapping[str, str]:
        return {name: str(self.facts[name]) for name in _FORM}

    @property
    def wrong_key(self) -> Mapping[str, str]:
        return {**self.credentials, "key": "0" * 128}

    @property
    def secrets(self) -> tuple[str, ...]:
        return self.credentials["key"], self.credentials["password"]

    def at(self, endpoint: str) -> Mapping[str, str]:
        return {**self.credentials, "address": f"http://{endpoint}"}

    def adapt(self, document: SalesDocument) -> SalesDocument:
        lines = tuple(
            replace(
                line,
                item=_ITEMS.get(line.item, line.item),
                taxes=tuple(replace(tax, code=_TAXES.get(tax.code, tax.code)) for tax in line.taxes),
            )
            for line in document.lines
        )
        payments = tuple(replace(p, method=_METHODS.get(p.method, p.method)) for p in document.payments)
        return replace(document, lines=lines, payments=payments)

    def cannot(self, example: str) -> str | None:
        return None

    async def real_documents(self, external_id: str) -> int:
        domain = base64.urlsafe_b64encode(json.dumps([["web_id", "=", external_id]]).encode()).decode()
        found = await self.ask("GET", f"sale.sale?f=state&d={domain}")
        return sum(sale["state"] not in {"draft", "quotation", "cancelled"} for sale in found)

    async def cancel(self, sink_key: str) -> None:
        """A sale in work is given up by cancelling its invoice."""
        sale = await self.sale(sink_key, "state", "invoices.id")
        if sale["state"] in {"draft", "quotation"}:
            await self.ask("POST", f"sale.sale/{sink_key}/cancel", {})
        for invoice in sale["invoices"]:
            await self.ask("POST", f"account.invoice/{invoice['id']}/cancel", {})

    async def ship(self, sink_key: str) -> None:
        """The warehouse's own way: assigned, picked, packed and done."""
        domain: Json = [["moves.origin.sale.id", "=", int(sink_key), "sale.line"]]
        packed = base64.urlsafe_b64encode(json.dumps(domain).encode()).decode()
        for shipment in await self.ask("GET", f"stock.shipment.out?f=state&d={packed}"):
            for button in ("assign_try", "pick", "pack", "do"):
                path = f"stock.shipment.out/{shipment['id']}/{button}"
                await self.ask("POST", path, {}, {"_skip_warnings": True})

    async def sell(self, sku: str, title: str, *, price: str, active: bool = True) -> None:
        """The hub's own user may not: this is the administrator's."""
        port = int(self.endpoint.rpartition(":")[2])
        await asyncio.to_thread(_sell, port, str(self.facts["database"]), sku, title, Decimal(price), active)

    async def receives(self, item: str, units: int) -> bool:
        """The judge's books of it know how (tests/rigs)."""
        return False

    async def quotes(self, rates: Sequence[tuple[date, str, str]]) -> None:
        """The administrator's as well."""
        port = int(self.endpoint.rpartition(":")[2])
        await asyncio.to_thread(_quote, port, str(self.facts["database"]), rates)

    async def goes_wrong(self, verb: str, fault: str, *, times: int = 1) -> bool:
        """It is a real one."""
        return False

    async def is_well(self) -> None:
        """Nothing was made to fail."""

    async def under_way(self) -> int:
        return 0

    async def found(self, model: str, domain: Json, *fields: str) -> list[dict[str, Any]]:
        packed = base64.urlsafe_b64encode(json.dumps(domain).encode()).decode()
        names = "&".join(f"f={name}" for name in fields)
        return list(await self.ask("GET", f"{model}?{names}&d={packed}"))

    async def sale(self, sink_key: str, *fields: str) -> Any:
        return await self.ask("GET", f"sale.sale/{sink_key}?{'&'.join(f'f={name}' for name in fields)}")

    async def ask(
        self, method: str, path: str, body: Json = None, more: Mapping[str, Json] | None = None
    ) -> Any:
        """One REST call past the adapter; the answer as JSON. `more` joins Tryton's context."""
        context = json.dumps({"company": self.facts["company"], **(more or {})}).encode()
        async with open_http(trusted=True) as http:
            answer = await http.send(
                Request(
                    method=method,
                    url=f"{self.facts['address']}/{self.facts['database']}/rest/model/{path}",
                    headers={
                        "authorization": f"Bearer {self.facts['key']}",
                        "x-tryton-context": base64.urlsafe_b64encode(context).decode(),
                        "content-type": "application/json",
                    },
                    body=None if body is None else json.dumps(body).encode(),
                )
            )
        assert answer.status == 200, answer.body[:300]
        return json_of(answer)


def _sell(port: int, database: str, sku: str, title: str, price: Decimal, active: bool) -> None:
    rpc = Rpc(port, database, ADMIN_PASSWORD)
    rpc.context |= {"company": rpc.one("company.company"), "_skip_warnings": True}
    which = [["products.code", "=", sku], ["active", "in", [True, False]]]
    rpc.write(
        "product.template", rpc.one("product.template", *which), name=title, list_price=price, salable=active
    )


def _quote(port: int, database: str, rates: Sequence[tuple[date, str, str]]) -> None:
    rpc, model = Rpc(port, database, ADMIN_PASSWORD), "currency.currency.rate"
    rpc.context |= {"company": rpc.one("company.company")}
    for currency in sorted({code for _, code, _ in rates}):
        known = rpc.one("currency.currency", ["code", "=", currency])
        wanted = {day: Decimal(rate) for day, code, rate in rates if code == currency}
        days = list(wanted)
        there = rpc.find(model, ["currency", "=", known], ["date", "in", days])
        rpc.call(f"model.{model}.delete", there)
        rows = [{"currency": known, "date": day, "rate": rate} for day, rate in wanted.items()]
        rpc.create_many(model, rows)


@contextmanager
def on_sqlite() -> Iterator[TrytonUnderTest]:
    """Bears one caller at a time."""
    with tryton(STATE, ARTICLES) as facts:
        yield TrytonUnderTest(name="tryton[sqlite]", facts=facts)


@contextmanager
def on_postgres(server: EmbeddedPostgres) -> Iterator[TrytonUnderTest]:
    """Bears many."""
    dsn = server.dsn(server.superuser, "postgres")
    with tryton(STATE, ARTICLES, dsn=dsn, binaries=postgres_tools()) as facts:
        yield TrytonUnderTest(name="tryton[postgresql]", facts=facts)
