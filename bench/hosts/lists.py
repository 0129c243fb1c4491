"""How many calls an adapter makes to read 1,000 items: their stock, their prices, and the list of what changed."""

from __future__ import annotations

import json
import ssl
import sys
from collections.abc import Mapping
from pathlib import Path

import httpx

from app.cli.stage import outside
from app.outbound import open_http
from app.ports import Host, Missing
from app.registry import HOSTS
from bench.children import child
from bench.crash.erps import SimulatedErp

ITEMS = 1_000


class Kept:
    """Implements `HostState` for as long as the bench runs."""

    def __init__(self) -> None:
        self._values: dict[str, tuple[str, int]] = {}

    async def read(self, name: str) -> tuple[str, int] | None:
        return self._values.get(name)

    async def write(self, name: str, value: str, *, version: int) -> bool:
        if self._values.get(name, ("", 0))[1] != version:
            return False
        self._values[name] = value, version + 1
        return True


async def calls_of_lists(erp: SimulatedErp, home: Path, environment: Mapping[str, str]) -> dict[str, float]:
    """For each list that the ERP tells, on a server of its own; what is asked for once beforehand does not count."""
    command = erp.command("lists", home)
    with child(command, env=outside(environment), log=home / "lists.log") as running:
        erp.announced(json.loads(running.line()))
        async with httpx.AsyncClient(trust_env=False, timeout=60) as http:
            wares = [{"sku": f"ITEM-{n:05}", "title": f"Item {n}", "price": "9.90"} for n in range(ITEMS)]
            await erp.know(http, wares)
            allowed = frozenset({httpx.URL(erp.address).netloc.decode()})
            async with open_http(allowed=allowed, tls=ssl.create_default_context()) as outbound:
                host = HOSTS[erp.host].open(erp.credentials, outbound, Kept())
                await host.check()
                return {
                    name: await _counted(erp, http, host, name)
                    for name, power in _powers(host).items()
                    if not isinstance(power, Missing)
                }


def _powers(host: Host) -> Mapping[str, object]:
    return {"stock": host.inventory, "prices": host.prices, "items": host.items}


async def _counted(erp: SimulatedErp, http: httpx.AsyncClient, host: Host, name: str) -> float:
    await _read(host, name)
    before = (await erp.state(http))["calls"]
    rows = await _read(host, name)
    if not rows:
        sys.exit(f"{erp.host} tells nothing of {name}, though it knows {ITEMS} items")
    return round(((await erp.state(http))["calls"] - before) * ITEMS / rows, 2)


async def _read(host: Host, name: str) -> int:
    """How many items it told of; in several warehouses or tiers each counts once."""
    found: set[str] = set()
    if name == "items":
        assert not isinstance(host.items, Missing)
        async for changed in host.items.changes(None):
            found |= {each.key for each in changed.items}
        return len(found)
    source = host.inventory if name == "stock" else host.prices
    assert not isinstance(source, Missing)
    cursor: str | None = None
    while True:
        page = await source.page(cursor)
        found |= {reading.item for reading in page.readings}
        if page.next is None:
            return len(found)
        cursor = page.next
