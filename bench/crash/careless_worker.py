"""A worker for the negative control: it never looks before it sends and never waits. Only the crash bench starts it.

There is no switch for this in the product: the careless sink is wrapped around the real one here.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from app import logs, settings
from app.domain.document import SalesDocument
from app.jobs.context import WorkerContext
from app.jobs.worker import run_worker
from app.models.connections import Connection
from app.models.database import Database
from app.ports import Choice, Evidence, Found, HostField, Json, Listed, Missing, Page, Sink, Span, Step
from app.settings import Settings
from app.steps import barrier
from app.sync.sides import Sides
from app.sync.work import ShopWork
from app.wiring import Core, open_core, worker_name

_AT_ONCE = timedelta(microseconds=1)


@dataclass(frozen=True, kw_only=True)
class CarelessSink:
    """Knows a document only once it is linked, or was made by this very process; all else passes through."""

    sink: Sink[SalesDocument]
    database: Database
    connection: Connection
    made: dict[str, str] = field(default_factory=dict)

    async def find(self, record: SalesDocument, *, likely: bool = False) -> Found:
        known = self.made.get(record.external_id) or await self._linked(record)
        if known is None:
            return Found()
        found = await self.sink.find(record)
        return Found(documents=tuple(d for d in found.documents if d.sink_key == known))

    async def _linked(self, record: SalesDocument) -> str | None:
        async with self.database.tenant(self.connection.tenant) as tx:
            found = await tx.value(
                "SELECT sink_key FROM record WHERE connection_id = $1 AND external_id = $2",
                self.connection.id,
                record.external_id,
            )
        return str(found) if found else None

    async def do(self, step: Step) -> Evidence:
        evidence = await self.sink.do(step)
        body = step.payload.get("body")
        if step.key == "create" and isinstance(body, Mapping) and evidence.sink_key is not None:
            self.made[str(body["external_id"])] = evidence.sink_key
        return evidence

    def next_step(self, record: SalesDocument, found: Found) -> object:
        return self.sink.next_step(record, found)

    def render(self, record: SalesDocument) -> Mapping[str, Json]:
        return self.sink.render(record)

    def listed(self, span: Span) -> AsyncIterator[Page[Listed]]:
        return self.sink.listed(span)

    def fields(self) -> Sequence[HostField]:
        return self.sink.fields()

    async def choices(self, field: str) -> Sequence[Choice]:
        return await self.sink.choices(field)


def careless(core: Core, work: ShopWork) -> ShopWork:
    """The same work over sides that don't look and don't wait."""
    sinks: dict[object, CarelessSink] = {}

    async def open_sides(connection: Connection) -> Sides:
        sides = await core.open_sides(connection)
        orders = sides.host.orders
        if isinstance(orders, Missing):
            return sides
        if connection.id not in sinks:
            sinks[connection.id] = CarelessSink(sink=orders, database=core.database, connection=connection)
        host = replace(sides.host, orders=sinks[connection.id])  # type: ignore[arg-type]  # next_step's union
        return replace(sides, host=host, timing=replace(sides.timing, settle=_AT_ONCE))

    return replace(work, open=open_sides, drains=replace(work.drains, open=open_sides))


async def work(found: Settings, made: Callable[[Core, ShopWork], ShopWork] = careless) -> None:
    """A worker as the product runs it, but for what `made` puts around its work."""
    barrier.install(found.crash_barrier)
    async with open_core(found, database_size=found.worker_slots // 2 + 4) as core:
        name = worker_name()
        context = WorkerContext(
            name=name,
            work=made(core, core.work(name)),
            leases=core.leases(),
            queue=core.queue,
            redis_url=found.redis_url,
            timing=found.timing,
            shards=found.shards,
            slots=found.worker_slots,
        )
        await run_worker(context)


if __name__ == "__main__":
    chosen = settings.read(os.environ)
    logs.configure(chosen.log_level, False)
    asyncio.run(work(chosen))
