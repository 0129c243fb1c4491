"""Replay: stored events are read once more, and what they name is decided anew; whatever the ERP has stays one document."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from uuid import UUID

from app.crypto import Vault
from app.errors import Rejected
from app.inbox import PURPOSE
from app.models import events, run_records, schedules
from app.models.database import Database, Tx
from app.models.events import Chosen, Spot, StoredEvent
from app.models.runs import Task
from app.ports import Flow, Hint, StoreSpec
from app.steps.points import RecordKind
from app.sync.feeding import Feeder
from app.sync.hinting import KINDS
from app.sync.sides import Sides

_PAGE = 200


@dataclass(frozen=True, kw_only=True)
class Heard:
    """What a page of events says: hints by kind, which could be read, and how many told of stock or of the install."""

    hints: Mapping[RecordKind, Sequence[Hint]]
    read: Sequence[int]
    unreadable: int
    stock: int
    others: int


@dataclass(frozen=True, kw_only=True)
class Replaying:
    """Each record once for a run, whatever is known of it: owners, told sets and adoption hold as ever (rules 5, 9)."""

    database: Database
    vault: Vault
    stores: Mapping[str, StoreSpec]

    async def carry(self, task: Task, sides: Sides, feeder: Feeder) -> bool:
        chosen, after = asked_for(task.request, sides.connection.domain), spot(task.checkpoint)
        if "found" not in task.counts:
            async with self.database.tenant(task.tenant) as tx:
                found = await events.count(tx, tenant=task.tenant, chosen=chosen)
            await feeder.count({"found": found})
        while page := await self._page(task, chosen, after):
            after = (page[-1].received_on, page[-1].id)
            await self._again(task, sides, feeder, page, after)
        await feeder.rest()
        return True

    async def _page(self, task: Task, chosen: Chosen, after: Spot | None) -> list[StoredEvent]:
        async with self.database.tenant(task.tenant) as tx:
            return await events.page(tx, tenant=task.tenant, chosen=chosen, after=after, most=_PAGE)

    async def _again(
        self, task: Task, sides: Sides, feeder: Feeder, page: Sequence[StoredEvent], after: Spot
    ) -> None:
        connection = sides.connection
        said = heard(self.stores[connection.platform], self.vault, task.tenant, page)
        mapping = int(task.request.get("mapping", "0"))
        for kind, hints in said.hints.items():
            make_due = partial(_made_due, task, sides, kind, mapping)
            await feeder.feed(hints, make_due, checkpoint=None)
        for name, count in (("unreadable", said.unreadable), ("stock", said.stock), ("others", said.others)):
            feeder.counts[name] = feeder.counts.get(name, 0) + count
        feeder.counts["read"] = feeder.counts.get("read", 0) + len(page)
        async with self.database.tenant(task.tenant) as tx:
            await events.read_after_all(tx, tenant=task.tenant, domain=connection.domain, ids=said.read)
            if said.stock:
                # What an old event says of a level is long past: the next turn reads what is true now.
                await schedules.hurry(
                    tx, tenant=task.tenant, connection=task.connection, flow=schedules.INVENTORY
                )
            await feeder.store(tx, checkpoint=f"{after[0].isoformat()}/{after[1]}")


def heard(spec: StoreSpec, vault: Vault, tenant: UUID, page: Sequence[StoredEvent]) -> Heard:
    """Events about the install itself, and topics we do not follow, are told of and left alone."""
    hints: dict[RecordKind, list[Hint]] = {kind: [] for kind in KINDS.values()}
    read, unreadable, stock, others = [], 0, 0, 0
    for event in page:
        flow = spec.topics.get(event.topic)
        if flow is None or event.body is None:
            others += 1
        elif flow is Flow.INVENTORY:
            stock += 1
            read.append(event.id)
        else:
            try:
                body = vault.unpack(event.body, tenant=tenant, purpose=PURPOSE)
                for hint in spec.hints(event.topic, body):
                    if (kind := KINDS.get(hint.flow)) is not None:
                        hints[kind].append(hint)
                read.append(event.id)
            except Rejected:
                unreadable += 1
    return Heard(hints=hints, read=read, unreadable=unreadable, stock=stock, others=others)


def asked_for(request: Mapping[str, str], domain: str) -> Chosen:
    """As it was asked for when the run began."""
    return Chosen(
        domain=domain,
        since=datetime.fromisoformat(request["since"]),
        until=datetime.fromisoformat(request["until"]),
        topic=request.get("topic"),
        held=request.get("held") == "true",
        event=int(request["event"]) if "event" in request else None,
    )


def spot(checkpoint: str | None) -> Spot | None:
    """The last event of the last page that was made due."""
    if checkpoint is None:
        return None
    day, _, event = checkpoint.partition("/")
    return date.fromisoformat(day), int(event)


async def _made_due(
    task: Task, sides: Sides, kind: RecordKind, mapping: int, tx: Tx, hints: Sequence[Hint]
) -> int:
    connection = sides.connection
    allowed = [hint for hint in hints if connection.flows.get(hint.flow.value, True)]
    return await run_records.replayed(
        tx, task, shop=connection.shop, kind=kind, hints=allowed, mapping=mapping
    )
