"""One call of prices: frozen in a committed effect, sent, its answer written down; a lost answer is judged by a look."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID, uuid4

import orjson

from app.crypto import Vault
from app.domain.ids import StoreKey
from app.domain.price import BASE, PriceKey, PriceWrite, Shown
from app.domain.stock_plan import LineState
from app.errors import Bug, Misconfigured, Reason, Rejected, Retry, StockbridgeError, Unclear
from app.models import price_effects, price_lines, price_rows, stock_runs
from app.models.database import Database
from app.models.price_effects import PriceEffect
from app.models.price_lines import PriceLine
from app.models.stock_writers import Pen
from app.ports import Json, PricesWritten
from app.steps import step as passes
from app.sync.prices import reading
from app.sync.prices.scene import PriceScene
from app.sync.sending import EFFECT, LeaseLost

_DEADLINE = timedelta(seconds=60)
"""A store's own client has a shorter one."""
GONE = Reason(code="price.variant_gone", sentence="The store no longer has this variant.")

States = dict[tuple[str, str, str], tuple[LineState, Reason | None]]


@dataclass(frozen=True, kw_only=True)
class Wish:
    """A line with what is to be sent for it, decided by what was just read."""

    line: PriceLine
    write: PriceWrite


@dataclass(frozen=True, kw_only=True)
class PriceCaller:
    """Writes for one run under one pen. `tally` counts calls, then those that nobody has an answer to."""

    database: Database
    vault: Vault
    scene: PriceScene
    pen: Pen
    run: UUID
    currencies: Mapping[StoreKey, str]
    tally: list[int] = field(default_factory=lambda: [0, 0])

    def payload(self, wishes: Sequence[Wish]) -> Mapping[str, Json]:
        first = wishes[0].line
        return self.scene.store.payload(
            first.product, [wish.write for wish in wishes], currency=self.currencies[first.key.list]
        )

    async def write(self, wishes: Sequence[Wish], *, read_at: float) -> None:
        """Sends these, of one list and product, in one call. `read_at`: when they were read, by the monotonic clock.

        Raises LeaseLost when an heir writes here, and what the store raises for all that come after.
        """
        payload, lines, effect = self.payload(wishes), [wish.line for wish in wishes], uuid4()
        frozen = orjson.dumps(payload)
        await passes("price.frozen")
        async with self.database.tenant(self.pen.tenant) as tx:
            mine = await price_effects.send(
                tx,
                self.pen,
                run=self.run,
                id=effect,
                payload=self.vault.pack(frozen, tenant=self.pen.tenant, purpose=EFFECT),
                payload_hash=hashlib.sha256(frozen).digest(),
                lines=lines,
                deadline=_DEADLINE,
                settle=self.scene.sides.timing.price_settle,
                lease=self.scene.sides.timing.stock_lease,
            )
        if not mine:
            raise LeaseLost
        await passes("price.sent")
        began, by = time.monotonic(), read_at + self.scene.sides.timing.price_fresh.total_seconds()
        try:
            answer = await self._answered(effect, payload, by)
        except Unclear:
            self.tally[1] += 1
            return
        await passes("price.answered")
        await self.understood(effect, answer, lines, timedelta(seconds=time.monotonic() - began))
        await passes("price.done")

    async def _answered(self, effect: UUID, payload: Mapping[str, Json], by: float) -> PricesWritten:
        """Any exit that is no definite answer leaves the effect sent (rule 6)."""
        self.tally[0] += 1
        try:
            async with asyncio.timeout(_DEADLINE.total_seconds()):
                return await self.scene.store.write(payload, by=by)
        except (Misconfigured, Rejected, Bug, Retry) as refused:
            await self._stayed(effect, refused)
            raise
        except TimeoutError as cause:
            raise Unclear("price.no_answer", "The store did not answer a change of prices.") from cause

    async def _stayed(self, effect: UUID, error: StockbridgeError) -> None:
        """Nothing happened there, for certain: its lines are planned as before."""
        async with self.database.tenant(self.pen.tenant) as tx:
            lines = await price_lines.of_effect(tx, tenant=self.pen.tenant, effect=effect)
            if await price_effects.end(tx, self.pen, effect, outcome="refused", code=error.code):
                back: States = {line.place: (LineState.PLANNED, None) for line in lines}
                await price_lines.mark(tx, tenant=self.pen.tenant, run=self.run, lines=back)

    async def understood(
        self, effect: UUID, answer: PricesWritten, lines: Sequence[PriceLine], took: timedelta
    ) -> None:
        """Writes an answer down. What it says nothing certain of is planned again, and read before it is written."""
        states: States = {}
        for line in lines:
            refused = answer.refused.get(line.key)
            if refused is not None:
                states[line.place] = (LineState.HELD, refused)
            elif has(answer.shown.get(line.key), line):
                states[line.place] = (LineState.DONE, None)
            elif answer.bad is not None:
                states[line.place] = (LineState.HELD, answer.bad)
            else:
                states[line.place] = (LineState.PLANNED, None)
        code = None if all(state is LineState.DONE for state, _ in states.values()) else "price.refused"
        await self._ended(effect, self.run, lines, states, code=code, took=took, shown=answer.shown)

    async def judge(self, effect: PriceEffect) -> bool:
        """What became of a call whose answer nobody has: by a look. False: it may still happen."""
        async with self.database.tenant(self.pen.tenant) as tx:
            lines = await price_lines.of_effect(tx, tenant=self.pen.tenant, effect=effect.id)
        shown: dict[PriceKey, Shown | None] = {}
        for place in sorted({line.key.list for line in lines}):
            variants = [line.key.variant for line in lines if line.key.list == place]
            shown |= {
                seen.key: seen.shown
                for seen in await reading.read_shown(self.database, self.scene, place, variants)
            }
        there = {line.place for line in lines if has(shown.get(line.key), line)}
        if len(there) < len(lines) and not effect.settled:
            return False
        states: States = {line.place: _judged(line, shown, line.place in there) for line in lines}
        code = None if len(there) == len(lines) else "price.not_there"
        await self._ended(effect.id, effect.run or self.run, lines, states, code=code)
        if effect.run not in {None, self.run}:
            async with self.database.tenant(self.pen.tenant) as tx:
                await stock_runs.recount(tx, tenant=self.pen.tenant, run=effect.run or self.run)
        return True

    async def _ended(
        self,
        effect: UUID,
        run: UUID,
        lines: Sequence[PriceLine],
        states: States,
        *,
        code: str | None,
        took: timedelta = timedelta(0),
        shown: Mapping[PriceKey, Shown] | None = None,
    ) -> None:
        done = [line for line in lines if states[line.place][0] is LineState.DONE]
        async with self.database.tenant(self.pen.tenant) as tx:
            outcome = "done" if done or not lines else "refused"
            mine = await price_effects.end(tx, self.pen, effect, outcome=outcome, code=code, took=took)
            if mine:
                await price_rows.showed(tx, tenant=self.pen.tenant, shop=self.pen.shop, shown=shown or {})
                await price_rows.agreed(
                    tx,
                    tenant=self.pen.tenant,
                    shop=self.pen.shop,
                    prices={line.key: (line.new, line.observed_at) for line in done},
                    wrote=True,
                )
                await price_lines.mark(tx, tenant=self.pen.tenant, run=run, lines=states)
        if not mine:
            raise LeaseLost

    async def spent(self) -> None:
        """Writes down what the calls since the last time cost."""
        calls, self.tally[0] = self.tally[0], 0
        if calls:
            async with self.database.tenant(self.pen.tenant) as tx:
                await stock_runs.spent(
                    tx,
                    tenant=self.pen.tenant,
                    run=self.run,
                    calls=calls,
                    points=calls * self.scene.store.points,
                )


def has(shown: Shown | None, line: PriceLine) -> bool:
    """Whether that is what the line wanted."""
    if shown is None:
        return False
    return shown.was == line.new if line.sale else shown.price == line.new


def _judged(
    line: PriceLine, shown: Mapping[PriceKey, Shown | None], there: bool
) -> tuple[LineState, Reason | None]:
    if there:
        return LineState.DONE, None
    if line.key.list == BASE and line.key not in shown:
        return LineState.HELD, GONE
    return LineState.PLANNED, None
