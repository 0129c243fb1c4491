"""Writes a first plan of many levels by bulk mutations: each line of a file is one call with its own frozen key.

The calls are effects before the file leaves, and their levels are fenced until its result was read. A call that the
result says nothing of is repeated on its own afterwards, under the same key.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import ClassVar
from uuid import uuid4

import orjson

from app.crypto import Vault
from app.domain.inventory import LevelWrite
from app.domain.stock_plan import LineState, RunState, RunView
from app.models import (
    stock_bulk_calls,
    stock_bulks,
    stock_effects,
    stock_runs,
    stock_writers,
)
from app.models.database import Database, Tx
from app.models.stock_bulk_calls import FrozenCall
from app.models.stock_bulks import Bulk, Purpose
from app.models.stock_effects import BoundLine
from app.models.stock_writers import Pen
from app.ports import Json, StockBulk
from app.steps import step as passes
from app.sync.run_file import RunFile, payload_of
from app.sync.sending import EFFECT, LeaseLost
from app.sync.stock import bulk_asking as asking
from app.sync.stock import holding
from app.sync.stock.deciding import Decider
from app.sync.stock.scene import Scene
from app.sync.stock.sending import Caller

_START = ("", "")
_NOW = timedelta(0)


@dataclass(frozen=True, kw_only=True)
class BulkLoad:
    """Goes on with a run's file from wherever the last turn, or a worker that died, left it."""

    database: Database
    vault: Vault
    worker: str
    load_from: int

    async def go_on(self, scene: Scene, view: RunView) -> timedelta | None:
        """None: nothing is out, the rest is written call by call. Otherwise when to look again."""
        files = scene.sides.store.stock_bulk
        if files is None or not view.first:
            return None
        async with holding.pen(self.database, scene, self.worker) as pen:
            if pen is None:
                return scene.sides.timing.bulk_look
            bulk = await self._open(scene) or await self._begun(scene, view)
            if bulk is None:
                return None
            file = self._file(scene, files, pen, view)
            try:
                return _NOW if await file.ended(bulk) else scene.sides.timing.bulk_look
            except LeaseLost:
                return scene.sides.timing.bulk_look

    async def _open(self, scene: Scene) -> Bulk | None:
        async with self.database.tenant(scene.tenant) as tx:
            found = await stock_bulks.open_of(tx, tenant=scene.tenant, shop=scene.shop, purpose=Purpose.LOAD)
        return found if found and found.connection == scene.connection else None

    async def _begun(self, scene: Scene, view: RunView) -> Bulk | None:
        """A file for what a first plan still has to write; none for a few levels, nor after one came to nothing."""
        if not view.first or view.state is not RunState.RUNNING:
            return None
        async with self.database.tenant(scene.tenant) as tx:
            most = max(1, self.load_from)
            left = await stock_bulk_calls.any_left(tx, tenant=scene.tenant, run=view.id, most=most)
            if left < most or await stock_bulks.of_run_given_up(
                tx, tenant=scene.tenant, connection=scene.connection, run=view.id
            ):
                return None
            await stock_bulks.begin(
                tx,
                tenant=scene.tenant,
                id=uuid4(),
                shop=scene.shop,
                connection=scene.connection,
                purpose=Purpose.LOAD,
                run=view.id,
                locations=list(scene.feeds),
            )
        return await self._open(scene)

    def _file(self, scene: Scene, files: StockBulk, pen: Pen, view: RunView) -> RunFile:
        calls = _LevelCalls(
            database=self.database,
            vault=self.vault,
            scene=scene,
            files=files,
            pen=pen,
            view=view,
            load_from=self.load_from,
        )
        return RunFile(
            database=self.database,
            vault=self.vault,
            timing=scene.sides.timing,
            pen=pen,
            run=view.id,
            files=files,
            calls=calls,
        )


@dataclass(frozen=True, kw_only=True)
class _LevelCalls:
    database: Database
    vault: Vault
    scene: Scene
    files: StockBulk
    pen: Pen
    view: RunView
    load_from: int

    flow: ClassVar[str] = stock_runs.FLOW
    purpose: ClassVar[Purpose] = Purpose.LOAD
    told_as: ClassVar[str] = "stock_load"
    at_once: ClassVar[int] = 20

    async def frozen(self, bulk: Bulk) -> Bulk:
        """Every call's key and content, until the file is full or the plan is at its end."""
        assert bulk.run is not None
        if not bulk.lines:
            decider = Decider(
                database=self.database, scene=self.scene, pen=self.pen, run=bulk.run, first=self.view.first
            )
            await decider.refresh()
            await decider.asks()
        while bulk.bytes < self.files.most_bytes:
            async with self.database.tenant(bulk.tenant) as tx:
                lines = await stock_runs.next_lines(
                    tx,
                    tenant=bulk.tenant,
                    shop=self.scene.shop,
                    run=bulk.run,
                    state=LineState.PLANNED,
                    after=_START,
                    most=self.scene.store.size,
                )
                if not lines:
                    break
                bulk = await self._freeze(tx, bulk, lines)
            await passes("bulk.frozen")
        return bulk

    async def _freeze(self, tx: Tx, bulk: Bulk, lines: list[BoundLine]) -> Bulk:
        if not await self.held(tx):
            raise LeaseLost
        writes = [LevelWrite(key=line.key, new=line.new, old=line.old) for line in lines]
        payload = self.scene.store.payload(writes, mode=self.scene.settings.mode, reference=str(bulk.run))
        frozen, key = orjson.dumps(payload), str(uuid4())
        await stock_bulk_calls.freeze(
            tx,
            self.pen,
            bulk,
            line=bulk.lines,
            id=uuid4(),
            key=key,
            payload=self.vault.pack(frozen, tenant=bulk.tenant, purpose=EFFECT),
            payload_hash=hashlib.sha256(frozen).digest(),
            lines=[line.key for line in lines],
        )
        size = len(self.files.line(key, payload)) + 1
        return asking.kept(
            await stock_bulks.save(tx, replace(bulk, lines=bulk.lines + 1, bytes=bulk.bytes + size))
        )

    def line(self, call: FrozenCall, payload: Mapping[str, Json]) -> bytes:
        return self.files.line(call.key, payload)

    # --- the result ----------------------------------------------------------------------------------------------

    async def held(self, tx: Tx) -> bool:
        return await stock_writers.extend(tx, self.pen, lease=self.scene.sides.timing.stock_lease)

    async def inherit(self, bulk: Bulk) -> None:
        async with self.database.tenant(bulk.tenant) as tx:
            await stock_bulk_calls.inherit(tx, self.pen, bulk=bulk.id)

    async def apply(self, bulk: Bulk, number: int, line: bytes) -> bool:
        async with self.database.tenant(bulk.tenant) as tx:
            effect = await stock_bulk_calls.of_line(tx, tenant=bulk.tenant, bulk=bulk.id, line=number)
            lines = await stock_effects.lines_of(tx, tenant=bulk.tenant, effect=effect.id) if effect else []
        if effect is None:
            return False
        answer = self.files.written(line, payload_of(self.vault, self.pen.tenant, effect.payload))
        if answer is None:
            return False
        await self._caller(bulk).understood(effect, answer, lines, _NOW)
        return True

    def _caller(self, bulk: Bulk) -> Caller:
        return Caller(
            database=self.database,
            vault=self.vault,
            scene=self.scene,
            pen=self.pen,
            run=bulk.run or self.view.id,
        )

    async def hand_over(self, tx: Tx, bulk: Bulk) -> None:
        await stock_bulk_calls.hand_over(tx, self.pen, bulk=bulk.id)

    async def follow(self, tx: Tx, bulk: Bulk) -> None:
        """Since events were passed over while levels were written, all is read again once nothing is left to be filed."""
        run = bulk.run or self.view.id
        left = await stock_bulk_calls.any_left(tx, tenant=bulk.tenant, run=run, most=self.load_from)
        if left < max(1, self.load_from):
            await stock_bulks.begin(
                tx,
                tenant=self.scene.tenant,
                id=uuid4(),
                shop=self.scene.shop,
                connection=self.scene.connection,
                purpose=Purpose.LINK,
            )
