"""The door to the stock flow: plan, approve, push, look; what the schedule, the command line and the API call.

A plan that needs nobody's word goes on by itself; one with concerns waits for `approve`. Everything is in PostgreSQL:
any process may ask, and a push whose worker died is taken up by the next turn.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar
from uuid import UUID, uuid4

from app.domain.inventory import Component
from app.domain.stock_plan import LineState, PlanLine, RunState, RunView
from app.errors import Retry, StockbridgeError, Unclear
from app.logs import get
from app.mapping.stock import USUAL
from app.models import stock_bulks, stock_links, stock_runs, stock_settings
from app.models.database import Tx
from app.models.schedules import Turn
from app.sync.planned_flow import PlannedFlow
from app.sync.run_lines import told
from app.sync.sending import LeaseLost
from app.sync.stock import bulk_link, planning, reading, skus
from app.sync.stock.bulk_load import BulkLoad
from app.sync.stock.pushing import Pusher
from app.sync.stock.scene import WORD, Scene, may_push, open_scene
from app.sync.stock.skus import SkuProblems
from app.sync.turns import ended_by, take

_SOON = timedelta(seconds=15)
_PATIENCE = timedelta(hours=1)
"""How long a first plan is left before a person as it is; before it is written the ERP is asked again anyway."""
_NOW = timedelta(0)
LINKING = "stock.linking"
"""The code of a plan that waits for the shop's items to be read."""
HOOK = "hook"
"""What a hook's secret is bound to."""


@dataclass(frozen=True, kw_only=True)
class StockFlow(PlannedFlow):
    """The flow `inventory` of a connection."""

    word: ClassVar[str] = WORD
    flow: ClassVar[str] = stock_runs.FLOW

    # --- for people ----------------------------------------------------------------------------------------------

    async def plan_stock(
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
            )
        try:
            if only is None:
                since = await reading.read_erp(self.database, scene)
            else:
                async with self.database.tenant(tenant) as tx:
                    since = await stock_settings.clock(tx)
                parts = await self._components(scene, only)
                await reading.read_again(self.database, scene, [part.item for part in parts])
            await planning.plan(self.database, scene, run, since=since, only=only)
        except StockbridgeError as error:
            async with self.database.tenant(tenant) as tx:
                await stock_runs.end(tx, tenant=tenant, run=run, state=ended_by(error), reason=error.reason)
                await told(tx, tenant=tenant, run=run, word=self.word)
            raise
        return await self._view(tenant, run)

    async def lines(
        self, tenant: UUID, run: UUID, *, after: tuple[str, str] = ("", ""), most: int = 100,
        state: LineState | None = None,
    ) -> Sequence[PlanLine]:  # fmt: skip
        """A page of a plan; `after`: location and item of the last line of the page before."""
        async with self.database.tenant(tenant) as tx:
            return await stock_runs.lines_page(
                tx, tenant=tenant, run=run, after=after, most=most, state=state
            )

    async def sku_problems(
        self, tenant: UUID, connection: UUID, *, after: str | None = None, most: int = 200
    ) -> SkuProblems:
        """A page of what keeps SKUs of the shop from being stocked, by SKU."""
        scene = await open_scene(self.database, self.open, tenant=tenant, connection=connection)
        return await skus.problems(self.database, scene, after=after, most=most)

    async def set_up(self, tenant: UUID, connection: UUID, settings: str) -> None:
        """Turns the flow on with these settings (JSON of `mapping.stock`). Raises ValueError for what can't be meant."""
        async with self.database.tenant(tenant) as tx:
            await stock_settings.save(tx, tenant=tenant, connection=connection, settings=settings)
            await stock_runs.doubt(tx, tenant=tenant, connection=connection)

    async def new_hook(self, tenant: UUID, connection: UUID) -> str:
        """A new secret for the ERP to sign its events with; shown once, and the one before stops working."""
        secret = secrets.token_hex(32)
        sealed = self.vault.seal(secret.encode(), tenant=tenant, purpose=HOOK)
        async with self.database.tenant(tenant) as tx:
            await stock_settings.save_hook(tx, tenant=tenant, connection=connection, sealed=sealed)
        return secret

    async def hook(self, connection: UUID) -> tuple[UUID, bytes] | None:
        """Whose connection it is and its secret; None for an address that nobody has."""
        tenant = await stock_settings.tenant_of_hook(self.database, connection)
        if tenant is None:
            return None
        async with self.database.tenant(tenant) as tx:
            sealed = await stock_settings.hook(tx, tenant=tenant, connection=connection)
        return (tenant, self.vault.open(sealed, tenant=tenant, purpose=HOOK)) if sealed else None

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
            going = await stock_bulks.load_of(tx, tenant=tenant, connection=connection)
            going = going or await stock_runs.going(tx, tenant=tenant, connection=connection)
            waits = await stock_runs.first_waits(tx, tenant=tenant, connection=connection, younger=_PATIENCE)
        try:
            view = None if going or waits else await self.plan_stock(tenant, connection, started_by=turn.by)
            run = going or (view.id if view and view.state is RunState.RUNNING else None)
            if run is not None:
                scene = await open_scene(self.database, self.open, tenant=tenant, connection=connection)
                out = await self._push(scene, run)
                now = await self._view(tenant, run)
                if out is not None or now.state is RunState.RUNNING or now.counts.deferred:
                    soon = _SOON if out is None else out
            elif view is not None and view.counts.deferred:
                soon = _SOON
            reading_file = await self.sweep(tenant, connection)
            wishes = [each for each in (soon, reading_file) if each is not None]
            soon = min(wishes, default=None)
        except (Retry, Unclear) as error:
            if isinstance(error, Retry) and error.code == LINKING:
                return error.after or _NOW
            soon = _SOON if soon is None else min(soon, _SOON)
            get("stock").warning("stock.turn_failed", connection=str(connection), code=error.code)
        return soon

    async def sweep(self, tenant: UUID, connection: UUID) -> timedelta | None:
        """A stretch of the store's items is read again, when it is time. When to look at a file that is being made."""
        scene = await open_scene(self.database, self.open, tenant=tenant, connection=connection)
        if (wait := await bulk_link.pursue(self.database, scene, bulk_from=self.bulk)) is not None:
            return wait
        async with self.database.tenant(tenant) as tx:
            mine = await stock_settings.claim_link(
                tx, tenant=tenant, connection=connection, every=scene.sides.timing.stock_sweep
            )
        if mine and scene.setup.linked_at is not None:
            if await bulk_link.daily(self.database, scene, bulk_from=self.bulk):
                return await bulk_link.pursue(self.database, scene, bulk_from=self.bulk)
            await reading.link(self.database, scene, whole=False)
        return None

    # --- parts ---------------------------------------------------------------------------------------------------

    async def _accepted(self, tx: Tx, tenant: UUID, view: RunView) -> None:
        rows = view.counts.rows_read
        await stock_settings.accepted(tx, tenant=tenant, connection=view.connection, rows=rows)

    async def _carry(self, tenant: UUID, view: RunView) -> None:
        scene = await open_scene(self.database, self.open, tenant=tenant, connection=view.connection)
        await self._push(scene, view.id)

    async def _linked(self, scene: Scene) -> Scene:
        """The store's items must have been read to the end once."""
        if scene.setup.linked_at is not None:
            return scene
        wait = await bulk_link.whole(self.database, scene, bulk_from=self.bulk)
        if wait is not None:
            raise Retry(LINKING, "The shop's items are still being read.", after=wait)
        return await open_scene(self.database, self.open, tenant=scene.tenant, connection=scene.connection)

    async def _components(self, scene: Scene, sku: str) -> Sequence[Component]:
        """What one SKU is made of, by its name as the merchant writes it."""
        async with self.database.tenant(scene.tenant) as tx:
            items = await stock_links.page(
                tx, tenant=scene.tenant, shop=scene.shop, after=(sku.strip().casefold(), ""), most=1, only=sku
            )
        return scene.settings.components(items[0].sku.strip() if items else sku.strip(), scene.tables)

    async def _push(self, scene: Scene, run: UUID) -> timedelta | None:
        """When to look at a file that is out; None: none is."""
        may_push(scene)
        load = BulkLoad(
            database=self.database, vault=self.vault, worker=self.worker, load_from=self.bulk.load
        )
        view = await self._view(scene.tenant, run)
        wait = await load.go_on(scene, view)
        if wait is not None or view.state is not RunState.RUNNING:
            return wait
        pusher = Pusher(database=self.database, vault=self.vault, worker=self.worker)
        try:
            await pusher.push(scene, run, first=view.first)
        except LeaseLost:
            return None
        view = await self._view(scene.tenant, run)
        if view.state is RunState.DONE:
            self.counted("inventory", "done")
        return None
