"""What-if: the last orders decided under two versions of the mapping, read afresh in the lowest lane; nothing else is done."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

import orjson

from app.crypto import Vault
from app.domain.document import SalesDocument
from app.domain.order import Order
from app.errors import Bug, Misconfigured, Reason, Refused, Rejected, Retry, Throttled
from app.logs import get
from app.mapping import contents
from app.mapping.rates import Rates
from app.mapping.ruleset import RuleSet
from app.mapping.tables import Tables
from app.models import mapping_versions, order_lists, records, what_if_lines
from app.models.database import Database
from app.models.order_lists import OrderRow, Place
from app.models.records import Claim, State
from app.models.runs import Task
from app.models.what_if_lines import Line
from app.ports import Missing, Sink
from app.sync import flows
from app.sync.engine import Carrier
from app.sync.feeding import Feeder
from app.sync.flow import Consult, Decision
from app.sync.outlook import Compared, compared, outlook
from app.sync.sides import Sides

PURPOSE = "what_if"
_PAGE = 20
_PATIENCE = 20
"""Times that a page is begun anew while the store says of one of its orders: not now; then that one is set aside."""
_STATES = [state.value for state in State]


@dataclass(frozen=True, kw_only=True)
class WhatIf:
    """A page's rows, its counts and the checkpoint behind it are one commit: whoever takes over goes on from there."""

    database: Database
    vault: Vault
    now: Callable[[], datetime]

    async def carry(self, task: Task, sides: Sides, feeder: Feeder) -> bool:
        """Raises Refused when a version that was to be compared is not what it was."""
        rates = sides.connection.tables.rates
        was, now = await self._version(task, "was", rates), await self._version(task, "now", rates)
        place, most = Checkpoint.of(task.checkpoint), int(task.request["orders"])
        if "found" not in feeder.counts:
            async with self.database.tenant(task.tenant) as tx:
                found = await what_if_lines.known(
                    tx, tenant=task.tenant, connection=task.connection, most=most
                )
            await feeder.count({"found": found, "read": 0})
        look = _Look(what=self, sides=sides, was=was, now=now)
        while rows := await self._page(task, place, min(_PAGE, most - place.count)):
            place = await self._looked_at(look, task, feeder, place, rows)
        return True

    async def _version(self, task: Task, name: str, rates: Rates) -> Tables:
        """As it was when the run began: a draft that was changed since is another."""
        async with self.database.tenant(task.tenant) as tx:
            found = await mapping_versions.of_revision(
                tx, tenant=task.tenant, connection=task.connection, revision=UUID(task.request[name])
            )
        if found is None:
            raise Refused(
                "what_if.draft_changed", "The draft was changed or thrown away meanwhile. Begin anew."
            )
        return contents.built(found.head.number, found.tables, found.rules, rates)

    async def _page(self, task: Task, place: Checkpoint, most: int) -> list[OrderRow]:
        if most <= 0:
            return []
        async with self.database.tenant(task.tenant) as tx:
            return await order_lists.page(
                tx,
                tenant=task.tenant,
                connections=[task.connection],
                states=_STATES,
                newest_first=True,
                after=place.after,
                most=most,
            )

    async def _looked_at(
        self, look: _Look, task: Task, feeder: Feeder, place: Checkpoint, rows: Sequence[OrderRow]
    ) -> Checkpoint:
        stuck = feeder.counts.get("again", 0)
        try:
            found = await _all([look.one(task, row, patient=stuck < _PATIENCE) for row in rows])
        except Retry as error:
            if not isinstance(error, Throttled):
                await feeder.count({"again": stuck + 1})
            raise
        lines = [
            self._line(task, place.count + n, row, made)
            for n, (row, made) in enumerate(zip(rows, found, strict=True), 1)
        ]
        last = Place(value=rows[-1].first_seen_at.isoformat(), id=rows[-1].id)
        then = Checkpoint(count=place.count + len(rows), after=last)
        for line in lines:
            name = f"orders_{line.outcome}"
            feeder.counts[name] = feeder.counts.get(name, 0) + 1
        feeder.counts |= {"read": then.count, "again": 0}
        async with self.database.tenant(task.tenant) as tx:
            await what_if_lines.add(tx, tenant=task.tenant, run=task.run, lines=lines)
            await feeder.store(tx, checkpoint=str(then))
        return then

    def _line(self, task: Task, place: int, row: OrderRow, made: Compared) -> Line:
        told = {
            "reasons": [{"code": each.code, "sentence": each.sentence} for each in made.reasons],
            "differs": [asdict(each) for each in made.differs],
        }
        sealed = self.vault.pack(orjson.dumps(told), tenant=task.tenant, purpose=PURPOSE)
        return Line(
            place=place,
            record=row.id,
            reference=row.name,
            outcome=made.outcome,
            code=made.reasons[0].code if made.reasons else None,
            sealed=sealed if made.reasons or made.differs else None,
        )


@dataclass(frozen=True, kw_only=True)
class _Look:
    """At one order after the other, under both versions."""

    what: WhatIf
    sides: Sides
    was: Tables
    now: Tables

    async def one(self, task: Task, row: OrderRow, *, patient: bool) -> Compared:
        """An order that can't be read is told as such. Raises Retry while the store may yet say what it is."""
        carrier, sink = self._carrier(), self.sides.host.orders
        if isinstance(sink, Missing):
            raise Misconfigured("host.no_orders", sink.sentence)
        try:
            order = await self.sides.store.orders.get(row.source_key)
        except Throttled:
            raise
        except Retry as error:
            if patient:
                raise
            return Compared(outcome="unreadable", reasons=(error.reason,))
        except (Rejected, Bug) as error:
            return Compared(outcome="unreadable", reasons=(error.reason,))
        async with self.what.database.tenant(task.tenant) as tx:
            claim = await records.peek(
                tx, tenant=task.tenant, connection=task.connection, kind="order", key=row.source_key
            )
        if order is None or claim is None:
            return Compared(outcome="gone")
        return await self._both(carrier, sink, claim, order)

    async def _both(
        self, carrier: Carrier[Order, SalesDocument], sink: Sink[SalesDocument], claim: Claim, order: Order
    ) -> Compared:
        """As if it came in now: an order that the ERP has would be decided by the version it was sent by."""
        decider, at = await carrier.flow.decider(claim, order), self.what.now()
        rules = await carrier.rules_for(claim, self.sides, None)

        def under(tables: Tables, past: RuleSet) -> Decision[SalesDocument] | Consult:
            known = replace(tables, rules=tables.rules.past(past))
            return decider(None, replace(rules, tables=known), at)

        try:
            was, now = (outlook(partial(under, tables), sink.render) for tables in (self.was, self.now))
            return compared(was, now)
        except Exception as error:  # noqa: BLE001  one odd order must not stop the others for ever
            get("what_if").error("what_if.broke", record=str(claim.record), exc_info=error)
            reason = Reason(
                code="what_if.broke", sentence="Something went wrong on our side with this order."
            )
            return Compared(outcome="unreadable", reasons=(reason,))

    def _carrier(self) -> Carrier[Any, Any]:
        carrier = flows.engine(self.what.database, self.what.vault, self.what.now).carriers["order"]
        assert isinstance(carrier, Carrier)
        return carrier


@dataclass(frozen=True, kw_only=True)
class Checkpoint:
    """How many orders were looked at, and the last of them."""

    count: int = 0
    after: Place | None = None

    @classmethod
    def of(cls, stored: str | None) -> Checkpoint:
        if stored is None:
            return cls()
        count, at, last = stored.split("/")
        return cls(count=int(count), after=Place(value=at, id=UUID(last)))

    def __str__(self) -> str:
        return f"{self.count}/{self.after.value}/{self.after.id}" if self.after else "0"


async def _all(looks: Sequence[Any]) -> list[Compared]:
    """At the same time; the first failure is the page's, and the others are left."""
    running = [asyncio.ensure_future(each) for each in looks]
    try:
        return list(await asyncio.gather(*running))
    finally:
        for each in running:
            each.cancel()
        await asyncio.gather(*running, return_exceptions=True)
