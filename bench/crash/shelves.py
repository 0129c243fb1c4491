"""One shop's stock in the bench: set up in the product, moved in the ERP, sold in the shop, and shown to the judge."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import random
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import httpx

from bench.crash.erps import bearer
from bench.crash.stage import Shop, Stage, command
from bench.crash.stock_tally import known_orders
from sandbox.demo.levels import Change, Level, Move, Scene

_WAREHOUSE = "MAIN"
_HOT = 150
_EVERY = 2
_SHELVES_AT_ONCE = 5_000
_BOOK_ROWS = 100_000
_OLDEST_PLAN = 330.0
"""A plan is written up to five minutes after the ERP was asked, however often those die who write it."""
_MISHAPS = ("lost", "late", "throttled", "before", "failed")


@dataclass(kw_only=True)
class Shelves:
    """`began` is what the ERP had of each item at first, `moves` all that came and went since."""

    stage: Stage
    shop: Shop
    draw: random.Random
    location: int = 0
    began: dict[str, Decimal] = field(default_factory=dict)
    moves: list[Move] = field(default_factory=list)
    hook: tuple[str, str] = ("", "")

    async def set_up(self) -> None:
        """Both sides alike but for a few; the flow on, its first plan approved and written."""
        levels = (await self._ask("GET", "/stock"))["levels"]
        self.location = levels[0]["location_id"]
        shown = {row["sku"]: int(row["available"]) for row in levels}
        off = set(self.draw.sample(sorted(shown), len(shown) // 50))
        counted = {sku: units + (5 if sku in off else 0) for sku, units in shown.items()}
        await self._put("PUT", counted)
        self.began = {sku: Decimal(units) for sku, units in counted.items()}
        file = self.stage.home / f"{self.shop.domain}.json"
        wanted = {"warehouses": {str(self.location): [_WAREHOUSE]}, "changed": 1.0, "zeroed": 1.0}
        file.write_text(json.dumps(wanted | {"every_seconds": _EVERY}))
        await self._say("set-up", "--settings", str(file))
        plan = json.loads((await self._say("plan")).splitlines()[-1])
        await self._say("push", "--run", plan["run"], "--yes")
        said = (await self._say("hook")).split()
        self.hook = said[0], said[-1]

    async def open(self, *, per_second: float) -> None:
        """Buyers from now on, mostly of a few items."""
        hot = self.draw.sample(sorted(self.began), min(_HOT, len(self.began)))
        about = {"per_second": per_second, "count": 1_000_000, "skus": hot, "most": 2, "seed": self.shop.seed}
        await self._ask("POST", "/sales", about | {"background": True})

    async def close(self) -> None:
        await self._ask("POST", "/sales", {"stop": True})

    async def stir(self, items: int, *, squeezed: int = 3) -> None:
        """So many items move in the ERP, which says so; some are sold right before they are next written."""
        skus = self.draw.sample(sorted(self.began), min(items, len(self.began)))
        units = {sku: self.draw.choice((-2, -1, 1, 2, 3, 4)) for sku in skus}
        began = time.time()
        await self._put("PATCH", units)
        ended = time.time()
        self.moves += [Move(sku=sku, units=n, began=began, ended=ended) for sku, n in units.items()]
        await self._ask("POST", "/stock/squeeze", {"skus": skus[:squeezed]})
        await self.hint()

    async def mishap(self) -> None:
        """The next write of stock goes wrong in the shop."""
        kind = self.draw.choice(_MISHAPS)
        about = {"where": "graphql", "kind": kind, "document": "StockSet", "seconds": 1.0}
        await self.stage.ask("POST", "/control/faults/next", about)

    async def hint(self) -> None:
        """The ERP's own event; web processes that are just being killed do not hear it, and the clock comes too."""
        address, secret = self.hook
        at, body = str(int(time.time())), b"{}"
        signed = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
        headers = {"x-stockbridge-timestamp": at, "x-stockbridge-signature": signed}
        try:
            await self.stage.http.post(address, headers=headers, content=body, timeout=5)
        except httpx.HTTPError:
            return

    async def scene(self) -> Scene:
        """All that is judged, the ERP asked before the shop."""
        documents, free = await self.stage.documents(self.shop), await self._free()
        levels = (await self._ask("GET", "/stock"))["levels"]
        orders = (await self._ask("GET", "/orders"))["orders"]
        return Scene(
            location=self.location,
            levels=[
                Level(sku=r["sku"], item=r["item"], location=r["location_id"], available=r["available"])
                for r in levels
            ],
            book=await self._book(),
            began=self.began,
            free=free,
            moves=self.moves,
            orders=known_orders(orders, documents, self.shop.domain),
            reading_seconds=_OLDEST_PLAN,
        )

    async def _book(self) -> list[Change]:
        found: list[Change] = []
        after, total = 0, 1
        while after < total:
            page = await self._ask("GET", f"/stock/book?after={after}&limit={_BOOK_ROWS}")
            after, total = page["next"], page["total"]
            rows = (row for row in page["rows"] if row["name"] in {"available", "committed"})
            found += await asyncio.to_thread(
                lambda: [Change(**{n: r[n] for n in Change.__dataclass_fields__}) for r in rows]  # noqa: B023  at once
            )
        return found

    async def _free(self) -> dict[str, Decimal]:
        found: dict[str, Decimal] = {}
        after: str | None = ""
        while after is not None:
            answer = await self.stage.http.get(
                f"{self.shop.erp.address}/control/stock", headers=bearer(), params={"after": after}
            )
            page = answer.raise_for_status().json()
            found |= {shelf["item"]: Decimal(shelf["available"]) for shelf in page["shelves"]}
            after = page["next"]
        return found

    async def _put(self, method: str, units: Mapping[str, int]) -> None:
        rows = [{"item": sku, "warehouse": _WAREHOUSE, "physical": str(n)} for sku, n in units.items()]
        for start in range(0, len(rows), _SHELVES_AT_ONCE):
            some = {"shelves": rows[start : start + _SHELVES_AT_ONCE]}
            address = f"{self.shop.erp.address}/control/stock"
            (await self.stage.http.request(method, address, headers=bearer(), json=some)).raise_for_status()

    async def _ask(self, method: str, path: str, body: Any = None) -> Any:
        return await self.stage.ask(method, f"/control/shops/{self.shop.domain}{path}", body)

    async def _say(self, word: str, *more: str) -> str:
        return await command(self.stage, "stock", word, "--shop", self.shop.domain, *more)
