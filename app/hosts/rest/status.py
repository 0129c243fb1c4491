"""How far any ERP has come with our documents, by its list of what changed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime

from app.domain.document_status import DocumentStatus, Stage
from app.domain.ids import ExternalId, SinkKey
from app.hosts.rest.client import Caller
from app.hosts.rest.description import Status
from app.hosts.rest.lists import ChangeList
from app.hosts.rest.rows import Row, readable, tolerant
from app.ports import Page


class RestStatus:
    """Implements `StatusSource`."""

    def __init__(self, caller: Caller, status: Status) -> None:
        self._caller, self._status = caller, status
        self._list = ChangeList(caller, status.changes)

    async def moved(self, cursor: str | None) -> AsyncIterator[Page[DocumentStatus]]:
        if cursor is None:
            yield Page(items=(), cursor=await self._now())
            return
        async for page in self._list.pages(cursor):
            rows = [each.row for each in page.items if each.ours]
            yield Page(items=tolerant(self._read, rows), cursor=page.cursor)

    async def _now(self) -> str:
        """By number where changes are numbered and the ERP says the last one, else by time."""
        if self._status.latest is None:
            return await self._list.cursor_at(datetime.now(UTC))
        row = await self._caller.one(self._status.latest, {})
        return str(row.whole(self._status.latest.number)) if row else "0"

    def _read(self, row: Row) -> DocumentStatus:
        fields = self._status.fields
        reached = {
            Stage.ALLOCATED: fields.allocated,
            Stage.SHIPPED: fields.shipped,
            Stage.INVOICED: fields.invoiced,
            Stage.PAID: fields.paid,
            Stage.CANCELLED: fields.cancelled,
        }
        currency = row.text(fields.currency)
        return DocumentStatus(
            sink_key=SinkKey(row.needed(fields.key)),
            external_id=ExternalId(row.needed(fields.external_id)),
            number=row.text(fields.number),
            reached=frozenset(stage for stage, path in reached.items() if row.flag(path)),
            paid=readable(lambda: row.amount(fields.money, currency)),
            currency=currency,
        )
