"""A worker for the control of stock: a new key for every try, and nothing is compared. Only the crash bench starts it.

There is no switch for this in the product: the careless shop is wrapped around the real one here.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast
from uuid import uuid4

from app import logs, settings
from app.domain.inventory import LevelWrite, StockMode
from app.models.connections import Connection
from app.ports import Flow, Json, LevelsWritten, Missing, StockStore
from app.sync.sides import Sides
from app.sync.turns import Taker
from app.sync.work import ShopWork
from app.wiring import Core, worker_name
from bench.crash.careless_worker import work


@dataclass(frozen=True, kw_only=True)
class CarelessShop:
    """A `ports.StockStore`: all but the writing is the real one's."""

    stock: StockStore

    def payload(self, writes: Sequence[LevelWrite], *, mode: StockMode, reference: str) -> Mapping[str, Json]:
        return self.stock.payload(
            [replace(write, old=None) for write in writes], mode=mode, reference=reference
        )

    async def write(self, key: str, payload: Mapping[str, Json]) -> LevelsWritten:
        return await self.stock.write(str(uuid4()), payload)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stock, name)


def careless(core: Core, done: ShopWork) -> ShopWork:
    """The same work over shops that neither compare nor remember."""

    async def open_sides(connection: Connection) -> Sides:
        sides = await core.open_sides(connection)
        stock = sides.store.stock
        if isinstance(stock, Missing):
            return sides
        return replace(sides, store=replace(sides.store, stock=cast(StockStore, CarelessShop(stock=stock))))

    flow = replace(core.stock(worker_name()), open=open_sides)
    takers = {**done.turns.takers, Flow.INVENTORY.value: Taker(turn=flow.turn, writes=True)}
    return replace(done, turns=replace(done.turns, takers=takers))


if __name__ == "__main__":
    chosen = settings.read(os.environ)
    logs.configure(chosen.log_level, False)
    asyncio.run(work(chosen, careless))
