"""Writes many prices by bulk mutations: each line of a file is one product's call, frozen before the file leaves.

Its lines are fenced until the result was read. A call that the result says nothing of is judged by a look.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import uuid4

import orjson

from app.crypto import Vault
from app.domain.price import BASE
from app.domain.stock_plan import RunState, RunView
from app.errors import Bug, Reason, Rejected, Retry
from app.models import (
    price_effects,
    price_lines,
    run_lists,
    stock_bulk_calls,
    stock_bulks,
    stock_runs,
    timeline,
)
from app.models.database import Database, Tx
from app.models.stock_bulks import Bulk, Purpose, Stage
from app.models.stock_writers import Pen
from app.ports import BulkSeen, BulkStarted, BulkState, FileLine, Json, PriceFiles
from app.steps import step as passes
from app.sync.prices.deciding import PriceDecider, by_product, packets
from app.sync.prices.scene import PriceScene
from app.sync.prices.sending import PriceCaller, Wish
from app.sync.sending import EFFECT, LeaseLost
from app.sync.stock import bulk_asking as asking
from app.sync.stock.bulk_asking import Asking, GivenUp

_DEADLINE = timedelta(hours=25)
"""Within a day the store has worked through a file, or never will."""
_PAGE = 50
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

    async def go_on(self) -> timedelta | None:
        """None: nothing is out, the rest is written call by call. Otherwise when to look again."""
        bulk = await self._open() or await self._begun()
        if bulk is None:
            return None
        if bulk.connection != self.scene.connection:
            return self.scene.sides.timing.bulk_look
        try:
            return _NOW if await self._ended(bulk) else self.scene.sides.timing.bulk_look
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

    async def _ended(self, bulk: Bulk) -> bool:
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
                tx, tenant=bulk.tenant, run=bulk.run or self.view.id, flow=price_lines.FLOW
            )
        return found is not None and found.state is RunState.RUNNING and bulk.lines > 0

    # --- the file ------------------------------------------------------------------------------------------------

    async def _frozen(self, bulk: Bulk) -> Bulk:
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
        return await asking.saved(self.database, replace(bulk, stage=Stage.READY))

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
            if not await price_effects.held(tx, self.pen, self.scene.sides.timing.stock_lease):
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
                content += self.files.line(self._payload(call.payload)) + b"\n"
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
            if not await price_effects.held(tx, self.pen, self.scene.sides.timing.stock_lease):
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
        caller = self._caller(bulk)
        async with aclosing(self.files.lines(file, after=0)) as lines:
            async for line in lines:
                await self._apply(bulk, caller, line)

    async def _apply(self, bulk: Bulk, caller: PriceCaller, line: FileLine) -> None:
        number = self.files.number(line.text)
        if number is None:
            return
        async with self.database.tenant(bulk.tenant) as tx:
            effect = await price_effects.of_line(tx, tenant=bulk.tenant, bulk=bulk, line=number)
            lines = await price_lines.of_effect(tx, tenant=bulk.tenant, effect=effect.id) if effect else []
        answer = self.files.written(line.text, self._payload(effect.payload)) if effect else None
        if effect is None or answer is None:
            return
        await caller.understood(effect.id, answer, lines, _NOW)
        await passes("bulk.applied")

    async def _over(self, bulk: Bulk, reason: Reason | None) -> None:
        async with self.database.tenant(bulk.tenant) as tx:
            await price_effects.hand_over(tx, self.pen, bulk=bulk.id)
            if not await stock_bulks.end(tx, bulk, reason=reason):
                raise LeaseLost
            if reason is not None:
                await self._tell(tx, bulk, reason)

    async def _given_up(self, reason: Reason) -> None:
        async with self.database.tenant(self.pen.tenant) as tx:
            bulk = await stock_bulks.open_of(
                tx, tenant=self.pen.tenant, shop=self.pen.shop, purpose=Purpose.PRICES
            )
            if bulk is None:
                raise LeaseLost
            if bulk.stage is Stage.READY and not bulk.tries:
                await stock_bulk_calls.stayed(tx, tenant=bulk.tenant, bulk=bulk.id)
            await price_effects.hand_over(tx, self.pen, bulk=bulk.id)
            await stock_bulks.end(tx, bulk, reason=reason)
            await self._tell(tx, bulk, reason)

    async def _tell(self, tx: Tx, bulk: Bulk, reason: Reason) -> None:
        await timeline.note(
            tx,
            tenant=bulk.tenant,
            connection=bulk.connection,
            record=None,
            run=bulk.run,
            kind="price_file",
            sentence=f"{reason.sentence} What is left is written call by call.",
            code=reason.code,
            facts=reason.facts,
        )


def _stopped() -> Reason:
    return Reason(code="stock.bulk_stopped", sentence="The run was stopped before its file left.")
