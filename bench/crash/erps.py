"""The ERPs that the crash bench plays with: the demo ERP by its own desk, any simulated one by the doors that these share."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import httpx

from app.cli.stage import options
from sandbox.demo.tables import Tables, known, tables_of

Json = dict[str, Any]
DEMO = "memory"
KEY = "demo-key"
_ITEMS_AT_ONCE = 5_000
SIMULATED = tuple(name for name in known() if name != "tryton")
"""A real Tryton can't be made to fail at will."""
_SPECIAL = ("gift_card", "tip", "duty", "fee", "shipping", "custom", "rounding")
_PLENTY = 1_000_000


class Erp(Protocol):
    """One ERP for one shop. What is asked of it once it runs takes `http` and knows its own address by `announced`."""

    @property
    def host(self) -> str: ...

    def command(self, domain: str, home: Path) -> list[str]: ...

    def announced(self, said: Mapping[str, str]) -> None:
        """What its process says of itself."""
        ...

    @property
    def address(self) -> str: ...

    @property
    def credentials(self) -> Mapping[str, str]: ...

    @property
    def mapping(self) -> Mapping[str, Mapping[str, str]]: ...

    @property
    def options(self) -> Mapping[str, str]: ...

    @property
    def timings(self) -> Mapping[str, str]:
        """Waits of ours where the short profile's are none to it."""
        ...

    async def know(self, http: httpx.AsyncClient, items: Sequence[Mapping[str, str]]) -> None:
        """These can be sold there: `sku`, `title`."""
        ...

    async def documents(self, http: httpx.AsyncClient) -> list[Json]:
        """Every document of an order, drafts and cancelled ones included, in the demo ERP's words."""
        ...

    async def late(self, http: httpx.AsyncClient) -> int:
        """How many changes have yet to appear."""
        ...

    async def state(self, http: httpx.AsyncClient) -> Json:
        """Its calls so far."""
        ...

    async def fail(self, http: httpx.AsyncClient, plan: Mapping[str, Any]) -> None: ...


def bearer() -> dict[str, str]:
    return {"authorization": f"Bearer {KEY}"}


@dataclass(kw_only=True)
class DemoErp:
    """`fence`: how it keeps one order from becoming two documents."""

    fence: str
    address: str = ""
    host: str = DEMO
    options: Mapping[str, str] = field(default_factory=dict)
    timings: Mapping[str, str] = field(default_factory=dict)

    def command(self, domain: str, home: Path) -> list[str]:
        words = options(port=0, items="listed", fence=self.fence, key=KEY, state=home / f"{domain}.db")
        return [sys.executable, "-m", "app.hosts.memory", "--control", *words]

    def announced(self, said: Mapping[str, str]) -> None:
        self.address = said["address"]

    @property
    def credentials(self) -> Mapping[str, str]:
        return {"address": self.address, "key": KEY, "fence": self.fence}

    @property
    def mapping(self) -> Mapping[str, Mapping[str, str]]:
        tables = {name: {"*": "MAIN"} for name in ("payments", "taxes", "shipping", "locations")}
        return {**tables, "special": {name: name.upper() for name in _SPECIAL}}

    async def know(self, http: httpx.AsyncClient, items: Sequence[Mapping[str, str]]) -> None:
        known = [{"code": item["sku"], "title": item["title"]} for item in items]
        known += [{"code": name.upper(), "title": name} for name in _SPECIAL]
        for start in range(0, len(known), _ITEMS_AT_ONCE):
            some = {"items": known[start : start + _ITEMS_AT_ONCE]}
            put = await http.put(f"{self.address}/v1/items", headers=bearer(), json=some)
            put.raise_for_status()

    async def documents(self, http: httpx.AsyncClient) -> list[Json]:
        found: list[Json] = []
        after: int | None = 0
        while after is not None:
            address = f"{self.address}/control/documents?after={after}"
            page = (await http.get(address, headers=bearer())).json()
            found += page["documents"]
            after = page["next"]
        return found

    async def late(self, http: httpx.AsyncClient) -> int:
        return int((await self.state(http))["late_open"])

    async def state(self, http: httpx.AsyncClient) -> Json:
        found: Json = (await http.get(f"{self.address}/control/state", headers=bearer())).json()
        return found

    async def fail(self, http: httpx.AsyncClient, plan: Mapping[str, Any]) -> None:
        address = f"{self.address}/control/faults"
        (await http.post(address, headers=bearer(), json=dict(plan))).raise_for_status()


@dataclass(kw_only=True)
class SimulatedErp:
    """`dialect`: which of its wire formats it speaks; empty: the usual one. `chosen`: options over those of its tables."""

    host: str
    dialect: str = ""
    latency_ms: int = 0
    chosen: Mapping[str, str] = field(default_factory=dict)
    said: Mapping[str, str] = field(default_factory=dict)

    @property
    def _tables(self) -> Tables:
        return tables_of(self.host)

    def command(self, domain: str, home: Path) -> list[str]:
        own = home / domain
        own.mkdir()
        dialect = self.dialect or self._tables.server.dialect
        words = options(
            port=0, home=own, latency_ms=self.latency_ms, **({"dialect": dialect} if dialect else {})
        )
        return [sys.executable, "-m", self._tables.server.module, *words]

    def announced(self, said: Mapping[str, str]) -> None:
        self.said = said

    @property
    def address(self) -> str:
        return self.said["address"]

    @property
    def credentials(self) -> Mapping[str, str]:
        shape = self._tables.server.credentials
        return {name: text.format(**self.said) for name, text in shape.items()}

    @property
    def mapping(self) -> Mapping[str, Mapping[str, str]]:
        return self._tables.mapping

    @property
    def options(self) -> Mapping[str, str]:
        return {**self._tables.options, **self.chosen}

    @property
    def timings(self) -> Mapping[str, str]:
        return self._tables.pace.timings

    async def know(self, http: httpx.AsyncClient, items: Sequence[Mapping[str, str]]) -> None:
        known = [{"sku": item["sku"], "title": item["title"], "stock": _PLENTY} for item in items]
        known += [{"sku": code, "title": code.title()} for code in self._tables.items]
        (await http.put(f"{self._doors}/items", json={"items": known})).raise_for_status()

    async def documents(self, http: httpx.AsyncClient) -> list[Json]:
        found = (await http.get(f"{self._doors}/orders")).raise_for_status().json()["orders"]
        return [
            {
                "external_id": row["external_id"],
                "number": row["number"],
                "status": "posted" if row["real"] else "cancelled",
                "total": row["total"],
                "paid": row["paid"],
                # A payment that was booked twice is money that nobody paid.
                "payments": [],
            }
            for row in found
        ]

    async def late(self, http: httpx.AsyncClient) -> int:
        return int((await self.state(http))["late_open"])

    async def state(self, http: httpx.AsyncClient) -> Json:
        """Its calls so far."""
        found: Json = (await http.get(f"{self._doors}/state")).raise_for_status().json()
        return found

    async def fail(self, http: httpx.AsyncClient, plan: Mapping[str, Any]) -> None:
        (await http.post(f"{self._doors}/faults", json=dict(plan))).raise_for_status()

    @property
    def _doors(self) -> str:
        parts = httpx.URL(self.address)
        return f"{parts.scheme}://{parts.netloc.decode()}/control"
