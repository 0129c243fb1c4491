"""Reconciliation: what the store lists as changed and no run has read becomes wanted; the ERP's lists are read too."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.errors import StockbridgeError
from app.models import cursors, demand, reconciliations
from app.models.database import Database, Tx
from app.ports import Change, Flow, Hint, Missing
from app.sync.comparing import Comparing
from app.sync.engine import SWITCHED_OFF
from app.sync.flow import CHILDREN
from app.sync.persons import kept
from app.sync.sides import Sides
from app.sync.standing import Standing
from app.sync.turns import of_the_connection

_COMPARE_EVERY = timedelta(hours=12)
_COMPARED = timedelta(hours=48)
_MONTH_EVERY = timedelta(days=7)
_MONTH = timedelta(days=30)
_OF_DAYS, _OF_A_MONTH = "compare", "compare_month"
_MOST_SWITCHED_ON = 500
"""In one pass; the others follow with the next."""


@dataclass(frozen=True, kw_only=True)
class Reconcile:
    """Reads lists and raises `wanted`; sends nothing itself."""

    database: Database
    now: Callable[[], datetime]

    async def run(self, sides: Sides) -> int:
        """One pass over what changed since the cursor; answers with how many records became wanted."""
        raised = await self._changed(sides)
        raised += await self._switched_on(sides)
        raised += await self._customers(sides)
        back = await self._turn(sides)
        raised += await self._compared(sides, back) if back else 0
        return raised + await Standing(database=self.database).read(sides)

    async def _compared(self, sides: Sides, back: timedelta) -> int:
        """What a pause breaks off is compared when the connection goes on, not after half a day or a week."""
        try:
            return await self.compare(sides, back=back)
        except StockbridgeError as error:
            if of_the_connection(error):
                tenant, connection = sides.connection.tenant, sides.connection.id
                name = _OF_A_MONTH if back == _MONTH else _OF_DAYS
                async with self.database.tenant(tenant) as tx:
                    await cursors.give_turn_back(tx, tenant=tenant, connection=connection, name=name)
            raise

    async def _changed(self, sides: Sides) -> int:
        connection = sides.connection
        async with self.database.tenant(connection.tenant) as tx:
            cursor = await cursors.read(tx, tenant=connection.tenant, connection=connection.id, name="orders")
        raised = 0
        async for page in sides.store.orders.changes(cursor):
            raised += await self._want(sides, page.items, cursor=page.cursor)
        return raised

    async def _switched_on(self, sides: Sides) -> int:
        """What was left out while its flow was off becomes wanted once the flow is on."""
        connection = sides.connection
        on = [
            child.kind
            for hanging in CHILDREN.values()
            for child in hanging
            if connection.flows.get(child.flow.value, True)
        ]
        async with self.database.tenant(connection.tenant) as tx:
            found = await demand.skipped_for(
                tx,
                tenant=connection.tenant,
                connection=connection.id,
                kinds=on,
                code=SWITCHED_OFF,
                most=_MOST_SWITCHED_ON,
            )
            return await demand.again(tx, tenant=connection.tenant, records=found) if found else 0

    async def _customers(self, sides: Sides) -> int:
        """Customers whose event was lost, as far as they are kept in step."""
        source, connection = sides.store.customers, sides.connection
        if isinstance(source, Missing) or not kept(sides):
            return 0
        async with self.database.tenant(connection.tenant) as tx:
            cursor = await cursors.read(
                tx, tenant=connection.tenant, connection=connection.id, name="customers"
            )
        raised = 0
        async for page in source.changes(cursor):
            listed = [Hint(flow=Flow.CUSTOMERS, key=c.key, version=c.version) for c in page.items]
            async with self.database.tenant(connection.tenant) as tx:
                raised += await demand.want_listed(
                    tx,
                    tenant=connection.tenant,
                    connection=connection.id,
                    shop=connection.shop,
                    kind="customer",
                    listed=listed,
                )
                await cursors.move(
                    tx,
                    tenant=connection.tenant,
                    connection=connection.id,
                    name="customers",
                    value=page.cursor,
                )
        return raised

    async def _want(self, sides: Sides, changes: tuple[Change, ...], *, cursor: str | None) -> int:
        connection = sides.connection
        listed = [Hint(flow=Flow.ORDERS, key=c.key, version=c.version) for c in changes]
        async with self.database.tenant(connection.tenant) as tx:
            raised = await demand.want_listed(
                tx,
                tenant=connection.tenant,
                connection=connection.id,
                shop=connection.shop,
                kind="order",
                listed=listed,
            )
            if cursor is not None:
                await cursors.move(
                    tx, tenant=connection.tenant, connection=connection.id, name="orders", value=cursor
                )
        return raised

    async def compare(self, sides: Sides, *, back: timedelta = _COMPARED) -> int:
        """Both lists of the last two days, or further back; answers with how many orders are looked at again."""
        connection = sides.connection
        report = await self.comparing.orders(sides, back=back, by="clock")
        if report is None:
            return 0
        async with self.database.tenant(connection.tenant) as tx:
            row = await reconciliations.one(tx, tenant=connection.tenant, report=report)
        return row.raised if row else 0

    @property
    def comparing(self) -> Comparing:
        return Comparing(database=self.database, now=self.now)

    async def _turn(self, sides: Sides) -> timedelta | None:
        """How far back is to be compared now, if it is time: two days twice a day, thirty days once a week."""
        connection = sides.connection

        async def claimed(tx: Tx, name: str, every: timedelta) -> bool:
            return await cursors.claim_turn(
                tx, tenant=connection.tenant, connection=connection.id, name=name, every=every
            )

        async with self.database.tenant(connection.tenant) as tx:
            month = await claimed(tx, _OF_A_MONTH, _MONTH_EVERY)
            days = await claimed(tx, _OF_DAYS, _COMPARE_EVERY)
        return _MONTH if month else _COMPARED if days else None
