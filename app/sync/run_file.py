"""One run's file of writing calls, whatever they write: frozen, uploaded, worked through by the store, its result taken over.

Each step begins where the last turn, or a worker that died, left it. What the result says nothing of goes on call by call.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import aclosing
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import ClassVar, Protocol
from uuid import UUID

import orjson

from app.crypto import Vault
from app.domain.stock_plan import RunState
from app.errors import Bug, Reason, Rejected, Retry
from app.models import run_lists, stock_bulk_calls, stock_bulks, stock_runs, timeline
from app.models.database import Database, Tx
from app.models.stock_bulk_calls import FrozenCall
from app.models.stock_bulks import Bulk, Purpose, Stage
from app.models.stock_writers import Pen
from app.ports import BulkFiles, BulkSeen, BulkStarted, BulkState, Json
from app.settings import Timing
from app.steps import step as passes
from app.sync.sending import EFFECT, LeaseLost
from app.sync.stock import bulk_asking as asking
from app.sync.stock.bulk_asking import Asking, GivenUp

_DEADLINE = timedelta(hours=25)
"""Within a day the store has worked through a file, or never will."""


class Calls(Protocol):
    """What a flow writes in its file. `told_as` is its kind of line in the timeline, `at_once` how many are read in one go."""

    flow: ClassVar[str]
    purpose: ClassVar[Purpose]
    told_as: ClassVar[str]
    at_once: ClassVar[int]

    async def frozen(self, bulk: Bulk) -> Bulk:
        """Every call's content as an effect, until the file is full or the plan is at its end. Raises LeaseLost."""
        ...

    def line(self, call: FrozenCall, payload: Mapping[str, Json]) -> bytes:
        """Pure: a call as a line of the file."""
        ...

    async def held(self, tx: Tx) -> bool:
        """Whether the pen is still ours, and for a lease longer."""
        ...

    async def inherit(self, bulk: Bulk) -> None:
        """Before a result is read: what another holder of the pen had sent is ours to write down."""
        ...

    async def apply(self, bulk: Bulk, number: int, line: bytes) -> bool:
        """Writes down what one line of the result says, once. False: it is settled already, or nothing definite."""
        ...

    async def hand_over(self, tx: Tx, bulk: Bulk) -> None:
        """Calls without an answer go on one by one; what never left is planned again."""
        ...

    async def follow(self, tx: Tx, bulk: Bulk) -> None:
        """What the end of a file entails."""
        ...


def payload_of(vault: Vault, tenant: UUID, sealed: bytes) -> dict[str, Json]:
    opened: dict[str, Json] = orjson.loads(vault.unpack(sealed, tenant=tenant, purpose=EFFECT))
    return opened


@dataclass(frozen=True, kw_only=True)
class RunFile:
    """The holder of the pen goes on with the shop's file."""

    database: Database
    vault: Vault
    timing: Timing
    pen: Pen
    run: UUID
    files: BulkFiles
    calls: Calls

    async def ended(self, bulk: Bulk) -> bool:
        try:
            if bulk.stage is Stage.FREEZING:
                bulk = await self._ready(await self.calls.frozen(bulk))
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

    async def _ready(self, bulk: Bulk) -> Bulk:
        return await asking.saved(self.database, replace(bulk, stage=Stage.READY))

    async def _wanted(self, bulk: Bulk) -> bool:
        async with self.database.tenant(bulk.tenant) as tx:
            found = await run_lists.one(
                tx, tenant=bulk.tenant, run=bulk.run or self.run, flow=self.calls.flow
            )
        return found is not None and found.state is RunState.RUNNING and bulk.lines > 0

    async def _uploaded(self, bulk: Bulk) -> Bulk:
        content = await self._content(bulk)
        try:
            path = await self.files.upload(content)
        except (Rejected, Bug) as refused:
            raise GivenUp(refused.reason) from refused
        except Retry as away:
            if bulk.age > self.timing.bulk_patience:
                raise GivenUp(away.reason) from away
            raise
        await passes("bulk.uploaded")
        return await asking.saved(self.database, replace(bulk, path=path))

    async def _content(self, bulk: Bulk) -> bytes:
        content, after = bytearray(), -1
        while True:
            async with self.database.tenant(bulk.tenant) as tx:
                page = await stock_bulk_calls.page(
                    tx, tenant=bulk.tenant, bulk=bulk.id, after=after, most=self.calls.at_once
                )
            if not page:
                return bytes(content)
            for call in page:
                payload = payload_of(self.vault, self.pen.tenant, call.payload)
                content += self.calls.line(call, payload) + b"\n"
            after = page[-1].line

    def _asking(self) -> Asking:
        async def start(bulk: Bulk) -> BulkStarted:
            return await self.files.ask_writes(name=bulk.name, path=bulk.path or "")

        async def leave(tx: Tx, bulk: Bulk) -> None:
            if not await self.calls.held(tx):
                raise LeaseLost
            await stock_bulk_calls.leave(tx, tenant=bulk.tenant, bulk=bulk.id, deadline=_DEADLINE)
            await stock_runs.spent(
                tx, tenant=bulk.tenant, run=bulk.run or self.run, calls=2, points=self.files.points
            )

        return Asking(database=self.database, store=self.files, timing=self.timing, start=start, first=leave)

    # --- the result ----------------------------------------------------------------------------------------------

    async def _applied(self, bulk: Bulk, seen: BulkSeen) -> None:
        """Each call is written down as if it had been answered; reading the result twice changes nothing."""
        await self.calls.inherit(bulk)
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
        async with aclosing(self.files.lines(file, after=0)) as lines:
            async for line in lines:
                number = self.files.number(line.text)
                if number is not None and await self.calls.apply(bulk, number, line.text):
                    await passes("bulk.applied")

    async def _over(self, bulk: Bulk, reason: Reason | None) -> None:
        async with self.database.tenant(bulk.tenant) as tx:
            await self.calls.hand_over(tx, bulk)
            if not await stock_bulks.end(tx, bulk, reason=reason):
                raise LeaseLost
            if reason is not None:
                await self._tell(tx, bulk, reason)
            await self.calls.follow(tx, bulk)

    async def _given_up(self, reason: Reason) -> None:
        async with self.database.tenant(self.pen.tenant) as tx:
            bulk = await stock_bulks.open_of(
                tx, tenant=self.pen.tenant, shop=self.pen.shop, purpose=self.calls.purpose
            )
            if bulk is None:
                raise LeaseLost
            if bulk.stage is Stage.READY and not bulk.tries:
                await stock_bulk_calls.stayed(tx, tenant=bulk.tenant, bulk=bulk.id)
            await self.calls.hand_over(tx, bulk)
            await stock_bulks.end(tx, bulk, reason=reason)
            await self._tell(tx, bulk, reason)

    async def _tell(self, tx: Tx, bulk: Bulk, reason: Reason) -> None:
        await timeline.note(
            tx,
            tenant=bulk.tenant,
            connection=bulk.connection,
            record=None,
            run=bulk.run,
            kind=self.calls.told_as,
            sentence=f"{reason.sentence} What is left is written call by call.",
            code=reason.code,
            facts=reason.facts,
        )


def _stopped() -> Reason:
    return Reason(code="stock.bulk_stopped", sentence="The run was stopped before its file left.")
