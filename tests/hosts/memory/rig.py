"""The demo ERP under test: a process of its own, spoken to past the adapter where the test needs the truth."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from app.domain.document import SalesDocument
from app.hosts.memory.faults import Fault
from app.hosts.memory.spec import MEMORY
from app.outbound import json_of, open_http
from app.ports import Fence, HostSpec, Json, Request
from tests.examples import ITEMS
from tests.forked import serving
from tests.hosts.rig import certificates

KEY = "demo-erp-s3cret"
_VERBS = {"items": "products"}


@dataclass
class MemoryUnderTest:
    """Implements `HostUnderTest`, with the control desk beside it."""

    name: str
    address: str
    fence: Fence
    tax: str
    process: BaseProcess
    spec: HostSpec = MEMORY
    unknown_item: str = "NO-SUCH-ITEM"
    stocked: tuple[str, str, int] = ("TEA", "MAIN", 100_000)
    priced: tuple[str, str, str] = ("TEA", "4.125", "EUR")
    secrets: tuple[str, ...] = (KEY,)

    @property
    def endpoint(self) -> str:
        return self.address.removeprefix("http://")

    @property
    def credentials(self) -> Mapping[str, str]:
        return {"address": self.address, "key": KEY, "fence": self.fence.value, "tax": self.tax}

    @property
    def wrong_key(self) -> Mapping[str, str]:
        return {**self.credentials, "key": f"not-{KEY}"}

    def at(self, endpoint: str) -> Mapping[str, str]:
        return {**self.credentials, "address": f"http://{endpoint}"}

    def adapt(self, document: SalesDocument) -> SalesDocument:
        return document

    def cannot(self, example: str) -> str | None:
        return None

    async def real_documents(self, external_id: str) -> int:
        found = await self.ask("GET", f"/v1/documents?external_id={external_id}")
        return sum(document["status"] not in {"draft", "cancelled"} for document in found["documents"])

    async def cancel(self, sink_key: str) -> None:
        await self.ask("POST", f"/v1/documents/{sink_key}/cancel", {})

    async def ship(self, sink_key: str) -> None:
        """All of it in one parcel; with its last goods the document has been shipped too."""
        await self.ask("POST", f"/v1/documents/{sink_key}/shipments", {})

    async def sell(self, sku: str, title: str, *, price: str, active: bool = True) -> None:
        ware: Json = {"sku": sku, "group": f"G {sku}", "title": title, "price": price, "active": active}
        await self.ask("PUT", "/control/products", {"wares": [ware]})

    async def receives(self, item: str, units: int) -> bool:
        shelf: Json = {"item": item, "warehouse": self.stocked[1], "physical": str(units)}
        await self.ask("PATCH", "/control/stock", {"shelves": [shelf]})
        return True

    async def quotes(self, rates: Sequence[tuple[date, str, str]]) -> None:
        told: list[Json] = [
            {"day": day.isoformat(), "source": "EUR", "target": currency, "rate": rate}
            for day, currency, rate in rates
        ]
        await self.ask("PUT", "/control/rates", {"quotes": told})

    async def ask(self, method: str, path: str, body: Json = None) -> Any:
        """One call past the adapter; the answer as JSON."""
        async with open_http(trusted=True, tls=certificates()) as http:
            answer = await http.send(
                Request(
                    method=method,
                    url=self.address + path,
                    headers={"authorization": f"Bearer {KEY}"},
                    body=None if body is None else json.dumps(body).encode(),
                )
            )
        assert answer.status < 300, answer.body
        return json_of(answer) if answer.body else None

    async def goes_wrong(self, verb: str, fault: str, *, times: int = 1) -> bool:
        """It knows nothing of what other ERPs' tokens and pages can do."""
        if fault not in set(Fault):
            return False
        told: Json = {"verb": _VERBS.get(verb, verb), "fault": fault, "times": times}
        await self.ask("POST", "/control/next", told)
        return True

    async def is_well(self) -> None:
        await self.ask("POST", "/control/faults", {})

    async def under_way(self) -> int:
        return int((await self.ask("GET", "/control/state"))["late_open"])

    async def next(self, verb: str, fault: str) -> None:
        """Orders a fault for the next call of the verb."""
        await self.ask("POST", "/control/next", {"verb": verb, "fault": fault})


@contextmanager
def running(
    file: Path,
    *,
    fence: Fence = Fence.UNIQUE,
    tax: str = "exact",
    items: str = "listed",
    control: bool = True,
) -> Iterator[MemoryUnderTest]:
    """The demo ERP on this file, with its control desk, until the block ends."""
    words = ["--state", file, "--key", KEY, "--fence", fence.value, "--tax", tax, "--items", items]
    with serving("app.hosts.memory", *words, *(["--control"] if control else [])) as (said, process):
        yield MemoryUnderTest(f"memory[{fence.value}]", said["address"], fence, tax, process)


@contextmanager
def practising(folder: Path) -> Iterator[str]:
    """The room for practice connections, its secret being `KEY`; the address it has."""
    with serving("app.hosts.memory", "--practice", "--state", folder, "--key", KEY) as (said, _):
        yield str(said["address"])


async def with_items(under: MemoryUnderTest) -> MemoryUnderTest:
    await under.ask("PUT", "/v1/items", {"items": [{"code": code} for code in ITEMS]})
    shelves: Json = [{"item": code, "warehouse": "MAIN", "physical": "100000"} for code in sorted(ITEMS)]
    await under.ask("PUT", "/control/stock", {"shelves": shelves})
    item, price, currency = under.priced
    own: list[Json] = [
        {"item": item, "price": price, "currency": currency},
        {"item": item, "price": "3.5", "currency": currency, "tier": "WHOLESALE"},
    ]
    await under.ask("PUT", "/control/prices", {"prices": own})
    return under
