"""Write-back: the ERP's number, state and reason go onto the store's own record, many in one call, last of all."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import uuid4

import orjson

from app.crypto import Vault
from app.domain.ids import StoreKey
from app.errors import Misconfigured, StockbridgeError
from app.logs import get
from app.models import marks
from app.models.database import Database
from app.models.marks import DueMark
from app.models.records import Claim, End, State
from app.ports import Mark, Marks
from app.steps import step as passes
from app.sync import writes
from app.sync.sides import Sides

_SHOWN = frozenset({State.SETTLED, State.HELD, State.CANCELLED})


def mark_of(end: End, claim: Claim) -> dict[str, str | None] | None:
    """What the store is to show after this end; None when it shows nothing new."""
    gone = end.reason is not None and end.reason.code == "order.deleted"
    if end.state not in _SHOWN or end.keep_reason or gone:
        return None
    return {
        "number": end.sink_number or claim.sink_number,
        "state": end.state.value,
        "sentence": end.reason.sentence if end.reason else None,
        "code": end.reason.code if end.reason else None,
    }


@dataclass(frozen=True, kw_only=True)
class Marking:
    database: Database
    vault: Vault

    async def write(self, sides: Sides, kind: str) -> int:
        """Writes one batch that is due; answers with how many marks it held. A failure is tried again later.

        Raises Misconfigured and AccessLost, which are about the whole connection, when it is written down that nothing was.
        """
        if sides.store.marks is None or writes.shut(sides.connection, "store"):
            return 0
        connection = sides.connection
        async with self.database.tenant(connection.tenant) as tx:
            batch = await marks.take(
                tx,
                tenant=connection.tenant,
                connection=connection.id,
                kind=kind,
                most=sides.store.marks.size,
                lease=sides.timing.mark_deadline + sides.timing.lease_margin,
            )
            if not batch:
                return 0
            effect = uuid4()
            payload = orjson.dumps([_shown(m) for m in batch])
            await marks.plan(
                tx,
                tenant=connection.tenant,
                connection=connection.id,
                effect=effect,
                payload=self.vault.pack(payload, tenant=connection.tenant, purpose="effect"),
                payload_hash=hashlib.sha256(payload).digest(),
                deadline=sides.timing.mark_deadline,
            )
        await passes("mark.sent")
        lost: Misconfigured | None = None
        try:
            again, after = await self._send(sides.store.marks, batch, sides)
        except Misconfigured as error:
            again, after, lost = frozenset(mark.key for mark in batch), sides.timing.retry_first, error
        await passes("mark.answered")
        async with self.database.tenant(connection.tenant) as tx:
            await marks.settle(
                tx,
                tenant=connection.tenant,
                effect=effect,
                written=[mark for mark in batch if mark.key not in again],
                again=[mark for mark in batch if mark.key in again],
                after=after,
            )
        await passes("mark.done")
        if lost is not None:
            raise lost
        return len(batch)

    async def _send(
        self, door: Marks, batch: Sequence[DueMark], sides: Sides
    ) -> tuple[frozenset[StoreKey], timedelta]:
        """Which marks must be written again, and after how long. One that is refused does not hold up the rest."""
        given = [
            Mark(key=m.key, number=m.number, state=m.state, sentence=m.sentence, code=m.code) for m in batch
        ]
        try:
            async with asyncio.timeout(sides.timing.mark_deadline.total_seconds()):
                refused = await door.write(given)
        except Misconfigured:
            raise
        except (StockbridgeError, TimeoutError) as error:
            after = getattr(error, "after", None) or sides.timing.retry_first
            return frozenset(mark.key for mark in batch), after
        for key, reason in refused.items():
            get("marking").warning("mark.refused", record=key, code=reason.code, why=dict(reason.facts))
        return frozenset(refused), sides.timing.mark_again


def _shown(mark: DueMark) -> dict[str, str | None]:
    return {
        "key": mark.key,
        "number": mark.number,
        "state": mark.state,
        "sentence": mark.sentence,
        "code": mark.code,
    }
