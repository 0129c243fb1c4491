"""One call of stock: key and payload frozen in a committed effect, sent, its answer written down, whatever happens."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID, uuid4

import orjson

from app.crypto import Vault
from app.domain.inventory import LevelKey, LevelWrite, StockMode
from app.domain.stock_plan import LineState
from app.errors import Bug, Misconfigured, Reason, Rejected, Retry, StockbridgeError, Unclear
from app.models import stock_effects, stock_levels, stock_runs
from app.models.database import Database
from app.models.stock_effects import BoundLine, StockEffect
from app.models.stock_writers import Pen
from app.ports import Json, LevelsWritten
from app.steps import step as passes
from app.sync.sending import EFFECT, LeaseLost
from app.sync.stock.scene import Scene

_DEADLINE = timedelta(seconds=60)
"""A store's own client has a shorter one; this bounds what waits for its bucket as well."""
_TRIES = 4
_FIRST_WAIT = 0.25


@dataclass(frozen=True, kw_only=True)
class Left:
    """What of a call is still to be written. `bad`: someone in it is refused, and the store does not say who."""

    lines: Sequence[BoundLine] = ()
    bad: Reason | None = None


@dataclass(frozen=True, kw_only=True)
class Caller:
    """Writes for one run under one pen."""

    database: Database
    vault: Vault
    scene: Scene
    pen: Pen
    run: UUID
    calls: list[int] = field(default_factory=lambda: [0])

    async def write(self, lines: Sequence[BoundLine]) -> Left:
        """Sends these lines in one call under a new key. Raises LeaseLost when an heir writes here."""
        writes = [LevelWrite(key=line.key, new=line.new, old=line.old) for line in lines]
        payload = self.scene.store.payload(writes, mode=self.scene.settings.mode, reference=str(self.run))
        frozen = orjson.dumps(payload)
        effect = StockEffect(
            id=uuid4(),
            key=str(uuid4()),
            payload=self.vault.pack(frozen, tenant=self.pen.tenant, purpose=EFFECT),
            run=self.run,
            tries=1,
            age=timedelta(0),
        )
        await passes("stock.frozen")
        async with self.database.tenant(self.pen.tenant) as tx:
            mine = await stock_effects.send(
                tx,
                self.pen,
                run=self.run,
                id=effect.id,
                key=effect.key,
                payload=effect.payload,
                payload_hash=hashlib.sha256(frozen).digest(),
                lines=[line.key for line in lines],
                deadline=_DEADLINE,
                lease=self.scene.sides.timing.stock_lease,
            )
        if not mine:
            raise LeaseLost
        return await self._deliver(effect, payload, lines, again=False)

    async def repeat(self, effect: StockEffect) -> Left:
        """The same frozen call once more, after its answer was lost (by us or by who wrote here before)."""
        async with self.database.tenant(self.pen.tenant) as tx:
            lines = await stock_effects.lines_of(tx, tenant=self.pen.tenant, effect=effect.id)
            mine = await stock_effects.again(
                tx, self.pen, effect, deadline=_DEADLINE, lease=self.scene.sides.timing.stock_lease
            )
        if not mine:
            raise LeaseLost
        payload: Mapping[str, Json] = orjson.loads(
            self.vault.unpack(effect.payload, tenant=self.pen.tenant, purpose=EFFECT)
        )
        return await self._deliver(effect, payload, lines, again=True)

    async def void(self, effect: StockEffect, *, code: str = "stock.key_too_old") -> None:
        """Too old for its key to be remembered, or refused after all: its levels are read again instead (rule 18)."""
        async with self.database.tenant(self.pen.tenant) as tx:
            await stock_effects.again(
                tx, self.pen, effect, deadline=_DEADLINE, lease=self.scene.sides.timing.stock_lease
            )
            if await stock_effects.end(tx, self.pen, effect.id, outcome="refused", code=code):
                await stock_levels.given_up(
                    tx, tenant=self.pen.tenant, shop=self.pen.shop, effects=[effect.id]
                )
                await stock_effects.release(tx, self.pen, effect.id, lines="stale")

    async def _deliver(
        self, effect: StockEffect, payload: Mapping[str, Json], lines: Sequence[BoundLine], *, again: bool
    ) -> Left:
        """Any exit that is no definite answer leaves the effect sent (rule 6)."""
        await passes("stock.sent")
        began = time.monotonic()
        answer = await self._answered(effect, payload, lost=again)
        await passes("stock.answered")
        left = await self.understood(effect, answer, lines, timedelta(seconds=time.monotonic() - began))
        await passes("stock.done")
        return left

    async def _answered(
        self, effect: StockEffect, payload: Mapping[str, Json], *, lost: bool
    ) -> LevelsWritten:
        """The same key until an answer comes: what is still under way there, or was lost, happens once.

        `lost`: it may have counted already. A door that shuts after that says nothing of what went through it, and opens again;
        what is refused after that is given up.
        """
        for left in reversed(range(_TRIES)):
            wait = _FIRST_WAIT * 2 ** (_TRIES - 1 - left)
            self.calls[0] += 1
            try:
                answer = await self.scene.store.write(effect.key, payload)
            except Misconfigured as refused:
                if not lost:
                    await self._refused(effect, refused)
                raise
            except (Rejected, Bug) as refused:
                await (self.void(effect, code=refused.code) if lost else self._refused(effect, refused))
                raise
            except (Retry, Unclear) as error:
                lost = lost or isinstance(error, Unclear)
                if not left:
                    raise
                after = error.after if isinstance(error, Retry) else None
                await asyncio.sleep(max(wait, after.total_seconds() if after else 0.0))
                continue
            if not answer.again or answer.anew:
                return answer
            if left:
                await asyncio.sleep(wait)
        raise Unclear("stock.still_under_way", "The store still works on a change of stock.")

    async def _refused(self, effect: StockEffect, error: StockbridgeError) -> None:
        async with self.database.tenant(self.pen.tenant) as tx:
            if await stock_effects.end(tx, self.pen, effect.id, outcome="refused", code=error.code):
                await stock_effects.release(tx, self.pen, effect.id, lines="planned")

    async def understood(
        self, effect: StockEffect, answer: LevelsWritten, lines: Sequence[BoundLine], took: timedelta
    ) -> Left:
        """Writes an answer down: the effect, its lines, and what the levels show now. Raises LeaseLost."""
        run = effect.run or self.run
        refused = answer.refused or {}
        async with self.database.tenant(self.pen.tenant) as tx:
            mine = await stock_effects.end(
                tx,
                self.pen,
                effect.id,
                outcome="done" if answer.done else "refused",
                code=None if answer.done else _why(answer),
                took=took,
            )
            if mine and answer.done:
                await stock_levels.written(
                    tx,
                    tenant=self.pen.tenant,
                    shop=self.pen.shop,
                    effect=effect.id,
                    on_hand=self.scene.settings.mode is StockMode.ON_HAND,
                )
            if mine:
                await stock_effects.release(
                    tx, self.pen, effect.id, lines="done" if answer.done else "planned"
                )
                states: dict[LevelKey, tuple[LineState, Reason | None]] = dict.fromkeys(
                    answer.stale, (LineState.STALE, None)
                )
                states |= {key: (LineState.HELD, reason) for key, reason in refused.items()}
                if states:
                    await stock_runs.mark(tx, tenant=self.pen.tenant, run=run, states=states)
        if not mine:
            raise LeaseLost
        if answer.done:
            return Left()
        out = answer.stale | refused.keys()
        return Left(lines=[line for line in lines if line.key not in out], bad=answer.bad)

    async def spent(self) -> None:
        """Writes down what the calls since the last time cost."""
        calls, self.calls[0] = self.calls[0], 0
        if calls:
            async with self.database.tenant(self.pen.tenant) as tx:
                await stock_runs.spent(
                    tx,
                    tenant=self.pen.tenant,
                    run=self.run,
                    calls=calls,
                    points=calls * self.scene.store.points,
                )


def _why(answer: LevelsWritten) -> str:
    if answer.anew:
        return "stock.key_used_up"
    return "stock.stale" if answer.stale and not answer.refused and not answer.bad else "stock.refused"


def give_up_quietly() -> contextlib.AbstractContextManager[None]:
    """An answer that never came leaves its call for the next turn; the others go on."""
    return contextlib.suppress(Retry, Unclear)
