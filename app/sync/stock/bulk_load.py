"""Writes a first plan of many levels by bulk mutations: each line of a file is one call with its own frozen key.

The calls are effects before the file leaves, and their levels are fenced until its result was read. A call that the
result says nothing of is repeated on its own afterwards, under the same key.
"""

from __future__ import annotations

import hashlib
from contextlib import aclosing
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import uuid4

import orjson

from app.crypto import Vault
from app.domain.inventory import LevelWrite
from app.domain.stock_plan import LineState, RunState, RunView
from app.errors import Bug, Reason, Rejected, Retry
from app.models import (
    run_lists,
    stock_bulk_calls,
    stock_bulks,
    stock_effects,
    stock_runs,
    stock_writers,
    timeline,
)
from app.models.database import Database, Tx
from app.models.stock_bulks import Bulk, Purpose, Stage
from app.models.stock_effects import BoundLine
from app.models.stock_writers import Pen
from app.ports import BulkSeen, BulkStarted, BulkState, FileLine, Json, StockBulk
from app.steps import step as passes
from app.sync.sending import EFFECT, LeaseLost
from app.sync.stock import bulk_asking as asking
from app.sync.stock import holding
from app.sync.stock.bulk_asking import Asking, GivenUp
from app.sync.stock.deciding import Decider
from app.sync.stock.scene import Scene
from app.sync.stock.sending import Caller

_DEADLINE = timedelta(hours=25)
"""Within a day the store has worked through a file, or never will."""
_PAGE = 20
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
            load = _Load(
                database=self.database,
                vault=self.vault,
                scene=scene,
                files=files,
                pen=pen,
                view=view,
                load_from=self.load_from,
            )
            try:
                return _NOW if await load.ended(bulk) else scene.sides.timing.bulk_look
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


@dataclass(frozen=True, kw_only=True)
class _Load:
    database: Database
    vault: Vault
    scene: Scene
    files: StockBulk
    pen: Pen
    view: RunView
    load_from: int

    async def ended(self, bulk: Bulk) -> bool:
        try:
            if bulk.stage is Stage.FREEZING:
                bulk = await self._frozen(bulk)
            if bulk.stage is Stage.READY and not await self._wanted(bulk):
                raise GivenUp(_stopped())
            if bulk.stage is Stage.READY and bulk.path is None:
                bulk = await self._uploaded(bulk)
            bulk, seen = await self._asking().over(bulk)
        except GivenUp as given_up:
            await self._given_up(given_up.reason)
            return True
        if seen is None:
            return False
        await self._applied(bulk, seen)
        return True

    async def _wanted(self, bulk: Bulk) -> bool:
        async with self.database.tenant(bulk.tenant) as tx:
            found = await run_lists.one(
                tx, tenant=bulk.tenant, run=bulk.run or self.view.id, flow=stock_runs.FLOW
            )
        return found is not None and found.state is RunState.RUNNING and bulk.lines > 0

    # --- the file ------------------------------------------------------------------------------------------------

    async def _frozen(self, bulk: Bulk) -> Bulk:
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
                    run=bulk.run,
                    state=LineState.PLANNED,
                    after=_START,
                    most=self.scene.store.size,
                )
                if not lines:
                    break
                bulk = await self._freeze(tx, bulk, lines)
            await passes("bulk.frozen")
        return await asking.saved(self.database, replace(bulk, stage=Stage.READY))

    async def _freeze(self, tx: Tx, bulk: Bulk, lines: list[BoundLine]) -> Bulk:
        if not await stock_writers.extend(tx, self.pen, lease=self.scene.sides.timing.stock_lease):
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

    async def _uploaded(self, bulk: Bulk) -> Bulk:
        content, after = bytearray(), -1
        while True:
            async with self.database.tenant(bulk.tenant) as tx:
                page = await stock_bulk_calls.page(
                    tx, tenant=bulk.tenant, bulk=bulk.id, after=after, most=_PAGE
                )
            if not page:
                break
            for call in page:
                content += self.files.line(call.key, self._payload(call.payload)) + b"\n"
            after = page[-1].line
        try:
            path = await self.files.upload(bytes(content))
        except (Rejected, Bug) as refused:
            raise GivenUp(refused.reason) from refused
        except Retry as away:
            if bulk.age > self.scene.sides.timing.bulk_patience:
                raise GivenUp(away.reason) from away
            raise
        await passes("bulk.uploaded")
        return await asking.saved(self.database, replace(bulk, path=path))

    def _payload(self, sealed: bytes) -> dict[str, Json]:
        opened: dict[str, Json] = orjson.loads(
            self.vault.unpack(sealed, tenant=self.pen.tenant, purpose=EFFECT)
        )
        return opened

    # --- the store -----------------------------------------------------------------------------------------------

    def _asking(self) -> Asking:
        async def start(bulk: Bulk) -> BulkStarted:
            return await self.files.ask_writes(name=bulk.name, path=bulk.path or "")

        async def leave(tx: Tx, bulk: Bulk) -> None:
            if not await stock_writers.extend(tx, self.pen, lease=self.scene.sides.timing.stock_lease):
                raise LeaseLost
            await stock_bulk_calls.leave(tx, tenant=bulk.tenant, bulk=bulk.id, deadline=_DEADLINE)
            await stock_runs.spent(
                tx, tenant=bulk.tenant, run=bulk.run or self.view.id, calls=2, points=self.files.points
            )

        return Asking(
            database=self.database,
            store=self.files,
            timing=self.scene.sides.timing,
            start=start,
            first=leave,
        )

    # --- the result ----------------------------------------------------------------------------------------------

    async def _applied(self, bulk: Bulk, seen: BulkSeen) -> None:
        """Each call is written down as if it had been answered; reading the result twice changes nothing."""
        async with self.database.tenant(bulk.tenant) as tx:
            await stock_bulk_calls.inherit(tx, self.pen, bulk=bulk.id)
        reason = asking.broken(seen) if seen.state is BulkState.BROKEN else None
        try:
            await self._apply_all(bulk, seen.file)
        except Rejected:
            reason = await self._applied_again(bulk) or reason
        except Bug as unreadable:
            reason = unreadable.reason
        await self._over(bulk, reason)

    async def _applied_again(self, bulk: Bulk) -> Reason | None:
        """From the address that the file has now."""
        try:
            await self._apply_all(bulk, await asking.still_there(self.files, bulk))
        except Rejected:
            return asking.file_gone()
        except Bug as unreadable:
            return unreadable.reason
        return None

    async def _apply_all(self, bulk: Bulk, file: str | None) -> None:
        if file is None:
            return
        caller = Caller(
            database=self.database,
            vault=self.vault,
            scene=self.scene,
            pen=self.pen,
            run=bulk.run or self.view.id,
        )
        async with aclosing(self.files.lines(file, after=0)) as lines:
            async for line in lines:
                await self._apply(bulk, caller, line)

    async def _apply(self, bulk: Bulk, caller: Caller, line: FileLine) -> None:
        number = self.files.number(line.text)
        if number is None:
            return
        async with self.database.tenant(bulk.tenant) as tx:
            effect = await stock_bulk_calls.of_line(tx, tenant=bulk.tenant, bulk=bulk.id, line=number)
            lines = await stock_effects.lines_of(tx, tenant=bulk.tenant, effect=effect.id) if effect else []
        if effect is None:
            return
        answer = self.files.written(line.text, self._payload(effect.payload))
        if answer is None:
            return
        await caller.understood(effect, answer, lines, timedelta(0))
        await passes("bulk.applied")

    async def _over(self, bulk: Bulk, reason: Reason | None) -> None:
        """What the result left open goes on call by call; and since events were passed over, all is read again."""
        async with self.database.tenant(bulk.tenant) as tx:
            await stock_bulk_calls.hand_over(tx, self.pen, bulk=bulk.id)
            if not await stock_bulks.end(tx, bulk, reason=reason):
                raise LeaseLost
            if reason is not None:
                await self._tell(tx, bulk, reason)
            if await stock_bulk_calls.any_left(
                tx, tenant=bulk.tenant, run=bulk.run or self.view.id, most=self.load_from
            ) < max(1, self.load_from):
                await self._read_again(tx)

    async def _read_again(self, tx: Tx) -> None:
        await stock_bulks.begin(
            tx,
            tenant=self.scene.tenant,
            id=uuid4(),
            shop=self.scene.shop,
            connection=self.scene.connection,
            purpose=Purpose.LINK,
        )

    async def _given_up(self, reason: Reason) -> None:
        async with self.database.tenant(self.pen.tenant) as tx:
            bulk = await stock_bulks.open_of(
                tx, tenant=self.pen.tenant, shop=self.pen.shop, purpose=Purpose.LOAD
            )
            if bulk is None:
                raise LeaseLost
            if bulk.stage is Stage.READY and not bulk.tries:
                await stock_bulk_calls.stayed(tx, tenant=bulk.tenant, bulk=bulk.id)
            await stock_bulk_calls.hand_over(tx, self.pen, bulk=bulk.id)
            await stock_bulks.end(tx, bulk, reason=reason)
            await self._tell(tx, bulk, reason)

    async def _tell(self, tx: Tx, bulk: Bulk, reason: Reason) -> None:
        await timeline.note(
            tx,
            tenant=bulk.tenant,
            connection=bulk.connection,
            record=None,
            run=bulk.run,
            kind="stock_load",
            sentence=f"{reason.sentence} What is left is written call by call.",
            code=reason.code,
            facts=reason.facts,
        )


def _stopped() -> Reason:
    return Reason(code="stock.bulk_stopped", sentence="The run was stopped before its file left.")
