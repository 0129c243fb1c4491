"""Writes many prices by bulk mutations: each line of a file is one product's call, frozen before the file leaves.

Its lines are fenced until the result was read. A call that the result says nothing of is judged by a look.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import ClassVar
from uuid import uuid4

import orjson

from app.crypto import Vault
from app.domain.price import BASE
from app.domain.stock_plan import RunState, RunView
from app.models import price_effects, price_lines, stock_bulks
from app.models.database import Database, Tx
from app.models.stock_bulk_calls import FrozenCall
from app.models.stock_bulks import Bulk, Purpose
from app.models.stock_writers import Pen
from app.ports import Json, PriceFiles
from app.steps import step as passes
from app.sync.prices.deciding import PriceDecider, by_product, packets
from app.sync.prices.scene import PriceScene
from app.sync.prices.sending import PriceCaller, Wish
from app.sync.run_file import RunFile, payload_of
from app.sync.sending import EFFECT, LeaseLost
from app.sync.stock import bulk_asking as asking

_NOW = timedelta(0)


@dataclass(frozen=True, kw_only=True)
class PriceFiling:
    """Goes on with a run's file from wherever the last turn, or a worker that died, left it."""

    database: Database
    vault: Vault
    scene: PriceScene
    pen: Pen
    view: RunView
    files: PriceFiles
    from_lines: int

    flow: ClassVar[str] = price_lines.FLOW
    purpose: ClassVar[Purpose] = Purpose.PRICES
    told_as: ClassVar[str] = "price_file"
    at_once: ClassVar[int] = 50

    async def go_on(self) -> timedelta | None:
        """None: nothing is out, the rest is written call by call. Otherwise when to look again."""
        bulk = await self._open() or await self._begun()
        if bulk is None:
            return None
        if bulk.connection != self.scene.connection:
            return self.scene.sides.timing.bulk_look
        try:
            return _NOW if await self._file().ended(bulk) else self.scene.sides.timing.bulk_look
        except LeaseLost:
            return self.scene.sides.timing.bulk_look

    async def _open(self) -> Bulk | None:
        """The shop's, whichever of its connections began it: nothing is written beside it."""
        scene = self.scene
        async with self.database.tenant(scene.tenant) as tx:
            return await stock_bulks.open_of(tx, tenant=scene.tenant, shop=scene.shop, purpose=Purpose.PRICES)

    async def _begun(self) -> Bulk | None:
        """A file for what a plan still has to write; none for a few prices, nor after one came to nothing."""
        scene, most = self.scene, max(1, self.from_lines)
        if self.view.state is not RunState.RUNNING:
            return None
        async with self.database.tenant(scene.tenant) as tx:
            left = await price_lines.left(tx, tenant=scene.tenant, run=self.view.id, most=most, base=True)
            if left < most or await stock_bulks.of_run_given_up(
                tx,
                tenant=scene.tenant,
                connection=scene.connection,
                run=self.view.id,
                purpose=Purpose.PRICES,
            ):
                return None
            await stock_bulks.begin(
                tx,
                tenant=scene.tenant,
                id=uuid4(),
                shop=scene.shop,
                connection=scene.connection,
                purpose=Purpose.PRICES,
                run=self.view.id,
            )
        return await self._open()

    def _file(self) -> RunFile:
        return RunFile(
            database=self.database,
            vault=self.vault,
            timing=self.scene.sides.timing,
            pen=self.pen,
            run=self.view.id,
            files=self.files,
            calls=self,
        )

    async def frozen(self, bulk: Bulk) -> Bulk:
        """Every call's content, decided by what was read just before, until the file is full or the plan at its end."""
        assert bulk.run is not None
        caller = self._caller(bulk)
        decider = PriceDecider(
            database=self.database,
            scene=self.scene,
            pen=self.pen,
            run=bulk.run,
            currencies=caller.currencies,
        )
        size = self.scene.store.read_size
        async with aclosing(
            packets(self.database, self.scene, bulk.run, most=size, groups=size, skip=frozenset())
        ) as found:
            async for lines in found:
                if lines[0].key.list != BASE or bulk.bytes >= self.files.most_bytes:
                    break
                wishes, _ = await decider.wishes(lines)
                bulk = await self._freeze(bulk, caller, wishes)
                await passes("price.frozen")
        return bulk

    def _caller(self, bulk: Bulk) -> PriceCaller:
        return PriceCaller(
            database=self.database,
            vault=self.vault,
            scene=self.scene,
            pen=self.pen,
            run=bulk.run or self.view.id,
            currencies=self.scene.setup.currencies,
        )

    async def _freeze(self, bulk: Bulk, caller: PriceCaller, wishes: Sequence[Wish]) -> Bulk:
        async with self.database.tenant(bulk.tenant) as tx:
            if not await self.held(tx):
                raise LeaseLost
            for group in by_product(wishes):
                payload = caller.payload(group)
                frozen = orjson.dumps(payload)
                await price_effects.freeze(
                    tx,
                    self.pen,
                    bulk,
                    id=uuid4(),
                    payload=self.vault.pack(frozen, tenant=bulk.tenant, purpose=EFFECT),
                    payload_hash=hashlib.sha256(frozen).digest(),
                    lines=[wish.line for wish in group],
                )
                size = len(self.files.line(payload)) + 1
                bulk = replace(bulk, lines=bulk.lines + 1, bytes=bulk.bytes + size)
            return asking.kept(await stock_bulks.save(tx, bulk))

    def line(self, call: FrozenCall, payload: Mapping[str, Json]) -> bytes:
        return self.files.line(payload)

    # --- the result ----------------------------------------------------------------------------------------------

    async def held(self, tx: Tx) -> bool:
        return await price_effects.held(tx, self.pen, self.scene.sides.timing.stock_lease)

    async def inherit(self, bulk: Bulk) -> None:
        """Nothing: what is written down names its effect, whoever sent it."""

    async def apply(self, bulk: Bulk, number: int, line: bytes) -> bool:
        async with self.database.tenant(bulk.tenant) as tx:
            effect = await price_effects.of_line(tx, tenant=bulk.tenant, bulk=bulk, line=number)
            lines = await price_lines.of_effect(tx, tenant=bulk.tenant, effect=effect.id) if effect else []
        if effect is None:
            return False
        answer = self.files.written(line, payload_of(self.vault, self.pen.tenant, effect.payload))
        if answer is None:
            return False
        await self._caller(bulk).understood(effect.id, answer, lines, _NOW)
        return True

    async def hand_over(self, tx: Tx, bulk: Bulk) -> None:
        await price_effects.hand_over(tx, self.pen, bulk=bulk.id)

    async def follow(self, tx: Tx, bulk: Bulk) -> None:
        """Nothing: the next turn writes what is left."""
