"""The door to the prices flow: plan, approve, answer, push, look; what the schedule, the command line and the API call.

A plan that needs nobody's word goes on by itself; one with concerns waits for `approve`, and single prices for
`answer`. Everything is in PostgreSQL: any process may ask, and a push whose worker died is taken up by the next turn.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar
from uuid import UUID, uuid4

from app.domain.price_rule import Answer, Winner
from app.domain.stock_plan import LineState, RunState, RunView
from app.errors import Refused, Retry, StockbridgeError, Unclear
from app.logs import get
from app.mapping.prices import USUAL
from app.mapping.stock import item_of
from app.models import (
    price_lines,
    price_rows,
    price_settings,
    schedules,
    stock_bulks,
    stock_runs,
    timeline,
    turn_rows,
)
from app.models.database import Tx
from app.models.price_lines import FLOW, PriceLine
from app.models.schedules import Turn
from app.models.stock_bulks import Purpose
from app.sync.planned_flow import PlannedFlow
from app.sync.prices import planning, reading
from app.sync.prices.filing import PriceFiling
from app.sync.prices.pushing import PricePusher, price_pen
from app.sync.prices.scene import WORD, PriceScene, may_push, open_scene
from app.sync.run_lines import told
from app.sync.sending import LeaseLost
from app.sync.turns import ended_by, take

_SOON = timedelta(seconds=15)
_PATIENCE = timedelta(hours=1)
"""How long a first plan is left before a person as it is."""
_ASKED = frozenset({"price.changed_by_person", "price.zero", "price.steep"})
"""What a person may answer from here; the rest is put right where it is wrong."""


@dataclass(frozen=True, kw_only=True)
class PriceFlow(PlannedFlow):
    """The flow `prices` of a connection."""

    word: ClassVar[str] = WORD
    flow: ClassVar[str] = FLOW

    # --- for people ----------------------------------------------------------------------------------------------

    async def plan_prices(
        self, tenant: UUID, connection: UUID, *, started_by: str, only: str | None = None
    ) -> RunView:
        """Reads the ERP and plans; writes nothing. `only`: one SKU. Raises Misconfigured, Retry, Unclear."""
        scene = await open_scene(self.database, self.open, tenant=tenant, connection=connection)
        scene = await self._linked(scene)
        run = uuid4()
        async with self.database.tenant(tenant) as tx:
            await stock_runs.begin(
                tx,
                tenant=tenant,
                id=run,
                connection=connection,
                started_by=started_by,
                first=scene.setup.first_push_at is None,
                partial=only is not None,
                flow=FLOW,
            )
        try:
            if only is None:
                since = await reading.read_erp(self.database, scene)
            else:
                since = await reading.read_again(self.database, scene, [item_of(only.strip(), scene.tables)])
            await planning.plan(self.database, scene, run, since=since, only=only)
        except StockbridgeError as error:
            async with self.database.tenant(tenant) as tx:
                await stock_runs.end(tx, tenant=tenant, run=run, state=ended_by(error), reason=error.reason)
                await told(tx, tenant=tenant, run=run, word=self.word)
            raise
        return await self._view(tenant, run)

    async def answer(
        self, tenant: UUID, run: UUID, winner: Winner, *, sku: str | None = None, by: str
    ) -> int:
        """A person's word on prices of a run that wait for one, of one SKU or all: the ERP's is written at the next turn,

        or the store's stays. It holds for as long as both prices are what they are. Answers with how many there were.
        """
        view, shop = await self._view(tenant, run), await self._shop_of(tenant, run)
        answered, after = 0, price_lines.START
        while True:
            async with self.database.tenant(tenant) as tx:
                page = await price_lines.page(
                    tx, tenant=tenant, run=run, after=after, most=500, state=LineState.HELD
                )
                asked = [
                    line
                    for line in page
                    if line.code in _ASKED and line.old is not None and sku in (None, line.sku)
                ]
                await price_rows.decide(
                    tx,
                    tenant=tenant,
                    shop=shop,
                    answers={line.key: _answer(line, winner) for line in asked},
                )
            answered += len(asked)
            if len(page) < 500:
                break
            after = page[-1].place
        await self._answered(tenant, view, winner, answered, by)
        return answered

    async def lines(
        self, tenant: UUID, run: UUID, *, after: tuple[str, str, str] = price_lines.START, most: int = 100,
        state: LineState | None = None,
    ) -> Sequence[PriceLine]:  # fmt: skip
        """A page of a plan; `after`: list, product and variant of the last line of the page before."""
        async with self.database.tenant(tenant) as tx:
            return await price_lines.page(tx, tenant=tenant, run=run, after=after, most=most, state=state)

    async def set_up(self, tenant: UUID, connection: UUID, settings: str) -> None:
        """Turns the flow on with these settings (JSON of `mapping.prices`). Raises ValueError for what can't be meant."""
        async with self.database.tenant(tenant) as tx:
            await price_settings.save(tx, tenant=tenant, connection=connection, settings=settings)

    # --- for the schedule ----------------------------------------------------------------------------------------

    async def turn(self, tenant: UUID, connection: UUID) -> None:
        """One connection's turn, for the one worker that gets it: a push goes on, or the ERP is read and planned."""
        await take(
            self.database, tenant=tenant, connection=connection, flow=self.flow, usual=USUAL,
            lease=self.turn_lease, work=self._taken,
        )  # fmt: skip

    async def _taken(self, turn: Turn) -> timedelta | None:
        """What a turn does, and how soon the next one is wanted."""
        tenant, connection = turn.tenant, turn.connection
        soon: timedelta | None = None
        async with self.database.tenant(tenant) as tx:
            going = await stock_bulks.load_of(
                tx, tenant=tenant, connection=connection, purpose=Purpose.PRICES
            )
            going = going or await stock_runs.going(tx, tenant=tenant, connection=connection, flow=FLOW)
            waits = await stock_runs.first_waits(
                tx, tenant=tenant, connection=connection, younger=_PATIENCE, flow=FLOW
            )
        try:
            view = None if going or waits else await self.plan_prices(tenant, connection, started_by=turn.by)
            run = going or (view.id if view and view.state is RunState.RUNNING else None)
            scene = await open_scene(self.database, self.open, tenant=tenant, connection=connection)
            if run is not None:
                soon = await self._pushed(scene, run)
            await self._sweep(scene)
        except (Retry, Unclear) as error:
            soon = _SOON if soon is None else min(soon, _SOON)
            get("prices").warning("prices.turn_failed", connection=str(connection), code=error.code)
        return soon

    async def _pushed(self, scene: PriceScene, run: UUID) -> timedelta | None:
        """When to come back: at once for what the ERP changed meanwhile, soon for what is still out."""
        out = await self._push(scene, run)
        now = await self._view(scene.tenant, run)
        if out is not None:
            return out
        if now.state is RunState.RUNNING:
            return min(_SOON, scene.sides.timing.price_settle)
        async with self.database.tenant(scene.tenant) as tx:
            moved = await price_lines.any_in(tx, tenant=scene.tenant, run=run, state=LineState.DEFERRED)
        return _SOON if moved else None

    async def _sweep(self, scene: PriceScene) -> None:
        """A stretch of the store's variants is read again, when it is time: an event may have been lost."""
        async with self.database.tenant(scene.tenant) as tx:
            mine = await turn_rows.claim_link(
                tx,
                price_settings.TABLE,
                tenant=scene.tenant,
                connection=scene.connection,
                every=scene.sides.timing.stock_sweep,
            )
        if mine and scene.setup.linked_at is not None:
            await reading.link(self.database, scene, whole=False)

    # --- parts ---------------------------------------------------------------------------------------------------

    async def _accepted(self, tx: Tx, tenant: UUID, view: RunView) -> None:
        rows, table = view.counts.rows_read, price_settings.TABLE
        await turn_rows.accepted(tx, table, tenant=tenant, connection=view.connection, rows=rows)

    async def _carry(self, tenant: UUID, view: RunView) -> None:
        scene = await open_scene(self.database, self.open, tenant=tenant, connection=view.connection)
        await self._push(scene, view.id)

    async def _linked(self, scene: PriceScene) -> PriceScene:
        """The store's variants must have been read to the end once."""
        if scene.setup.linked_at is not None:
            return scene
        await scene.currencies()
        await reading.link(self.database, scene, whole=True)
        return await open_scene(self.database, self.open, tenant=scene.tenant, connection=scene.connection)

    async def _push(self, scene: PriceScene, run: UUID) -> timedelta | None:
        """When to look at a file that is out; None: none is."""
        may_push(scene)
        view = await self._view(scene.tenant, run)
        async with price_pen(self.database, scene, self.worker) as pen:
            if pen is None:
                return None
            files = scene.sides.store.price_files
            if files is not None:
                filing = PriceFiling(
                    database=self.database,
                    vault=self.vault,
                    scene=scene,
                    pen=pen,
                    view=view,
                    files=files,
                    from_lines=self.bulk.prices,
                )
                wait = await filing.go_on()
                if wait is not None:
                    return wait
            if view.state is not RunState.RUNNING:
                return None
            pusher = PricePusher(database=self.database, vault=self.vault, scene=scene, pen=pen, run=run)
            try:
                await pusher.push()
            except LeaseLost:
                return None
        view = await self._view(scene.tenant, run)
        if view.state is RunState.DONE:
            self.counted("prices", "done")
        return None

    async def _shop_of(self, tenant: UUID, run: UUID) -> UUID:
        view = await self._view(tenant, run)
        async with self.database.tenant(tenant) as tx:
            return await price_rows.shop_of(tx, tenant=tenant, connection=view.connection)

    async def _answered(self, tenant: UUID, view: RunView, winner: Winner, count: int, by: str) -> None:
        if not count:
            raise Refused("price.nothing_asked", "None of these prices waits for an answer.")
        async with self.database.tenant(tenant) as tx:
            await timeline.note(
                tx,
                tenant=tenant,
                connection=view.connection,
                record=None,
                run=view.id,
                kind="price_answered",
                sentence=f"{count} prices were decided by hand: the {'ERP' if winner is Winner.ERP else 'store'} is right.",
                facts={"count": str(count), "winner": winner.value, "by": by},
            )
            await schedules.hurry(tx, tenant=tenant, connection=view.connection, flow=self.flow)


def _answer(line: PriceLine, winner: Winner) -> Answer:
    assert line.old is not None
    return Answer(winner=winner, erp=line.new, store=line.old)
