"""Any simulated ERP under test: a process of its own, spoken to past the adapter over the doors that all of them share."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from app.domain.document import SalesDocument
from app.outbound import json_of, open_http
from app.ports import Fence, HostSpec, Json, Request
from sandbox.demo.tables import tables_of
from tests.examples import ITEMS
from tests.forked import serving
from tests.hosts.rig import certificates

STOCK = 100_000


@dataclass(frozen=True, kw_only=True)
class Words:
    """How an ERP calls what the examples call otherwise; what is not named here is called alike.

    `location`: where goods of documents are taken from that name no place, for ERPs that want one.
    """

    items: Mapping[str, str] = field(default_factory=dict)
    taxes: Mapping[str, str] = field(default_factory=dict)
    methods: Mapping[str, str] = field(default_factory=dict)
    location: str | None = None

    def said(self, document: SalesDocument) -> SalesDocument:
        lines = tuple(
            replace(
                line,
                item=self.items.get(line.item, line.item),
                taxes=tuple(replace(tax, code=self.taxes.get(tax.code, tax.code)) for tax in line.taxes),
            )
            for line in document.lines
        )
        payments = tuple(
            replace(paid, method=self.methods.get(paid.method, paid.method)) for paid in document.payments
        )
        rounding = document.rounding_item
        return replace(
            document,
            lines=lines,
            payments=payments,
            location=document.location or self.location,
            rounding_item=self.items.get(rounding, rounding) if rounding else rounding,
        )


@dataclass(kw_only=True)
class SimulatedUnderTest:
    """Implements `HostUnderTest`. `announced` is what the process says of itself.

    `wrong`: fields of the form with a key that the server refuses. `lacks`: examples that it can't express, and why.
    `erp_id`: the ERP's own id in an adapter's key of a document.
    """

    name: str
    spec: HostSpec
    announced: Mapping[str, str]
    wrong: Mapping[str, str]
    fence: Fence
    form: Mapping[str, str] = field(default_factory=dict)
    words: Words = field(default_factory=Words)
    lacks: Mapping[str, str] = field(default_factory=dict)
    stocked: tuple[str, str, int]
    priced: tuple[str, str, str]
    unknown_item: str = "NO-SUCH-ITEM"
    erp_id: Callable[[str], str] = str

    @property
    def address(self) -> str:
        return self.announced["address"]

    @property
    def endpoint(self) -> str:
        return urlsplit(self.address).netloc

    @property
    def credentials(self) -> Mapping[str, str]:
        shape = tables_of(self.spec.key).server.credentials
        return {name: text.format(**self.announced) for name, text in shape.items()} | dict(self.form)

    @property
    def wrong_key(self) -> Mapping[str, str]:
        return {**self.credentials, **self.wrong}

    @property
    def secrets(self) -> tuple[str, ...]:
        hidden = {each.name for each in self.spec.form if each.secret}
        return tuple(text for name, text in self.credentials.items() if name in hidden and text)

    def at(self, endpoint: str) -> Mapping[str, str]:
        path = urlsplit(self.credentials["address"]).path
        return {**self.credentials, "address": f"http://{endpoint}{path}"}

    def adapt(self, document: SalesDocument) -> SalesDocument:
        return self.words.said(document)

    def cannot(self, example: str) -> str | None:
        return self.lacks.get(example)

    async def real_documents(self, external_id: str) -> int:
        """An ERP may put a prefix of its own before the key."""
        found = (await self.ask("GET", "/orders"))["orders"]
        return sum(each["real"] and each["external_id"].endswith(external_id) for each in found)

    async def cancel(self, sink_key: str) -> None:
        await self.ask("POST", f"/orders/{self.erp_id(sink_key)}/cancel", {})

    async def ship(self, sink_key: str) -> None:
        await self.ask("POST", f"/orders/{self.erp_id(sink_key)}/ship", {})

    async def sell(self, sku: str, title: str, *, price: str, active: bool = True) -> None:
        ware: Json = {"sku": sku, "group": f"G {sku}", "title": title, "price": price, "active": active}
        await self.ask("PUT", "/products", {"wares": [ware]})

    async def receives(self, item: str, units: int) -> bool:
        await self.ask("PATCH", "/stock", {"units": {item: str(units)}})
        return True

    async def quotes(self, rates: Sequence[tuple[date, str, str]]) -> None:
        told: list[Json] = [
            {"day": day.isoformat(), "currency": currency, "rate": rate} for day, currency, rate in rates
        ]
        await self.ask("PUT", "/rates", {"quotes": told})

    async def goes_wrong(self, verb: str, fault: str, *, times: int = 1) -> bool:
        await self.ask("POST", "/next", {"verb": verb, "fault": fault, "times": times})
        return True

    async def is_well(self) -> None:
        await self.ask("POST", "/faults", {})

    async def under_way(self) -> int:
        return int((await self.ask("GET", "/state"))["late_open"])

    async def ask(self, method: str, path: str, body: Json = None) -> Any:
        """One call to the control doors; the answer as JSON."""
        async with open_http(trusted=True, tls=certificates()) as http:
            answer = await http.send(
                Request(
                    method=method,
                    url=f"http://{self.endpoint}/control{path}",
                    headers={"content-type": "application/json"},
                    body=None if body is None else json.dumps(body).encode(),
                )
            )
        assert answer.status < 300, answer.body[:300]
        return json_of(answer) if answer.body else None


@contextmanager
def running(
    spec: HostSpec,
    home: Path,
    *,
    wrong: Mapping[str, str],
    dialect: str = "",
    fence: Fence | None = None,
    form: Mapping[str, str] | None = None,
    words: Words | None = None,
    lacks: Mapping[str, str] | None = None,
    priced: tuple[str, str, str] = ("TEA", "4.12", "EUR"),
    erp_id: Callable[[str], str] = str,
) -> Iterator[SimulatedUnderTest]:
    """The simulator of this ERP with the examples' items, until the block ends."""
    tables, said = tables_of(spec.key), words or Words()
    code, price, _ = priced
    items = [
        {
            "sku": said.items.get(item, item),
            "title": item.title(),
            "price": price if item == code else "9.90",
            "stock": STOCK,
        }
        for item in ITEMS
    ]
    file = home / "items.json"
    file.write_text(json.dumps(items))
    words, spoken = ["--home", home, "--items", file], dialect or tables.server.dialect
    with serving(tables.server.module, *words, *(["--dialect", spoken] if spoken else [])) as (announced, _):
        yield SimulatedUnderTest(
            name=f"{spec.key}[{spoken}]" if spoken else spec.key,
            spec=spec,
            announced=announced,
            wrong=wrong,
            fence=fence or spec.fence,
            form=form or {},
            words=said,
            lacks=lacks or {},
            stocked=(said.items.get("TEA", "TEA"), tables.warehouse, STOCK),
            priced=(said.items.get(code, code), *priced[1:]),
            erp_id=erp_id,
        )


def simulated(spec: HostSpec, **about: Any) -> Callable[[pytest.FixtureRequest], Any]:
    """A line of `conftest.HOSTS`; `about` is what `running` takes."""

    def start(request: pytest.FixtureRequest) -> Any:
        homes: pytest.TempPathFactory = request.getfixturevalue("tmp_path_factory")
        return running(spec, homes.mktemp(spec.key), **about)

    return start
